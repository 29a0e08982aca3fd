// Bindings of kernels/shadow.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Limits = Dense<const float, nb::shape<sizeof(ShadeLimits) / sizeof(float)>>;

void shade(Image image, Image plate, Image seen, Image ground, Mask weak, int window, int reach, Limits limits,
           MaskOut shadow, MaskOut proven, MapOut light) {
    const ShadeInput from{
        image.data(),       plate.data(),       seen.data(), ground.data(), (const uint8_t*)weak.data(),
        (int)weak.shape(0), (int)weak.shape(1), window,      reach,         *(const ShadeLimits*)limits.data()};
    const ShadeOut out{(uint8_t*)shadow.data(), (uint8_t*)proven.data(), light.data()};
    nb::gil_scoped_release free;
    selected->masks->shade(from, out);
}

void find_uncast(Mask shadow, Mask proven, Mask weak, Map light, int rim, int reach, float caster_area, float spread,
                 MaskOut lighter, MaskOut uncast) {
    const UncastInput from{(const uint8_t*)shadow.data(),
                           (const uint8_t*)proven.data(),
                           (const uint8_t*)weak.data(),
                           light.data(),
                           (int)weak.shape(0),
                           (int)weak.shape(1),
                           rim,
                           reach,
                           caster_area,
                           spread};
    uint8_t *const bright = (uint8_t*)lighter.data(), *const found = (uint8_t*)uncast.data();
    nb::gil_scoped_release free;
    selected->masks->find_uncast(from, bright, found);
}

}  // namespace

void bind_shadow(nb::module_& m) {
    m.def("shade", &shade, "image"_a, "plate"_a, "seen"_a, "ground"_a, "weak"_a, "window"_a, "reach"_a, "limits"_a,
          "shadow"_a.noconvert(), "proven"_a.noconvert(), "light"_a.noconvert());
    m.def("find_uncast", &find_uncast, "shadow"_a, "proven"_a, "weak"_a, "light"_a, "rim"_a, "reach"_a, "caster_area"_a,
          "spread"_a, "lighter"_a.noconvert(), "uncast"_a.noconvert());
}

}  // namespace stillplate
