// The best split of a pixel's samples in two, of those along one axis: samples are sorted by their projection, and
// every prefix is scored by its between-cluster scatter. LANES pixels at once. The sums are exact; floats only score.
#pragma once
#include "kmeans/covariance.hpp"
#include "simd/sorting_network.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Scratch memory of a scan. `weight` is kept from pixel to pixel while the number of valid samples stays the same.
struct ScanScratch {
    Ints members;    // the number of valid samples that `weight` is for
    Floats* weight;  // [samples], 1 / (n₀ n₁) of every prefix
    Words* keys;     // [padded_size(samples)]
    void fit(Ints n, int count) {
        if (!any(n != members)) return;
        members = n;
        for (int t = 0; t < count; ++t) {
            const Ints split = (t + 1) * (n - (t + 1));
            weight[t] = split > 0 ? 1.0f / floats(choose(split > 0, split, splat(1))) : splat(0.0f);
        }
    }
};

constexpr float FAR = 4.0f;  // standard deviations to either side of the mean; projections beyond are clipped

// OUT keys: projection on the axis (8 bits) << 24 | BGR, sorted; invalid samples come last.
static inline void sort_along(const Words* samples, int count, const Covariance& s, const Axis& axis,
                              ScanScratch& scratch) {
    const ClusterSum& a = s.all;
    const Floats n = floats(a.n), r = floats(a.r), g = floats(a.g), b = floats(a.b), whole = n > 0.0f ? n : splat(1.0f);
    // 127 steps to either side of the mean cover FAR standard deviations.
    const Floats reach = FAR * square_root(scatter_along(s, axis)) / whole;
    const Floats scale = 127.0f / (reach > 0.0f ? reach : splat(1.0f));
    const Floats kr = axis.r * scale, kg = axis.g * scale, kb = axis.b * scale;
    const Floats shift = 128.0f - (kr * r + kg * g + kb * b) / whole;
    for (int t = 0; t < count; ++t) {
        const Words x = samples[t];
        const Floats p = floats(red(x)) * kr + floats(green(x)) * kg + floats(blue(x)) * kb + shift;
        const Words key = ((Words)ints(minimum(maximum(p, splat(0.0f)), splat(255.0f))) << 24) | (x & 0xffffffu);
        scratch.keys[t] = x != 0u ? key : splat(0xffffffffu);
    }
    const int size = padded_size(count);
    for (int t = count; t < size; ++t) scratch.keys[t] = splat(0xffffffffu);
    sort_lanes(scratch.keys, size);
}

// Returns the prefix of the sorted samples with the largest between-cluster scatter.
static inline ClusterSum scan(const Words* samples, int count, const Covariance& s, const Axis& axis,
                              ScanScratch& scratch) {
    sort_along(samples, count, s, axis, scratch);
    const ClusterSum& a = s.all;
    const Floats n = floats(a.n), r = floats(a.r), g = floats(a.g), b = floats(a.b), whole = n > 0.0f ? n : splat(1.0f);
    Floats best{}, best_m{}, best_r{}, best_g{}, best_b{}, dr{}, dg{},
        db{};  // exact: MOST_32_BIT_SAMPLES² · 255 < 2^24
    for (int t = 0; t < count - 1; ++t) {
        const Words x = scratch.keys[t];
        dr += n * floats(red(x)) - r, dg += n * floats(green(x)) - g, db += n * floats(blue(x)) - b;  // N S₁ − n₁ S
        const Floats score = (dr * dr + dg * dg + db * db) * scratch.weight[t];
        const Ints better = score > best;
        best = better ? score : best, best_m = better ? splat((float)(t + 1)) : best_m;
        best_r = better ? dr : best_r, best_g = better ? dg : best_g, best_b = better ? db : best_b;
    }
    return {ints(best_m), ints((best_r + best_m * r) / whole), ints((best_g + best_m * g) / whole),
            ints((best_b + best_m * b) / whole)};
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
