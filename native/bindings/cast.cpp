// Bindings of kernels/cast.py and kernels/nearest.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Room = Dense<int32_t, nb::ndim<2>>;             // (H + 4, W + 4)
using Sectors = Dense<const uint8_t, nb::ndim<2>>;    // (H, W)
using SectorsOut = Dense<uint8_t, nb::ndim<2>>;       // (H, W)
using Shares = Dense<const float, nb::shape<16>>;     // one for each sector
using Lengths = Dense<const float, nb::ndim<1>>;      // one for each component
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

void within_depth(Runs runs, Lengths deepest, Map distances, Sectors sectors, Shares depth, MaskOut within) {
    const DepthInput from{deepest.data(), distances.data(), sectors.data(), depth.data(), (int)distances.shape(1)};
    const Run* const all = (const Run*)runs.data();
    const size_t count = runs.shape(0);
    uint8_t* const out = (uint8_t*)within.data();
    nb::gil_scoped_release free;
    selected->masks->within_depth(all, count, from, out);
}

void cast_colours(Image seen, Image ground, Mask mask, Hue hue, float dark, float change, float levels, float flat,
                  float deepest, float brightest, MapOut light, MaskOut alike, MaskOut darker) {
    const CastInput from{seen.data(),
                         ground.data(),
                         hue.data(),
                         (int)mask.shape(0),
                         (int)mask.shape(1),
                         dark,
                         change,
                         levels,
                         flat,
                         deepest,
                         brightest};
    const uint8_t* const where = (const uint8_t*)mask.data();
    float* const out = light.data();
    uint8_t *const like = (uint8_t*)alike.data(), *const dim = (uint8_t*)darker.data();
    nb::gil_scoped_release free;
    selected->masks->cast_colours(from, where, out, like, dim);
}

}  // namespace

void bind_cast(nb::module_& m) {
    m.def("nearest_outside", &nearest_outside, "runs"_a, "paths"_a.noconvert(), "sources"_a.noconvert(),
          "distances"_a.noconvert(), "sectors"_a.noconvert());
    m.def("within_depth", &within_depth, "runs"_a, "deepest"_a, "distances"_a, "sectors"_a, "depth"_a,
          "within"_a.noconvert());
    m.def("cast_colours", &cast_colours, "seen"_a, "ground"_a, "mask"_a, "hue"_a, "dark"_a, "change"_a, "levels"_a,
          "flat"_a, "deepest"_a, "brightest"_a, "light"_a.noconvert(), "alike"_a.noconvert(), "darker"_a.noconvert());
}

}  // namespace stillplate
