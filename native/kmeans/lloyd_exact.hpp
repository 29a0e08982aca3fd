// Lloyd's algorithm in exact integers, to its fixpoint: the last step for every pixel.
#pragma once
#include "kmeans/k_means.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

typedef int64_t Longs __attribute__((vector_size(LANES * 8)));

// x is nearer to mean j than to mean i exactly where x·d[i][j] > limit[i][j], for i < j. V holds x·d: Ints for up to
// MOST_32_BIT_SAMPLES samples, Longs for more.
template <class V>
struct Boundaries {
    V r[MOST_CLUSTERS][MOST_CLUSTERS], g[MOST_CLUSTERS][MOST_CLUSTERS], b[MOST_CLUSTERS][MOST_CLUSTERS];
    V limit[MOST_CLUSTERS][MOST_CLUSTERS];
};

static inline int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b != 0 && a < 0); }

template <class V>
static inline void set_boundary(Boundaries<V>& boundaries, int i, int j, const ClusterSum& a, const ClusterSum& b) {
    const V na = __builtin_convertvector(a.n, V), nb = __builtin_convertvector(b.n, V);
    const V ar = nb * __builtin_convertvector(a.r, V), br = na * __builtin_convertvector(b.r, V);
    const V ag = nb * __builtin_convertvector(a.g, V), bg = na * __builtin_convertvector(b.g, V);
    const V ab = nb * __builtin_convertvector(a.b, V), bb = na * __builtin_convertvector(b.b, V);
    boundaries.r[i][j] = br - ar, boundaries.g[i][j] = bg - ag, boundaries.b[i][j] = bb - ab;
    for (int lane = 0; lane < LANES; ++lane) {
        const int64_t r = (int64_t)(br[lane] + ar[lane]) * (br[lane] - ar[lane]),
                      g = (int64_t)(bg[lane] + ag[lane]) * (bg[lane] - ag[lane]);
        const int64_t over = r + g + (int64_t)(bb[lane] + ab[lane]) * (bb[lane] - ab[lane]),
                      n = 2 * (int64_t)a.n[lane] * b.n[lane];
        // d is 0 if one of the two is empty: the sample then goes to the other.
        boundaries.limit[i][j][lane] = n ? floor_divide(over, n) : b.n[lane] ? -1 : 0;
    }
}

// The nearest mean; of equally near ones the first.
template <class V>
static inline Ints nearest_mean(const Boundaries<V>& boundaries, int clusters, Words x) {
    const V r = __builtin_convertvector(red(x), V), g = __builtin_convertvector(green(x), V),
            b = __builtin_convertvector(blue(x), V);
    Ints label{}, beaten[MOST_CLUSTERS] = {};
    for (int j = 1; j < clusters; ++j) {
        Ints wins = splat(-1);
        for (int i = 0; i < j; ++i) {
            const Ints next = __builtin_convertvector(
                r * boundaries.r[i][j] + g * boundaries.g[i][j] + b * boundaries.b[i][j] > boundaries.limit[i][j],
                Ints);
            wins &= next, beaten[i] |= next;
        }
        beaten[j] |= ~wins;
    }
    for (int j = clusters - 1; j > 0; --j) label = choose(beaten[j], label, splat(j));
    return choose(beaten[0], label, splat(0));
}

// IN OUT sums. OUT label[t · stride], ABSENT for an invalid sample.
template <class V>
static inline void lloyd_exact(KMeansState& state, uint8_t* label, int stride) {
    Boundaries<V> boundaries;
    for (bool same = false; !same;) {
        for (int i = 0; i < state.clusters; ++i) {
            for (int j = i + 1; j < state.clusters; ++j) set_boundary(boundaries, i, j, state.sums[i], state.sums[j]);
        }
        ClusterSum next[MOST_CLUSTERS] = {};
        for (int t = 0; t < state.samples; ++t) {
            const Words x = state.colours[t];
            const Ints k = nearest_mean(boundaries, state.clusters, x);
            for (int j = 0; j < state.clusters; ++j) {
                const Words in = x & (Words)(k == j);
                next[j].n += ints(in >> 24), next[j].r += red(in), next[j].g += green(in), next[j].b += blue(in);
            }
            store_bytes(label + t * stride, (Words)k | (Words)(x == 0u));
        }
        same = true;
        for (int j = 0; j < state.clusters; ++j) same &= !differ(next[j], state.sums[j]), state.sums[j] = next[j];
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
