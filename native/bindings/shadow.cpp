// Bindings of kernels/shadow.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Limits = Dense<const float, nb::shape<sizeof(ShadeLimits) / sizeof(float)>>;

void shade(Image image, Image plate, Image seen, Image ground, Mask weak, int window, int reach, Limits limits,
           MaskOut shadow, MaskOut proven, MapOut light) {
    const ShadeInput from{image.data(),       plate.data(), seen.data(), ground.data(), (int)weak.shape(0),
                          (int)weak.shape(1), window,       reach,       *(const ShadeLimits*)limits.data()};
    const uint8_t* const where = (const uint8_t*)weak.data();
    uint8_t *const found = (uint8_t*)shadow.data(), *const sure = (uint8_t*)proven.data();
    float* const shares = light.data();
    nb::gil_scoped_release free;
    selected->masks->shade(from, where, found, sure, shares);
}

void find_uncast(Mask shadow, Mask proven, Mask weak, Map light, int rim, int reach, float caster_area, float spread,
                 MaskOut lighter, MaskOut uncast) {
    const UncastInput from{light.data(), (int)weak.shape(0), (int)weak.shape(1), rim, reach, caster_area, spread};
    const uint8_t* const masks[3] = {(const uint8_t*)shadow.data(), (const uint8_t*)proven.data(),
                                     (const uint8_t*)weak.data()};
    uint8_t *const bright = (uint8_t*)lighter.data(), *const found = (uint8_t*)uncast.data();
    nb::gil_scoped_release free;
    selected->masks->uncast_shade(from, masks, bright, found);
}

using Pair = std::pair<float, float>;

void soft_shade(Image seen, Image ground, Map ratio, Map level, float clear, std::pair<double, int> veil, float dark,
                Pair off, float flat, Pair between, MaskOut soft, MapOut light) {
    const SoftInput from{seen.data(), ground.data(), (int)ratio.shape(0), (int)ratio.shape(1), veil.second,  veil.first,
                         dark,        off.second,    off.first,           flat,                between.first, between.second};
    const float *const over = ratio.data(), *const far = level.data();
    uint8_t* const found = (uint8_t*)soft.data();
    float* const shares = light.data();
    nb::gil_scoped_release free;
    selected->masks->soft_shade(from, over, far, clear, found, shares);
}

}  // namespace

void bind_shadow(nb::module_& m) {
    m.def("shade", &shade, "image"_a, "plate"_a, "seen"_a, "ground"_a, "weak"_a, "window"_a, "reach"_a, "limits"_a,
          "shadow"_a.noconvert(), "proven"_a.noconvert(), "light"_a.noconvert());
    m.def("soft_shade", &soft_shade, "seen"_a, "ground"_a, "ratio"_a, "level"_a, "clear"_a, "veil"_a, "dark"_a, "off"_a,
          "flat"_a, "between"_a, "soft"_a.noconvert(), "light"_a.noconvert());
    m.def("find_uncast", &find_uncast, "shadow"_a, "proven"_a, "weak"_a, "light"_a, "rim"_a, "reach"_a, "caster_area"_a,
          "spread"_a, "lighter"_a.noconvert(), "uncast"_a.noconvert());
}

}  // namespace stillplate
