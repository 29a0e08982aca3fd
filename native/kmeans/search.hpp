// k-means with k up to 8: several seeds, then attempts to merge one pair of clusters and split another; the best
// partition is kept.
#pragma once
#include "kmeans/lloyd_exact.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The number of axes to seed from and of merges to try. With k up to 5, at least 98 % of 5,000 pixels of 20, 64 and 128
// samples had an inertia no larger than the best of 10 restarts of scikit-learn's KMeans; for more clusters,
// run time sets the numbers.
struct Effort {
    int axes, merges;
};
constexpr Effort EFFORT[MOST_CLUSTERS + 1] = {{0, 0}, {0, 0}, {4, 0}, {1, 2}, {4, 4}, {4, 12}, {1, 3}, {1, 3}, {1, 3}};

static inline Floats total_gain(const KMeansState& state) {
    Floats gain{};
    for (int k = 0; k < state.clusters; ++k) gain += gain_of(state.sums[k]);
    return gain;
}

static inline void save(const KMeansState& state, Partition& best) {
    memcpy(best.sums, state.sums, sizeof state.sums);
    memcpy(best.labels, state.labels, state.samples * sizeof(Words));
    best.gain = total_gain(state);
}
static inline void restore(KMeansState& state, const Partition& best, Ints where) {
    for (int k = 0; k < state.clusters; ++k) state.sums[k] = choose(where, best.sums[k], state.sums[k]);
    for (int t = 0; t < state.samples; ++t) {
        state.labels[t] = (Words)choose(where, (Ints)best.labels[t], (Ints)state.labels[t]);
    }
}

// Seeds the clusters with the best intervals along an axis.
static inline void seed_along(KMeansState& state, const Covariance& s, const Axis& axis) {
    const Floats n = floats(s.all.n), under = n > 0.0f ? n : splat(1.0f);
    const Mean centre{n, floats(ints(floats(s.all.r) / under)), floats(ints(floats(s.all.g) / under)),
                      floats(ints(floats(s.all.b) / under))};
    Mean means[MOST_CLUSTERS];
    sort_along(state.colours, state.samples, s, axis, *state.scratch);
    best_intervals(state.scratch->keys, state.samples, centre, state.clusters, *state.intervals, means);
    assign_nearest(state, means);
}

// Fills the empty cluster `fresh` from the best split of any other cluster but `skip`.
static inline void fill_empty(KMeansState& state, Ints fresh, Ints skip) {
    Floats best{};
    Ints chosen = splat(-1);
    for (int k = 0; k < state.clusters; ++k) {
        const Covariance s = gather_pair(state, splat(k), splat(-1));
        const ClusterSum half = scan(state.pair, state.samples, s, s.axis, *state.scratch);
        const ClusterSum rest{s.all.n - half.n, s.all.r - half.r, s.all.g - half.g, s.all.b - half.b};
        const Floats gain = merge_cost(half, rest);
        const Ints better = (gain > best) & (fresh != k) & (skip != k);
        best = better ? gain : best, chosen = choose(better, splat(k), chosen);
    }
    const Covariance s = gather_pair(state, chosen, splat(-1));
    split_pair(state, chosen, fresh, s, s.axis, chosen >= 0, splat(0.0f));
}

// Merges the two clusters that are the `turn`-th cheapest to merge, and splits another.
static inline void merge_and_split(KMeansState& state, int turn) {
    Ints a = splat(0), b = splat(1);
    Floats last = splat(-1.0f);
    for (int rank = 0; rank <= turn; ++rank) {
        Floats least = splat(3e38f);
        for (int i = 0; i < state.clusters; ++i) {
            for (int j = i + 1; j < state.clusters; ++j) {
                const Floats cost = merge_cost(state.sums[i], state.sums[j]);
                const Ints next = (cost < least) & (cost > last);
                least = next ? cost : least, a = choose(next, splat(i), a), b = choose(next, splat(j), b);
            }
        }
        last = least;
    }
    const ClusterSum ha = read_cluster(state, a), hb = read_cluster(state, b);
    write_cluster(state, a, splat(-1), {ha.n + hb.n, ha.r + hb.r, ha.g + hb.g, ha.b + hb.b});
    write_cluster(state, b, splat(-1), ClusterSum{});
    for (int t = 0; t < state.samples; ++t) {
        state.labels[t] = (Words)choose((Ints)state.labels[t] == b, a, (Ints)state.labels[t]);
    }
    fill_empty(state, b, state.clusters > 2 ? a : splat(-1));
}

// Improves the clusters as they are, and saves them in the lanes where they are better than the best; the other lanes
// return to the best.
static inline void descend(KMeansState& state, Partition& best) {
    lloyd_steps(state, 3);
    refine_pairs(state, best);
    restore(state, best, total_gain(state) <= best.gain * 1.0000002f);
    save(state, best);
}

static inline void search(KMeansState& state, Partition& best) {
    const Covariance s = covariance(state.colours, state.samples);
    const Axis &one = s.axis, two = second_axis(s);
    const Floats n1 = one.r * one.r + one.g * one.g + one.b * one.b, n2 = two.r * two.r + two.g * two.g + two.b * two.b;
    const Floats k = square_root(n1 / (n2 > 0.0f ? n2 : splat(1.0f)));
    const Effort effort = EFFORT[state.clusters];
    for (int k = 0; k < state.clusters; ++k) best.sums[k] = {splat(-1), splat(-1), splat(-1), splat(-1)};
    best.gain = splat(-1.0f);
    for (int turn = 0; turn < effort.axes; ++turn) {  // e₁, e₂ − e₁, e₂, e₂ + e₁
        const float f = (float)(turn - 2);
        seed_along(state, s, turn ? Axis{k * two.r + f * one.r, k * two.g + f * one.g, k * two.b + f * one.b} : one);
        descend(state, best);
    }
    for (int turn = 0; turn < effort.merges; ++turn) {
        merge_and_split(state, turn % (state.clusters * (state.clusters - 1) / 2));
        descend(state, best);
    }
}

// Clusters LANES pixels. OUT label[t · stride], sizes[k · sizes_stride + lane].
static inline void cluster_group(KMeansState& state, Partition& best, uint8_t* label, int stride, int32_t* sizes,
                                 size_t sizes_stride) {
    if (state.clusters > 1) search(state, best);
    if (state.samples <= MOST_32_BIT_SAMPLES) {
        lloyd_exact<Ints>(state, label, stride);
    } else {
        lloyd_exact<Longs>(state, label, stride);
    }
    for (int k = 0; k < state.clusters; ++k) memcpy(sizes + k * sizes_stride, &state.sums[k].n, sizeof state.sums[k].n);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
