// Bindings of kernels/regions.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

void solid_regions(Map ratio, std::optional<Map> trust, float seed, bool closed, int reach, double least, double hole,
                   MaskOut out) {
    const RegionInput from{
        ratio.data(), trust ? trust->data() : nullptr, (int)ratio.shape(0), (int)ratio.shape(1), reach, seed, least,
        hole};
    uint8_t* const mask = (uint8_t*)out.data();
    nb::gil_scoped_release free;
    selected->masks->solid_regions(from, closed, mask);
}

}  // namespace

void bind_regions(nb::module_& m) {
    m.def("solid_regions", &solid_regions, "ratio"_a, "trust"_a.none(), "seed"_a, "closed"_a, "reach"_a, "least"_a,
          "hole"_a, "out"_a.noconvert());
}

}  // namespace stillplate
