// k-means of one pixel with any k up to 8: seeds by dynamic programming along an axis, then Lloyd and Hartigan moves.
//
// A partition into k intervals of the colours sorted along an axis, each scored with its true inertia, is found exactly; k = 2 is the
// prefix scan. Floats propose; `settle` (exact.hpp) ends with whole numbers.
#pragma once
#include "choice.hpp"
#include "palette.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

constexpr int STOPS = 128;  // places at which an interval may end; more colours than that share them

struct Cluster {
    float n, r, g, b;
};
struct Partition {
    Cluster of[MOST_CLUSTERS];
    double gain;  // Σ |S|²/n: what k-means maximises
};

struct Workshop {
    Palette palette;
    int clusters;
    float *best, *second;                      // [colours]
    int32_t *label, *order;                    // [colours]
    float *wn, *wr, *wg, *wb;                  // [STOPS + 1] prefix sums at the stops
    float* value;                              // [clusters][STOPS + 32]
    int32_t* from;                             // [clusters][STOPS + 32]
    int32_t* stop;                             // [STOPS + 32]
};

static inline size_t workshop_bytes(int samples) {
    return palette_bytes(samples) + 4 * ((size_t)samples + 32) * 4 + (5 + 2 * MOST_CLUSTERS) * (STOPS + 32) * 4 + 16 * 64;
}
static inline Workshop make_workshop(Memory& memory, int samples, int clusters) {
    const size_t size = samples + 32, stops = STOPS + 32;
    Workshop w{make_palette(memory, samples), clusters, memory.take<float>(size), memory.take<float>(size),
               memory.take<int32_t>(size), memory.take<int32_t>(size), memory.take<float>(stops), memory.take<float>(stops),
               memory.take<float>(stops), memory.take<float>(stops), memory.take<float>(MOST_CLUSTERS * stops),
               memory.take<int32_t>(MOST_CLUSTERS * stops), memory.take<int32_t>(stops)};
    return w;
}

static inline double gain_of(const Cluster& c) {
    return c.n > 0.0f ? ((double)c.r * c.r + (double)c.g * c.g + (double)c.b * c.b) / c.n : 0.0;
}
static inline void add(Cluster& c, const Palette& p, int i, float sign) {
    const float n = sign * p.n[i];
    c.n += n, c.r += n * p.r[i], c.g += n * p.g[i], c.b += n * p.b[i];
}

// Labels to sums and gain.
static inline void measure(const Workshop& w, Partition& part) {
    part = {};
    for (int i = 0; i < w.palette.colours; ++i) add(part.of[w.label[i]], w.palette, i, 1.0f);
    for (int k = 0; k < w.clusters; ++k) part.gain += gain_of(part.of[k]);
}

// Every colour to the nearest mean. OUT label; true if one changed.
static inline bool assign(const Workshop& w, const Partition& part) {
    const Palette& p = w.palette;
    for (int i = 0; i < p.colours; ++i) w.best[i] = 3e38f, w.order[i] = 0;
    for (int k = 0; k < w.clusters; ++k) {
        const Cluster& c = part.of[k];
        if (!(c.n > 0.0f)) continue;
        const float r = c.r / c.n, g = c.g / c.n, b = c.b / c.n, square = r * r + g * g + b * b;
        for (int i = 0; i < p.colours; ++i) {
            const float d = square - 2.0f * (r * p.r[i] + g * p.g[i] + b * p.b[i]);  // |x − c|² − |x|²
            w.order[i] = d < w.best[i] ? k : w.order[i];
            w.best[i] = d < w.best[i] ? d : w.best[i];
        }
    }
    int32_t changed = 0;
    for (int i = 0; i < p.colours; ++i) changed |= w.order[i] ^ w.label[i], w.label[i] = w.order[i];
    return changed != 0;
}

static inline void lloyd(const Workshop& w, Partition& part) {
    for (int pass = 0; pass < 32 && assign(w, part); ++pass) measure(w, part);
}

// The one move of a colour from its cluster to another that gains most (Hartigan & Wong 1979). False if none gains.
static inline bool hartigan(const Workshop& w, Partition& part) {
    const Palette& p = w.palette;
    for (int i = 0; i < p.colours; ++i) w.best[i] = 3e38f, w.second[i] = 0.0f, w.order[i] = w.label[i];
    for (int k = 0; k < w.clusters; ++k) {
        const Cluster& c = part.of[k];
        const float n = c.n > 0.0f ? c.n : 1.0f, r = c.r / n, g = c.g / n, b = c.b / n;
        for (int i = 0; i < p.colours; ++i) {
            const float x = p.r[i] - r, y = p.g[i] - g, z = p.b[i] - b, d = (x * x + y * y + z * z) * c.n * p.n[i];
            const float left = c.n - p.n[i];
            const float out = left > 0.0f ? d / left : 0.0f, in = d / (c.n + p.n[i]);  // n m / (n ∓ m) |x − c|²
            const bool own = w.label[i] == k;
            w.second[i] = own ? out : w.second[i];
            w.order[i] = !own && in < w.best[i] ? k : w.order[i];
            w.best[i] = !own && in < w.best[i] ? in : w.best[i];
        }
    }
    int at = 0;
    float most = 0.0f;
    for (int i = 0; i < p.colours; ++i) {
        const float gain = w.second[i] - w.best[i];
        if (gain > most) most = gain, at = i;
    }
    if (!(most > 1e-4f * w.second[at])) return false;
    add(part.of[w.label[at]], p, at, -1.0f), add(part.of[w.order[at]], p, at, 1.0f);
    w.label[at] = w.order[at];
    return true;
}

static inline void descend(const Workshop& w, Partition& part) {
    lloyd(w, part);
    for (int move = 0; move < 64 && hartigan(w, part); ++move) lloyd(w, part);
    measure(w, part);
}

// OUT order: the colours along an axis.
static inline void sort_along(Workshop& w, float r, float g, float b) {
    Palette& p = w.palette;
    float low = 3e38f, high = -3e38f;
    for (int i = 0; i < p.colours; ++i) {
        const float x = r * p.r[i] + g * p.g[i] + b * p.b[i];
        low = x < low ? x : low, high = x > high ? x : high;
        w.best[i] = x;
    }
    const float scale = high > low ? 65535.0f / (high - low) : 0.0f;
    for (int i = 0; i < p.colours; ++i) {
        const float x = (w.best[i] - low) * scale;
        p.keys[i] = (uint32_t)(int32_t)(x < 65535.0f ? x : 65535.0f) << 16 | (uint32_t)i;
    }
    sort_keys(p.keys, p.spare, p.colours, 16, 16);
    for (int i = 0; i < p.colours; ++i) w.order[i] = (int32_t)(p.keys[i] & 0xffff);
}

// The best partition of the sorted colours into intervals. IN order; OUT label.
static inline void split_sorted(const Workshop& w) {
    const Palette& p = w.palette;
    const int stops = p.colours < STOPS ? p.colours : STOPS, room = STOPS + 32;
    Cluster sum{};
    for (int s = 0, i = 0; s <= stops; ++s) {
        w.stop[s] = (int32_t)((int64_t)p.colours * s / stops);
        for (; i < w.stop[s]; ++i) add(sum, p, w.order[i], 1.0f);
        w.wn[s] = sum.n, w.wr[s] = sum.r, w.wg[s] = sum.g, w.wb[s] = sum.b;
    }
    for (int i = 0; i < w.clusters * room; ++i) w.value[i] = -1.0f, w.from[i] = 0;
    for (int i = 0; i < stops; ++i) {
        const float n = w.wn[i], r = w.wr[i], g = w.wg[i], b = w.wb[i];
        float* gain = w.best;
        for (int j = i + 1; j <= stops; ++j) {
            const float x = w.wr[j] - r, y = w.wg[j] - g, z = w.wb[j] - b;
            gain[j] = (x * x + y * y + z * z) / (w.wn[j] - n);
        }
        if (i == 0) {
            for (int j = 1; j <= stops; ++j) w.value[j] = gain[j];
            continue;
        }
        for (int k = 1; k < w.clusters && k <= i; ++k) {
            const float before = w.value[(k - 1) * room + i];
            float* value = w.value + k * room;
            int32_t* from = w.from + k * room;
            for (int j = i + 1; j <= stops; ++j) {
                const float with = before + gain[j];
                from[j] = with > value[j] ? i : from[j];
                value[j] = with > value[j] ? with : value[j];
            }
        }
    }
    for (int k = (w.clusters < stops ? w.clusters : stops) - 1, end = stops; k >= 0; --k) {
        const int start = w.from[k * room + end];
        for (int i = w.stop[start]; i < w.stop[end]; ++i) w.label[w.order[i]] = k;
        end = start;
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
