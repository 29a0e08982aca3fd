// Bindings of kernels/shadow.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

void hue(Pixels seen, Pixels ground, Flags weak, float dark, float hue, float hue_share, float deepest, float brightest,
         size_t first, size_t last, FlagsOut alike, FloatsOut light) {
    const HueInput from{seen.data(), ground.data(), (const uint8_t*)weak.data(), dark, hue, hue_share,
                        deepest,     brightest};
    uint8_t* const flags = (uint8_t*)alike.data();
    float* const s = light.data();
    nb::gil_scoped_release free;
    selected->hue(from, first, last, flags, s);
}

void texture(Image image, Image plate, Image seen, Image ground, Mask alike, Map light, int cell, float dark,
             float flat, int first, int last, MaskOut flats, Dense<float, nb::ndim<3>> sums) {
    const TextureInput from{
        image.data(), plate.data(),        seen.data(),         ground.data(), (const uint8_t*)alike.data(),
        light.data(), (int)image.shape(0), (int)image.shape(1), cell,          dark,
        flat};
    uint8_t* const flags = (uint8_t*)flats.data();
    float* const out = sums.data();
    nb::gil_scoped_release free;
    selected->texture(from, first, last, flags, out);
}

}  // namespace

void bind_shadow(nb::module_& m) {
    m.def("hue", &hue, "seen"_a, "ground"_a, "weak"_a, "dark"_a, "hue"_a, "hue_share"_a, "deepest"_a, "brightest"_a,
          "first"_a, "last"_a, "alike"_a.noconvert(), "light"_a.noconvert());
    m.def("texture", &texture, "image"_a, "plate"_a, "seen"_a, "ground"_a, "alike"_a, "light"_a, "cell"_a, "dark"_a,
          "flat"_a, "first"_a, "last"_a, "flats"_a.noconvert(), "sums"_a.noconvert());
}

}  // namespace stillplate
