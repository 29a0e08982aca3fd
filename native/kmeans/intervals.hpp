// The partition of sorted samples into k intervals with the smallest inertia, by dynamic programming, in every lane.
#pragma once
#include "kmeans/axis_split.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int MOST_CLUSTERS = 8;
constexpr int MOST_ENDS = 128;  // places at which an interval may end, which bounds the quadratic search

struct Mean {
    Floats n, r, g, b;  // members, and channel means or sums
};
struct Intervals {
    Mean* prefix;             // [samples + 1], sums of the sorted samples, relative to the centre
    Mean sum[MOST_ENDS + 1];  // the prefix sums at the ends
    Floats value[MOST_CLUSTERS][MOST_ENDS + 1];
    Ints from[MOST_CLUSTERS][MOST_ENDS + 1];
};

// IN keys : [count], sorted, valid samples first. OUT prefix : [count + 1].
static inline void prefix_sums(const Words* keys, int count, const Mean& centre, Mean* prefix) {
    Mean sum{};
    prefix[0] = sum;
    for (int t = 0; t < count; ++t) {
        const Floats in = splat((float)t) < centre.n ? splat(1.0f) : splat(0.0f);
        sum.n += in, sum.r += in * (floats(red(keys[t])) - centre.r);
        sum.g += in * (floats(green(keys[t])) - centre.g), sum.b += in * (floats(blue(keys[t])) - centre.b);
        prefix[t + 1] = sum;
    }
}

// OUT intervals.sum: the prefix sums at the ends, spread evenly over each pixel's valid samples. Returns the number of
// ends.
static inline int choose_ends(const Mean* prefix, int count, const Mean& centre, Intervals& intervals) {
    const int ends = count < MOST_ENDS ? count : MOST_ENDS;
    for (int s = 0; s <= ends; ++s) {
        if (count <= MOST_ENDS) {
            intervals.sum[s] = prefix[s];
            continue;
        }
        for (int lane = 0; lane < LANES; ++lane) {
            const Mean& at = prefix[(int)centre.n[lane] * s / ends];
            intervals.sum[s].n[lane] = at.n[lane], intervals.sum[s].r[lane] = at.r[lane];
            intervals.sum[s].g[lane] = at.g[lane], intervals.sum[s].b[lane] = at.b[lane];
        }
    }
    return ends;
}

// Fills value[k][j], the largest Σ |S|²/n of the samples before end j in k + 1 intervals, and from[k][j], where the
// last of them starts.
static inline void partition_intervals(Intervals& intervals, int ends, int clusters) {
    for (int j = 1; j <= ends; ++j) {
        const Mean& end = intervals.sum[j];
        Floats best[MOST_CLUSTERS];
        Ints from[MOST_CLUSTERS];
        for (int k = 0; k < clusters; ++k) best[k] = splat(-1.0f), from[k] = Ints{};
        for (int i = 0; i < j; ++i) {
            const Mean& start = intervals.sum[i];
            const Floats r = end.r - start.r, g = end.g - start.g, b = end.b - start.b, n = end.n - start.n;
            const Floats gain = (r * r + g * g + b * b) / (n > 0.0f ? n : splat(1.0f));  // |S|²/n
            if (i == 0) best[0] = gain;
            for (int k = 1; k < clusters && k <= i; ++k) {
                const Floats with = intervals.value[k - 1][i] + gain;
                const Ints better = with > best[k];
                best[k] = better ? with : best[k], from[k] = better ? splat(i) : from[k];
            }
        }
        for (int k = 0; k < clusters; ++k) intervals.value[k][j] = best[k], intervals.from[k][j] = from[k];
    }
}

// IN keys : [count], sorted, valid samples first; centre: whole numbers, n is the number of valid samples.
// OUT means : [clusters], those of the best intervals.
static inline void best_intervals(const Words* keys, int count, const Mean& centre, int clusters, Intervals& intervals,
                                  Mean* means) {
    prefix_sums(keys, count, centre, intervals.prefix);
    const int ends = choose_ends(intervals.prefix, count, centre, intervals);
    partition_intervals(intervals, ends, clusters);
    for (int lane = 0; lane < LANES; ++lane) {
        int end = ends;
        for (int k = clusters - 1; k >= 0; --k) {
            const int start = k < ends ? intervals.from[k][end][lane] : end;
            const Mean &a = intervals.sum[start], &b = intervals.sum[end];
            const float n = b.n[lane] - a.n[lane], s = n > 0.0f ? 1.0f / n : 0.0f;
            means[k].n[lane] = n;
            means[k].r[lane] = centre.r[lane] + (b.r[lane] - a.r[lane]) * s;
            means[k].g[lane] = centre.g[lane] + (b.g[lane] - a.g[lane]) * s;
            means[k].b[lane] = centre.b[lane] + (b.b[lane] - a.b[lane]) * s;
            end = start;
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
