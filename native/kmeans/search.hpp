// k-means with k up to 8: from seeds to the end. Several starts, then swaps of clusters; the best state stays.
#pragma once
#include "kmeans/lloyd_exact.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

// How many axes to start from, and how many swaps to try. Measured on 5,000 pixels x 20, 64, 128 samples, so that 98 %
// or more are as good as 10 restarts of scikit-learn's KMeans, or better; beyond five clusters, so that the time stays
// bearable.
struct Effort {
    int axes, swaps;
};
constexpr Effort EFFORT[MOST_CLUSTERS + 1] = {{0, 0}, {0, 0}, {4, 0}, {1, 2}, {4, 4}, {4, 12}, {1, 3}, {1, 3}, {1, 3}};

static inline Floats total_gain(const Workshop& w) {
    Floats gain{};
    for (int k = 0; k < w.clusters; ++k) gain += gain_of(w.of[k]);
    return gain;
}

static inline void keep(const Workshop& w, State& state) {
    memcpy(state.of, w.of, sizeof w.of);
    memcpy(state.labels, w.labels, w.samples * sizeof(Words));
    state.gain = total_gain(w);
}
static inline void restore(Workshop& w, const State& state, Ints where) {
    for (int k = 0; k < w.clusters; ++k) w.of[k] = choose(where, state.of[k], w.of[k]);
    for (int t = 0; t < w.samples; ++t) w.labels[t] = (Words)choose(where, (Ints)state.labels[t], (Ints)w.labels[t]);
}

// Seeds: the best intervals along an axis.
static inline void start_along(Workshop& w, const Spread& s, const Axis& axis) {
    const Floats n = floats(s.all.n), under = n > 0.0f ? n : all(1.0f);
    const Mean centre{n, floats(ints(floats(s.all.r) / under)), floats(ints(floats(s.all.g) / under)),
                      floats(ints(floats(s.all.b) / under))};
    Mean means[MOST_CLUSTERS];
    sort_along(w.colours, w.samples, s, axis, *w.scratch);
    best_intervals(w.scratch->keys, w.samples, centre, w.clusters, *w.intervals, means);
    assign(w, means);
}

// Fills the empty cluster `fresh` from the best split of any other but `skip`.
static inline void grow(Workshop& w, Ints fresh, Ints skip) {
    Floats best{};
    Ints chosen = all(-1);
    for (int k = 0; k < w.clusters; ++k) {
        const Spread s = take(w, all(k), all(-1));
        const Half half = scan(w.part, w.samples, s, s.first, *w.scratch);
        const Half rest{s.all.n - half.n, s.all.r - half.r, s.all.g - half.g, s.all.b - half.b};
        const Floats gain = apart(half, rest);
        const Ints better = (gain > best) & (fresh != k) & (skip != k);
        best = better ? gain : best, chosen = choose(better, all(k), chosen);
    }
    const Spread s = take(w, chosen, all(-1));
    split(w, chosen, fresh, s, s.first, chosen >= 0, all(0.0f));
}

// The `turn`-th closest two clusters made one, and another split.
static inline void swap_clusters(Workshop& w, int turn) {
    Ints a = all(0), b = all(1);
    Floats last = all(-1.0f);
    for (int rank = 0; rank <= turn; ++rank) {
        Floats least = all(3e38f);
        for (int i = 0; i < w.clusters; ++i) {
            for (int j = i + 1; j < w.clusters; ++j) {
                const Floats cost = apart(w.of[i], w.of[j]);
                const Ints next = (cost < least) & (cost > last);
                least = next ? cost : least, a = choose(next, all(i), a), b = choose(next, all(j), b);
            }
        }
        last = least;
    }
    const Half ha = pick(w, a), hb = pick(w, b);
    put(w, a, all(-1), {ha.n + hb.n, ha.r + hb.r, ha.g + hb.g, ha.b + hb.b});
    put(w, b, all(-1), Half{});
    for (int t = 0; t < w.samples; ++t) w.labels[t] = (Words)choose((Ints)w.labels[t] == b, a, (Ints)w.labels[t]);
    grow(w, b, w.clusters > 2 ? a : all(-1));
}

// Goes down from where the clusters are; in lanes where that is no better than the best, the best is taken up again.
static inline void descend(Workshop& w, State& best) {
    lloyd_steps(w, 3);
    sweep(w, best);
    restore(w, best, total_gain(w) <= best.gain * 1.0000002f);
    keep(w, best);
}

static inline void search(Workshop& w, State& best) {
    const Spread s = spread(w.colours, w.samples);
    const Axis &one = s.first, two = second(s);
    const Floats n1 = one.r * one.r + one.g * one.g + one.b * one.b, n2 = two.r * two.r + two.g * two.g + two.b * two.b;
    const Floats k = root(n1 / (n2 > 0.0f ? n2 : all(1.0f)));
    const Effort effort = EFFORT[w.clusters];
    for (int k = 0; k < w.clusters; ++k) best.of[k] = {all(-1), all(-1), all(-1), all(-1)};
    best.gain = all(-1.0f);
    for (int turn = 0; turn < effort.axes; ++turn) {  // e₁, e₂ − e₁, e₂, e₂ + e₁
        const float f = (float)(turn - 2);
        start_along(w, s, turn ? Axis{k * two.r + f * one.r, k * two.g + f * one.g, k * two.b + f * one.b} : one);
        descend(w, best);
    }
    for (int turn = 0; turn < effort.swaps; ++turn) {
        swap_clusters(w, turn % (w.clusters * (w.clusters - 1) / 2));
        descend(w, best);
    }
}

// OUT label[t · stride] and sizes[k · sizes_stride + lane].
static inline void cluster_group(Workshop& w, State& best, uint8_t* label, int stride, int32_t* sizes,
                                 size_t sizes_stride) {
    if (w.clusters > 1) search(w, best);
    if (w.samples <= WIDE) {
        lloyd<Ints>(w, label, stride);
    } else {
        lloyd<Longs>(w, label, stride);
    }
    for (int k = 0; k < w.clusters; ++k) memcpy(sizes + k * sizes_stride, &w.of[k].n, sizeof w.of[k].n);
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
