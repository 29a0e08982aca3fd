// Bindings of kernels/cast.py and kernels/nearest.py.
#include "profile.hpp"

namespace stillplate {
namespace {

using Room = Dense<int32_t, nb::ndim<2>>;             // (H + 4, W + 4)
using SectorsOut = Dense<uint8_t, nb::ndim<2>>;       // (H, W)
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

void cast_shadow(Image seen, Image ground, Mask mask, CastProfile profile, MaskOut cut, MaskOut rest) {
    CastShadowInput from = cast_input(profile);
    from.colours.seen = seen.data(), from.colours.ground = ground.data();
    from.colours.height = (int)mask.shape(0), from.colours.width = (int)mask.shape(1);
    from.mask = (const uint8_t*)mask.data();
    uint8_t *const taken = (uint8_t*)cut.data(), *const left = (uint8_t*)rest.data();
    nb::gil_scoped_release free;
    selected->masks->cast_shadow(from, taken, left);
}

}  // namespace

void bind_cast(nb::module_& m) {
    m.def("nearest_outside", &nearest_outside, "runs"_a, "paths"_a.noconvert(), "sources"_a.noconvert(),
          "distances"_a.noconvert(), "sectors"_a.noconvert());
    m.def("cast_shadow", &cast_shadow, "seen"_a, "ground"_a, "mask"_a, "profile"_a, "cut"_a.noconvert(),
          "rest"_a.noconvert());
}

}  // namespace stillplate
