// What bindings are told of the shadows that things cast.
#pragma once
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {

using Hue = Dense<const float, nb::shape<3>>;      // RGB
using Depths = Dense<const float, nb::shape<16>>;  // one for each sector
using CastLimits = std::tuple<float, float, float, float, float, float, int, double, double>;
using CastProfile = std::tuple<Hue, Depths, CastLimits>;

// Without pictures and mask.
inline CastShadowInput cast_input(const CastProfile& profile) {
    const auto& [hue, depth, limits] = profile;
    const auto& [dark, levels, change, flat, deepest, brightest, rim, least, small] = limits;
    return {{nullptr, nullptr, hue.data(), 0, 0, dark, change, levels, flat, deepest, brightest},
            nullptr,
            depth.data(),
            rim,
            least,
            small};
}

}  // namespace stillplate
