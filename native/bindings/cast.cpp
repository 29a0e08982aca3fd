// Bindings of kernels/cast.py and kernels/nearest.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Room = Dense<int32_t, nb::ndim<2>>;             // (H + 4, W + 4)
using SectorsOut = Dense<uint8_t, nb::ndim<2>>;       // (H, W)
using Shares = Dense<const float, nb::shape<16>>;     // one for each sector
using Hue = Dense<const float, nb::shape<3>>;         // RGB
using Runs = Dense<const int32_t, nb::shape<-1, 4>>;  // (R, 4), each row a Run

void nearest_outside(Runs runs, Room paths, Room sources, MapOut distances, SectorsOut sectors) {
    const Run* const all = (const Run*)runs.data();
    const size_t count = runs.shape(0);
    const int height = (int)distances.shape(0), width = (int)distances.shape(1);
    int32_t *const ways = paths.data(), *const origins = sources.data();
    float* const out = distances.data();
    uint8_t* const directions = sectors.data();
    nb::gil_scoped_release free;
    selected->masks->nearest_outside(all, count, height, width, ways, origins, out, directions);
}

using CastLimits = std::tuple<float, float, float, float, float, float, int, double, double>;

void cast_shadow(Image seen, Image ground, Mask mask, Hue hue, Shares depth, CastLimits limits, MaskOut cut,
                 MaskOut rest) {
    const auto& [dark, levels, change, flat, deepest, brightest, rim, least, small] = limits;
    const CastShadowInput from{{seen.data(), ground.data(), hue.data(), (int)mask.shape(0), (int)mask.shape(1), dark,
                                change, levels, flat, deepest, brightest},
                               (const uint8_t*)mask.data(),
                               depth.data(),
                               rim,
                               least,
                               small};
    uint8_t *const taken = (uint8_t*)cut.data(), *const left = (uint8_t*)rest.data();
    nb::gil_scoped_release free;
    selected->masks->cast_shadow(from, taken, left);
}

}  // namespace

void bind_cast(nb::module_& m) {
    m.def("nearest_outside", &nearest_outside, "runs"_a, "paths"_a.noconvert(), "sources"_a.noconvert(),
          "distances"_a.noconvert(), "sectors"_a.noconvert());
    m.def("cast_shadow", &cast_shadow, "seen"_a, "ground"_a, "mask"_a, "hue"_a, "depth"_a, "limits"_a,
          "cut"_a.noconvert(), "rest"_a.noconvert());
}

}  // namespace stillplate
