// k-means with k up to 8 for LANES pixels at once, any number of samples: the steps that kmeans/search.hpp is made of.
//
// One step splits the samples of two clusters again, by the same scan along an axis as k = 2; the other assigns every
// sample to the nearest mean (Lloyd). Floats only choose between splits; members and channel sums are exact integers.
#pragma once
#include "kmeans/intervals.hpp"
#include "kmeans/tile.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

struct KMeansState {
    int samples, clusters;
    const Words* colours;  // [samples]
    Words *labels, *pair;  // [samples]: the cluster of each sample; the samples of the pair being split, else 0
    ClusterSum sums[MOST_CLUSTERS];
    ScanScratch* scratch;
    Intervals* intervals;
};

static inline KMeansState make_k_means_state(Arena& arena, int samples, int clusters, ScanScratch* scratch) {
    Intervals* const intervals = arena.take<Intervals>(1);
    intervals->prefix = arena.take<Mean>(samples + 1);
    return {samples, clusters, nullptr, arena.take<Words>(samples), arena.take<Words>(samples), {}, scratch, intervals};
}

static inline Floats square(const ClusterSum& h) {
    const Floats r = floats(h.r), g = floats(h.g), b = floats(h.b);
    return r * r + g * g + b * b;
}
// |S|²/n, the cluster's term of the sum that k-means maximises.
static inline Floats gain_of(const ClusterSum& h) { return square(h) / floats(choose(h.n == 0, splat(1), h.n)); }
// The scatter between two means, which merging the clusters would lose.
static inline Floats merge_cost(const ClusterSum& a, const ClusterSum& b) {
    const ClusterSum both{a.n + b.n, a.r + b.r, a.g + b.g, a.b + b.b};
    const Floats n = floats(choose(both.n == 0, splat(1), both.n)), na = floats(a.n), nb = floats(b.n);
    const Floats r = na * floats(b.r) - nb * floats(a.r), g = na * floats(b.g) - nb * floats(a.g),
                 x = na * floats(b.b) - nb * floats(a.b);
    const Floats under = na * nb * n;
    return (r * r + g * g + x * x) / (under > 0.0f ? under : splat(1.0f));
}
// The difference of the means times n_a n_b.
static inline Axis axis_between(const ClusterSum& a, const ClusterSum& b) {
    const Floats na = floats(a.n), nb = floats(b.n);
    return {na * floats(b.r) - nb * floats(a.r), na * floats(b.g) - nb * floats(a.g),
            na * floats(b.b) - nb * floats(a.b)};
}
// Cluster `which` of every lane.
static inline ClusterSum read_cluster(const KMeansState& state, Ints which) {
    ClusterSum out{};
    for (int k = 0; k < state.clusters; ++k) out = choose(which == k, state.sums[k], out);
    return out;
}
static inline void write_cluster(KMeansState& state, Ints which, Ints where, const ClusterSum& h) {
    for (int k = 0; k < state.clusters; ++k) state.sums[k] = choose((which == k) & where, h, state.sums[k]);
}

// Splits the samples of clusters a and b, which differ from lane to lane; b may be empty. Takes the split in those
// lanes of `where` in which the scatter grows by more than `least`, and returns these lanes. IN pair, and s, its
// covariance.
static inline Ints split_pair(KMeansState& state, Ints a, Ints b, const Covariance& s, const Axis& axis, Ints where,
                              Floats least) {
    const ClusterSum before = read_cluster(state, b);
    const ClusterSum seed = scan(state.pair, state.samples, s, axis, *state.scratch);
    const ClusterSum rest{s.all.n - seed.n, s.all.r - seed.r, s.all.g - seed.g, s.all.b - seed.b};
    const Floats n1 = floats(choose(seed.n == 0, splat(1), seed.n)), n0 = floats(choose(rest.n == 0, splat(1), rest.n));
    const Floats r1 = floats(seed.r) / n1, g1 = floats(seed.g) / n1, b1 = floats(seed.b) / n1;
    const Floats r0 = floats(rest.r) / n0, g0 = floats(rest.g) / n0, b0 = floats(rest.b) / n0;
    const Floats dr = r1 - r0, dg = g1 - g0, db = b1 - b0;
    const Floats limit = 0.5f * ((r1 + r0) * dr + (g1 + g0) * dg + (b1 + b0) * db);
    ClusterSum two{};
    for (int t = 0; t < state.samples; ++t) {
        const Words x = state.pair[t];
        const Ints in = (floats(red(x)) * dr + floats(green(x)) * dg + floats(blue(x)) * db > limit) & (x != 0u);
        two.n -= in, two.r += red(x) & in, two.g += green(x) & in, two.b += blue(x) & in;
        state.scratch->keys[t] = (Words)in;
    }
    const ClusterSum one{s.all.n - two.n, s.all.r - two.r, s.all.g - two.g, s.all.b - two.b};
    const ClusterSum old{s.all.n - before.n, s.all.r - before.r, s.all.g - before.g, s.all.b - before.b};
    const Ints better = where & (merge_cost(one, two) > merge_cost(old, before) + least);
    if (!any(better)) return better;
    for (int t = 0; t < state.samples; ++t) {
        const Ints mine = better & (state.pair[t] != 0u);
        state.labels[t] = (Words)choose(mine, choose((Ints)state.scratch->keys[t], b, a), (Ints)state.labels[t]);
    }
    write_cluster(state, a, better, one), write_cluster(state, b, better, two);
    return better;
}

// OUT pair: the samples of clusters a and b. Returns their covariance.
static inline Covariance gather_pair(KMeansState& state, Ints a, Ints b) {
    for (int t = 0; t < state.samples; ++t) {
        const Ints label = (Ints)state.labels[t];
        state.pair[t] = state.colours[t] & (Words)((label == a) | (label == b));
    }
    const Covariance s = covariance(state.pair, state.samples);
    state.scratch->fit(s.all.n, state.samples);
    return s;
}

// A partition kept for later: the best one so far.
struct Partition {
    ClusterSum sums[MOST_CLUSTERS];
    Words* labels;
    Floats gain;
};

// Splits every pair of clusters again, along the axis between their means, until no split improves. IN done: a
// partition that this function has left; pairs that have not changed since are skipped.
static inline void refine_pairs(KMeansState& state, const Partition& done) {
    bool stale[MOST_CLUSTERS];
    for (int k = 0; k < state.clusters; ++k) stale[k] = differ(state.sums[k], done.sums[k]);
    for (int pass = 0; pass < 12; ++pass) {
        bool moved[MOST_CLUSTERS] = {};
        for (int a = 0; a < state.clusters; ++a) {
            for (int b = a + 1; b < state.clusters; ++b) {
                if (!stale[a] && !stale[b] && !moved[a] && !moved[b]) continue;
                const Ints la = splat(a), lb = splat(b);
                const Covariance s = gather_pair(state, la, lb);
                const Axis axis = axis_between(state.sums[a], state.sums[b]);
                const Floats least = 1e-5f * s.lambda1 / floats(choose(s.all.n == 0, splat(1), s.all.n));
                if (any(split_pair(state, la, lb, s, axis, splat(-1), least))) moved[a] = moved[b] = true;
            }
        }
        bool more = false;
        for (int k = 0; k < state.clusters; ++k) stale[k] = moved[k], more |= moved[k];
        if (!more) return;
    }
}

// Assigns every sample to the nearest mean. OUT labels, sums.
static inline void assign_nearest(KMeansState& state, const Mean* means) {
    Floats square[MOST_CLUSTERS];
    for (int k = 0; k < state.clusters; ++k) {
        const Mean& m = means[k];
        square[k] = m.n > 0.0f ? m.r * m.r + m.g * m.g + m.b * m.b : splat(3e38f);
        state.sums[k] = ClusterSum{};
    }
    for (int t = 0; t < state.samples; ++t) {
        const Words x = state.colours[t];
        const Floats r = 2.0f * floats(red(x)), g = 2.0f * floats(green(x)), b = 2.0f * floats(blue(x));
        Floats least = splat(3e38f);
        Ints label{};
        for (int k = 0; k < state.clusters; ++k) {
            const Floats d = square[k] - (r * means[k].r + g * means[k].g + b * means[k].b);  // |x − c|² − |x|²
            label = d < least ? splat(k) : label, least = least < d ? least : d;
        }
        state.labels[t] = (Words)label;
        for (int k = 0; k < state.clusters; ++k) {
            const Words in = x & (Words)(label == k);
            ClusterSum& sum = state.sums[k];
            sum.n += ints(in >> 24), sum.r += red(in), sum.g += green(in), sum.b += blue(in);
        }
    }
}

// Lloyd's algorithm in floats, for a fixed number of steps.
static inline void lloyd_steps(KMeansState& state, int steps) {
    for (int step = 0; step < steps; ++step) {
        Mean means[MOST_CLUSTERS];
        for (int k = 0; k < state.clusters; ++k) {
            const ClusterSum& h = state.sums[k];
            const Floats n = floats(h.n), s = n > 0.0f ? n : splat(1.0f);
            means[k] = {n, floats(h.r) / s, floats(h.g) / s, floats(h.b) / s};
        }
        assign_nearest(state, means);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
