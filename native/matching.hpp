// A frame brought into the plate's light, and its evidence there: the steps between the reduced frame and its regions
// in one call.
#pragma once
#include "gain.hpp"
#include "stillplate/mask_kernels.hpp"
#include "weighing.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Whether undoing a gain would change more than rounding does. IN gain : [2][3], scale and offset.
static bool is_noticeable(const MatchInput& from, const float* gain) {
    bool noticed = false;
    for (int c = 0; c < 3; ++c) {
        const double scaled = (double)gain[c] - 1.0, raised = (double)gain[3 + c];
        noticed |= (scaled < 0.0 ? -scaled : scaled) >= from.scale || (raised < 0.0 ? -raised : raised) >= from.offset;
    }
    return noticed;
}

// Levels of pixels, each channel between its own lowest and highest : [3].
static void limit_levels(const uint8_t* image, const uint8_t* lowest, const uint8_t* highest, size_t pixels,
                         uint8_t* __restrict out) {
    constexpr size_t BYTES = 3 * SPAN;
    uint8_t low[BYTES], high[BYTES];
    for (size_t k = 0; k < BYTES; ++k) low[k] = lowest[k % 3], high[k] = highest[k % 3];
    const auto limited = [&](size_t at, size_t k) { return minimum(maximum(image[at + k], low[k]), high[k]); };
    size_t at = 0;
    for (; at + BYTES <= 3 * pixels; at += BYTES) {
        for (size_t k = 0; k < BYTES; ++k) out[at + k] = limited(at, k);
    }
    for (size_t k = 0; at + k < 3 * pixels; ++k) out[at + k] = limited(at, k);
}

// Returns whether the frame's light differs noticeably: OUT image, plate then hold the frame in the plate's light, and
// the plate without what is clipped in the frame's.
static bool match_frame(const MatchInput& from, const MatchOut& out) {
    float* const gain = out.gain;
    if (!robust_gain(from.gain, gain)) {
        for (int c = 0; c < 3; ++c) gain[c] = 1.0f, gain[3 + c] = 0.0f;
    }
    gain_table(gain, out.table);
    const bool noticed = is_noticeable(from, gain);
    WeighInput given = from.weigh;
    if (noticed) {
        const size_t pixels = (size_t)given.compare.height * given.compare.width;
        look_up(given.compare.image, out.table, 0, pixels, out.image);
        limit_levels(given.compare.plate, out.table, out.table + 3 * 255, pixels, out.plate);
        given.compare.image = out.image, given.compare.plate = out.plate;
    }
    weigh_frame(given, out.weigh);
    return noticed;
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
