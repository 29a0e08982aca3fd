// Bindings of kernels/gain.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Logs = Dense<const float, nb::shape<766>>;
using Pair = std::pair<float, float>;

bool robust_gain(Image image, Image plate, int step, Logs logs, std::pair<int, int> usable, int fewest, int rounds,
                 std::pair<Pair, float> robust, float ridge, std::pair<Pair, Pair> bounds, FloatsOut out) {
    const auto [gains, offsets] = bounds;
    const GainInput from{image.data(),
                         plate.data(),
                         (int)image.shape(0),
                         (int)image.shape(1),
                         step,
                         logs.data(),
                         usable.first,
                         usable.second,
                         fewest,
                         {robust.first.first, robust.first.second, robust.second},
                         rounds,
                         ridge,
                         {gains.first, gains.second},
                         {offsets.first, offsets.second}};
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
    m.def("robust_gain", &robust_gain, "image"_a, "plate"_a, "step"_a, "logs"_a, "usable"_a, "fewest"_a, "rounds"_a,
          "robust"_a, "ridge"_a, "bounds"_a, "out"_a.noconvert());
}

}  // namespace stillplate
