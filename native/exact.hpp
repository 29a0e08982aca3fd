// The last word on a pixel's partition: Lloyd's algorithm in whole numbers, to its fixpoint.
#pragma once
#include "partition.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

struct Means {
    int64_t n[MOST_CLUSTERS], sum[MOST_CLUSTERS][3];
};
// x is nearer to mean b than to mean a exactly where x·d > limit (a < b, neither empty).
struct Borders {
    int64_t d[MOST_CLUSTERS][MOST_CLUSTERS][3], limit[MOST_CLUSTERS][MOST_CLUSTERS];
};

static inline int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

static inline void draw_borders(const Means& m, int clusters, Borders& borders) {
    for (int a = 0; a < clusters; ++a) {
        for (int b = a + 1; b < clusters && m.n[a]; ++b) {
            if (!m.n[b]) continue;
            int64_t dot = 0;
            for (int c = 0; c < 3; ++c) {
                const int64_t sa = m.n[b] * m.sum[a][c], sb = m.n[a] * m.sum[b][c];
                borders.d[a][b][c] = sb - sa, dot += (sb + sa) * (sb - sa);
            }
            borders.limit[a][b] = floor_divide(dot, 2 * m.n[a] * m.n[b]);
        }
    }
}

// The nearest mean; among equals the first.
static inline int nearest(const Means& m, const Borders& borders, int clusters, int64_t r, int64_t g, int64_t b) {
    int best = 0;
    while (best < clusters - 1 && !m.n[best]) ++best;
    for (int k = best + 1; k < clusters; ++k) {
        const int64_t* d = borders.d[best][k];
        if (m.n[k] && r * d[0] + g * d[1] + b * d[2] > borders.limit[best][k]) best = k;
    }
    return best;
}

// OUT label[t · BLOCK] and sizes[k · stride].
static inline void settle(const Workshop& w, const Partition& start, const uint32_t* words, int samples, uint8_t* label,
                          int32_t* sizes, size_t stride) {
    const Palette& p = w.palette;
    Means means{};
    Borders borders;
    for (int k = 0; k < w.clusters; ++k) {
        const Cluster& c = start.of[k];
        means.n[k] = (int64_t)c.n;
        means.sum[k][0] = (int64_t)(c.r + c.n * p.centre[0]), means.sum[k][1] = (int64_t)(c.g + c.n * p.centre[1]);
        means.sum[k][2] = (int64_t)(c.b + c.n * p.centre[2]);
    }
    for (;;) {
        draw_borders(means, w.clusters, borders);
        Means next{};
        for (int i = 0; i < p.colours; ++i) {
            const int64_t x[3] = {(int64_t)(p.r[i] + p.centre[0]), (int64_t)(p.g[i] + p.centre[1]), (int64_t)(p.b[i] + p.centre[2])};
            const int k = nearest(means, borders, w.clusters, x[0], x[1], x[2]);
            const int64_t n = (int64_t)p.n[i];
            next.n[k] += n;
            for (int c = 0; c < 3; ++c) next.sum[k][c] += n * x[c];
        }
        if (memcmp(&next, &means, sizeof means) == 0) break;
        means = next;
    }
    for (int t = 0; t < samples; ++t) {
        const uint32_t x = words[(size_t)t * LANES];
        label[t * BLOCK] = x ? (uint8_t)nearest(means, borders, w.clusters, x & 255, x >> 8 & 255, x >> 16 & 255) : ABSENT;
    }
    for (int k = 0; k < w.clusters; ++k) sizes[k * stride] = (int32_t)means.n[k];
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
