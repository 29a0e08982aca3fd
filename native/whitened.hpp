// Whitened distance: how many standard deviations of the ground a difference of colour is.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// OUT distance : [pixels], |U d| with U the upper triangular matrix of the six factors.
static void whitened(const WhitenedInput& from, size_t first, size_t last, float* distance) {
    const float *const rr = from.factors, *const rg = rr + from.pixels, *const rb = rg + from.pixels;
    const float *const gg = rb + from.pixels, *const gb = gg + from.pixels, *const bb = gb + from.pixels;
    for (size_t p = first; p < last; ++p) {
        const float r = from.difference[3 * p], g = from.difference[3 * p + 1], b = from.difference[3 * p + 2];
        const float x = rr[p] * r + rg[p] * g + rb[p] * b, y = gg[p] * g + gb[p] * b, z = bb[p] * b;
        distance[p] = __builtin_sqrtf(x * x + y * y + z * z);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
