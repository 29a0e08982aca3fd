// The best partition of sorted samples into k intervals, each scored with its true inertia: dynamic programming, in
// every lane.
#pragma once
#include "kmeans/axis_split.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

constexpr int MOST_CLUSTERS = 8;
constexpr int STOPS = 128;  // places at which an interval may end; more samples than that share them

struct Mean {
    Floats n, r, g, b;  // members and channel means
};
struct Intervals {
    Mean* prefix;         // [samples + 1]: sums of the sorted samples, from the centre
    Mean sum[STOPS + 1];  // those at the stops
    Floats value[MOST_CLUSTERS][STOPS + 1];
    Ints from[MOST_CLUSTERS][STOPS + 1];
};

// IN keys: sorted samples, those that are there first. OUT prefix : [count + 1]
static inline void add_up(const Words* keys, int count, const Mean& centre, Mean* prefix) {
    Mean sum{};
    prefix[0] = sum;
    for (int t = 0; t < count; ++t) {
        const Floats in = all((float)t) < centre.n ? all(1.0f) : all(0.0f);
        sum.n += in, sum.r += in * (floats(red(keys[t])) - centre.r);
        sum.g += in * (floats(green(keys[t])) - centre.g), sum.b += in * (floats(blue(keys[t])) - centre.b);
        prefix[t + 1] = sum;
    }
}

// OUT sum: the prefixes at which an interval may end, evenly spread over each pixel's own samples; returns their
// number.
static inline int set_stops(const Mean* prefix, int count, const Mean& centre, Intervals& work) {
    const int stops = count < STOPS ? count : STOPS;
    for (int s = 0; s <= stops; ++s) {
        if (count <= STOPS) {
            work.sum[s] = prefix[s];
            continue;
        }
        for (int lane = 0; lane < LANES; ++lane) {
            const Mean& at = prefix[(int)centre.n[lane] * s / stops];
            work.sum[s].n[lane] = at.n[lane], work.sum[s].r[lane] = at.r[lane];
            work.sum[s].g[lane] = at.g[lane], work.sum[s].b[lane] = at.b[lane];
        }
    }
    return stops;
}

static inline void search(Intervals& work, int stops, int clusters) {
    for (int j = 1; j <= stops; ++j) {
        const Mean& end = work.sum[j];
        Floats best[MOST_CLUSTERS];
        Ints from[MOST_CLUSTERS];
        for (int k = 0; k < clusters; ++k) best[k] = all(-1.0f), from[k] = Ints{};
        for (int i = 0; i < j; ++i) {
            const Mean& start = work.sum[i];
            const Floats r = end.r - start.r, g = end.g - start.g, b = end.b - start.b, n = end.n - start.n;
            const Floats gain = (r * r + g * g + b * b) / (n > 0.0f ? n : all(1.0f));  // |S|²/n
            if (i == 0) best[0] = gain;
            for (int k = 1; k < clusters && k <= i; ++k) {
                const Floats with = work.value[k - 1][i] + gain;
                const Ints better = with > best[k];
                best[k] = better ? with : best[k], from[k] = better ? all(i) : from[k];
            }
        }
        for (int k = 0; k < clusters; ++k) work.value[k][j] = best[k], work.from[k][j] = from[k];
    }
}

// OUT means[clusters]: those of the intervals. IN keys as above, centre: whole numbers, n = how many samples are there.
static inline void best_intervals(const Words* keys, int count, const Mean& centre, int clusters, Intervals& work,
                                  Mean* means) {
    add_up(keys, count, centre, work.prefix);
    const int stops = set_stops(work.prefix, count, centre, work);
    search(work, stops, clusters);
    for (int lane = 0; lane < LANES; ++lane) {
        int end = stops;
        for (int k = clusters - 1; k >= 0; --k) {
            const int start = k < stops ? work.from[k][end][lane] : end;
            const Mean &a = work.sum[start], &b = work.sum[end];
            const float n = b.n[lane] - a.n[lane], s = n > 0.0f ? 1.0f / n : 0.0f;
            means[k].n[lane] = n;
            means[k].r[lane] = centre.r[lane] + (b.r[lane] - a.r[lane]) * s;
            means[k].g[lane] = centre.g[lane] + (b.g[lane] - a.g[lane]) * s;
            means[k].b[lane] = centre.b[lane] + (b.b[lane] - a.b[lane]) * s;
            end = start;
        }
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
