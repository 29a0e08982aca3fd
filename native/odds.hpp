// Odds of foreground: what the whole clip tells of a pixel, and what its difference from the plate does.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// OUT odds : [pixels], squared odds of the likelihood, times the factor of the ratio; 1 where that is not known.
static void join_odds(const OddsInput& from, float* odds) {
    for (size_t p = 0; p < from.pixels; p += LANES) {
        const int count = (int)minimum((size_t)LANES, from.pixels - p);
        Floats likelihood{}, ratio{};
        memcpy(&likelihood, from.likelihood + p, count * sizeof(float));
        memcpy(&ratio, from.ratio + p, count * sizeof(float));
        Floats factor = splat(from.factors[0]);
        for (int k = 0; k < from.limits_count; ++k) {
            factor = ratio >= from.limits[k] ? splat(from.factors[k + 1]) : factor;
        }
        factor = ratio == ratio ? factor : splat(1.0f);
        const Floats likely = minimum(maximum(likelihood, splat(from.least)), splat(1.0f - from.least));
        const Floats own = likely / (1.0f - likely);
        store(odds + p, own * own * factor, count);
    }
}

// OUT counts, sums : [bins], of the pixels of each probability, and of that.
static void count_odds(const float* odds, size_t pixels, int bins, double* counts, double* sums) {
    for (int k = 0; k < bins; ++k) counts[k] = sums[k] = 0.0;
    for (size_t p = 0; p < pixels; ++p) {
        const float probability = odds[p] / (1.0f + odds[p]);
        const int bin = minimum((int)(probability * (float)bins), bins - 1);
        counts[bin] += 1.0, sums[bin] += (double)probability;
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
