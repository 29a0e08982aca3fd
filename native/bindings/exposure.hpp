// What bindings are told of how a frame's light may differ from the plate's.
#pragma once
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {

using Logs = Dense<const float, nb::shape<766>>;
using Bounds = std::pair<float, float>;
// In the order of kernels.Exposure, with the logarithms at the end.
using Exposure =
    std::tuple<std::pair<int, int>, int, int, std::tuple<float, float, float>, float, std::pair<Bounds, Bounds>, Logs>;

inline GainInput gain_input(const Image& image, const Image& plate, int step, const Exposure& exposure) {
    const auto& [usable, fewest, rounds, robust, ridge, bounds, logs] = exposure;
    const auto& [first, least, factor] = robust;
    const auto& [gains, offsets] = bounds;
    return {image.data(),
            plate.data(),
            (int)image.shape(0),
            (int)image.shape(1),
            step,
            logs.data(),
            usable.first,
            usable.second,
            fewest,
            {first, least, factor},
            rounds,
            ridge,
            {gains.first, gains.second},
            {offsets.first, offsets.second}};
}

}  // namespace stillplate
