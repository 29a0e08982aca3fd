// The last word on a pixel's clusters: Lloyd's algorithm in whole numbers, to its fixpoint.
#pragma once
#include "kmeans/k_means.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

typedef int64_t Longs __attribute__((vector_size(LANES * 8)));

// x is nearer to mean b than to mean a exactly where x·d > limit (a < b). V holds x·d: Ints up to WIDE samples, Longs
// beyond.
template <class V>
struct Borders {
    V r[MOST_CLUSTERS][MOST_CLUSTERS], g[MOST_CLUSTERS][MOST_CLUSTERS], b[MOST_CLUSTERS][MOST_CLUSTERS];
    V limit[MOST_CLUSTERS][MOST_CLUSTERS];
};

static inline int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b != 0 && a < 0); }

template <class V>
static inline void draw(Borders<V>& borders, int i, int j, const Half& a, const Half& b) {
    const V na = __builtin_convertvector(a.n, V), nb = __builtin_convertvector(b.n, V);
    const V ar = nb * __builtin_convertvector(a.r, V), br = na * __builtin_convertvector(b.r, V);
    const V ag = nb * __builtin_convertvector(a.g, V), bg = na * __builtin_convertvector(b.g, V);
    const V ab = nb * __builtin_convertvector(a.b, V), bb = na * __builtin_convertvector(b.b, V);
    borders.r[i][j] = br - ar, borders.g[i][j] = bg - ag, borders.b[i][j] = bb - ab;
    for (int lane = 0; lane < LANES; ++lane) {
        const int64_t r = (int64_t)(br[lane] + ar[lane]) * (br[lane] - ar[lane]),
                      g = (int64_t)(bg[lane] + ag[lane]) * (bg[lane] - ag[lane]);
        const int64_t over = r + g + (int64_t)(bb[lane] + ab[lane]) * (bb[lane] - ab[lane]),
                      n = 2 * (int64_t)a.n[lane] * b.n[lane];
        borders.limit[i][j][lane] = n           ? floor_divide(over, n)
                                    : b.n[lane] ? -1
                                                : 0;  // an empty cluster is never the nearest
    }
}

// The nearest mean; among equals the first.
template <class V>
static inline Ints nearest(const Borders<V>& borders, int clusters, Words x) {
    const V r = __builtin_convertvector(red(x), V), g = __builtin_convertvector(green(x), V),
            b = __builtin_convertvector(blue(x), V);
    Ints label{}, beaten[MOST_CLUSTERS] = {};
    for (int j = 1; j < clusters; ++j) {
        Ints wins = all(-1);
        for (int i = 0; i < j; ++i) {
            const Ints next = __builtin_convertvector(
                r * borders.r[i][j] + g * borders.g[i][j] + b * borders.b[i][j] > borders.limit[i][j], Ints);
            wins &= next, beaten[i] |= next;
        }
        beaten[j] |= ~wins;
    }
    for (int j = clusters - 1; j > 0; --j) label = choose(beaten[j], label, all(j));
    return choose(beaten[0], label, all(0));
}

// OUT label[t · stride], ABSENT where there is no sample.
template <class V>
static inline void lloyd(Workshop& w, uint8_t* label, int stride) {
    Borders<V> borders;
    for (bool same = false; !same;) {
        for (int i = 0; i < w.clusters; ++i) {
            for (int j = i + 1; j < w.clusters; ++j) draw(borders, i, j, w.of[i], w.of[j]);
        }
        Half next[MOST_CLUSTERS] = {};
        for (int t = 0; t < w.samples; ++t) {
            const Words x = w.colours[t];
            const Ints k = nearest(borders, w.clusters, x);
            for (int j = 0; j < w.clusters; ++j) {
                const Words in = x & (Words)(k == j);
                next[j].n += ints(in >> 24), next[j].r += red(in), next[j].g += green(in), next[j].b += blue(in);
            }
            store_bytes(label + t * stride, (Words)k | (Words)(x == 0u));
        }
        same = true;
        for (int j = 0; j < w.clusters; ++j) same &= !differ(next[j], w.of[j]), w.of[j] = next[j];
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
