// Bindings of kernels/gain.py.
#include "exposure.hpp"

namespace stillplate {
namespace {

bool robust_gain(Image image, Image plate, int step, Exposure exposure, FloatsOut out) {
    const GainInput from = gain_input(image, plate, step, exposure);
    float* const gain = out.data();
    nb::gil_scoped_release free;
    return selected->masks->robust_gain(from, gain);
}

void gain_table(Dense<const float, nb::shape<2, 3>> gain, PixelsOut table) {
    selected->masks->gain_table(gain.data(), table.data());
}

void look_up(Pixels image, Pixels table, size_t first, size_t last, PixelsOut out) {
    const uint8_t *const pixels = image.data(), *const levels = table.data();
    uint8_t* const to = out.data();
    nb::gil_scoped_release free;
    selected->masks->look_up(pixels, levels, first, last, to);
}

}  // namespace

void bind_gain(nb::module_& m) {
    m.def("gain_table", &gain_table, "gain"_a, "table"_a.noconvert());
    m.def("look_up", &look_up, "image"_a, "table"_a, "first"_a, "last"_a, "out"_a.noconvert());
    m.def("robust_gain", &robust_gain, "image"_a, "plate"_a, "step"_a, "exposure"_a, "out"_a.noconvert());
}

}  // namespace stillplate
