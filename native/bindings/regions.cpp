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

void small_regions(Map ratio, Map level, Map noise, std::optional<Mask> risen, Mask large, int fewest, float seed,
                   float clear, double least, MaskOut out) {
    const SmallInput from{ratio.data(),
                          level.data(),
                          noise.data(),
                          risen ? (const uint8_t*)risen->data() : nullptr,
                          (const uint8_t*)large.data(),
                          (int)ratio.shape(0),
                          (int)ratio.shape(1),
                          fewest,
                          seed,
                          clear,
                          least};
    uint8_t* const mask = (uint8_t*)out.data();
    nb::gil_scoped_release free;
    selected->masks->small_regions(from, mask);
}

}  // namespace

void bind_regions(nb::module_& m) {
    m.def("solid_regions", &solid_regions, "ratio"_a, "trust"_a.none(), "seed"_a, "closed"_a, "reach"_a, "least"_a,
          "hole"_a, "out"_a.noconvert());
    m.def("small_regions", &small_regions, "ratio"_a, "level"_a, "noise"_a, "risen"_a.none(), "large"_a, "fewest"_a,
          "seed"_a, "clear"_a, "least"_a, "out"_a.noconvert());
}

}  // namespace stillplate
