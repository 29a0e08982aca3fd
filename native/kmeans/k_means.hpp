// k-means with k up to 8 for LANES pixels at once, any number of samples: the moves that `kmeans/search.hpp` is made of.
//
// The main one takes the samples of any two clusters and parts them anew, by the same scan along an axis that k = 2 uses;
// another gives every sample to the nearest mean (Lloyd). Floats propose; members and channel sums are whole numbers.
#pragma once
#include "kmeans/intervals.hpp"
#include "kmeans/tile.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

struct Workshop {
    int samples, clusters;
    const Words* colours;  // [samples]
    Words *labels, *part;  // [samples]: the cluster of each sample; the samples a split works on
    Half of[MOST_CLUSTERS];
    Scratch* scratch;
    Intervals* intervals;
};

static inline Workshop make_workshop(Memory& memory, int samples, int clusters, Scratch* scratch) {
    Intervals* const intervals = memory.take<Intervals>(1);
    intervals->prefix = memory.take<Mean>(samples + 1);
    return {samples, clusters, nullptr,  memory.take<Words>(samples), memory.take<Words>(samples),
            {},      scratch,  intervals};
}

static inline Floats square(const Half& h) {
    const Floats r = floats(h.r), g = floats(h.g), b = floats(h.b);
    return r * r + g * g + b * b;
}
// |S|²/n: what a cluster adds to the gain that k-means maximises.
static inline Floats gain_of(const Half& h) { return square(h) / floats(choose(h.n == 0, all(1), h.n)); }
// The scatter between two means: what merging them costs.
static inline Floats apart(const Half& a, const Half& b) {
    const Half both{a.n + b.n, a.r + b.r, a.g + b.g, a.b + b.b};
    const Floats n = floats(choose(both.n == 0, all(1), both.n)), na = floats(a.n), nb = floats(b.n);
    const Floats r = na * floats(b.r) - nb * floats(a.r), g = na * floats(b.g) - nb * floats(a.g),
                 x = na * floats(b.b) - nb * floats(a.b);
    const Floats under = na * nb * n;
    return (r * r + g * g + x * x) / (under > 0.0f ? under : all(1.0f));
}
static inline Axis toward(const Half& a, const Half& b) {
    const Floats na = floats(a.n), nb = floats(b.n);
    return {na * floats(b.r) - nb * floats(a.r), na * floats(b.g) - nb * floats(a.g),
            na * floats(b.b) - nb * floats(a.b)};
}
static inline Half pick(const Workshop& w, Ints which) {
    Half out{};
    for (int k = 0; k < w.clusters; ++k) out = choose(which == k, w.of[k], out);
    return out;
}
static inline void put(Workshop& w, Ints which, Ints where, const Half& h) {
    for (int k = 0; k < w.clusters; ++k) w.of[k] = choose((which == k) & where, h, w.of[k]);
}

// Splits the samples of clusters a and b (b may be empty), in each lane its own, where `where` says so. IN axis through
// them. Keeps the split if it gains `least` over what is there. OUT where it does.
static inline Ints split(Workshop& w, Ints a, Ints b, const Spread& s, const Axis& axis, Ints where, Floats least) {
    const Half before = pick(w, b);
    const Half seed = scan(w.part, w.samples, s, axis, *w.scratch);
    const Half rest{s.all.n - seed.n, s.all.r - seed.r, s.all.g - seed.g, s.all.b - seed.b};
    const Floats n1 = floats(choose(seed.n == 0, all(1), seed.n)), n0 = floats(choose(rest.n == 0, all(1), rest.n));
    const Floats r1 = floats(seed.r) / n1, g1 = floats(seed.g) / n1, b1 = floats(seed.b) / n1;
    const Floats r0 = floats(rest.r) / n0, g0 = floats(rest.g) / n0, b0 = floats(rest.b) / n0;
    const Floats dr = r1 - r0, dg = g1 - g0, db = b1 - b0;
    const Floats limit = 0.5f * ((r1 + r0) * dr + (g1 + g0) * dg + (b1 + b0) * db);
    Half two{};
    for (int t = 0; t < w.samples; ++t) {
        const Words x = w.part[t];
        const Ints in = (floats(red(x)) * dr + floats(green(x)) * dg + floats(blue(x)) * db > limit) & (x != 0u);
        two.n -= in, two.r += red(x) & in, two.g += green(x) & in, two.b += blue(x) & in;
        w.scratch->keys[t] = (Words)in;
    }
    const Half one{s.all.n - two.n, s.all.r - two.r, s.all.g - two.g, s.all.b - two.b};
    const Half old{s.all.n - before.n, s.all.r - before.r, s.all.g - before.g, s.all.b - before.b};
    const Ints better = where & (apart(one, two) > apart(old, before) + least);
    if (!any(better)) return better;
    for (int t = 0; t < w.samples; ++t) {
        const Ints mine = better & (w.part[t] != 0u);
        w.labels[t] = (Words)choose(mine, choose((Ints)w.scratch->keys[t], b, a), (Ints)w.labels[t]);
    }
    put(w, a, better, one), put(w, b, better, two);
    return better;
}

// OUT part: the samples of clusters a and b.
static inline Spread take(Workshop& w, Ints a, Ints b) {
    for (int t = 0; t < w.samples; ++t) {
        const Ints label = (Ints)w.labels[t];
        w.part[t] = w.colours[t] & (Words)((label == a) | (label == b));
    }
    const Spread s = spread(w.part, w.samples);
    w.scratch->fit(s.all.n, w.samples);
    return s;
}

struct State {
    Half of[MOST_CLUSTERS];
    Words* labels;
    Floats gain;
};

// Any two clusters anew, along the axis between their means, until nothing is gained. Two clusters that both are as
// they were in `done`, where that had been reached, are left alone.
static inline void sweep(Workshop& w, const State& done) {
    bool stale[MOST_CLUSTERS];
    for (int k = 0; k < w.clusters; ++k) stale[k] = differ(w.of[k], done.of[k]);
    for (int pass = 0; pass < 12; ++pass) {
        bool moved[MOST_CLUSTERS] = {};
        for (int a = 0; a < w.clusters; ++a) {
            for (int b = a + 1; b < w.clusters; ++b) {
                if (!stale[a] && !stale[b] && !moved[a] && !moved[b]) continue;
                const Ints la = all(a), lb = all(b);
                const Spread s = take(w, la, lb);
                const Axis axis = toward(w.of[a], w.of[b]);
                const Floats least = 1e-5f * s.one / floats(choose(s.all.n == 0, all(1), s.all.n));
                if (any(split(w, la, lb, s, axis, all(-1), least))) moved[a] = moved[b] = true;
            }
        }
        bool more = false;
        for (int k = 0; k < w.clusters; ++k) stale[k] = moved[k], more |= moved[k];
        if (!more) return;
    }
}

// Every sample to the nearest of the means. OUT labels, of.
static inline void assign(Workshop& w, const Mean* means) {
    Floats square[MOST_CLUSTERS];
    for (int k = 0; k < w.clusters; ++k) {
        const Mean& m = means[k];
        square[k] = m.n > 0.0f ? m.r * m.r + m.g * m.g + m.b * m.b : all(3e38f);
        w.of[k] = Half{};
    }
    for (int t = 0; t < w.samples; ++t) {
        const Words x = w.colours[t];
        const Floats r = 2.0f * floats(red(x)), g = 2.0f * floats(green(x)), b = 2.0f * floats(blue(x));
        Floats least = all(3e38f);
        Ints label{};
        for (int k = 0; k < w.clusters; ++k) {
            const Floats d = square[k] - (r * means[k].r + g * means[k].g + b * means[k].b);  // |x − c|² − |x|²
            label = d < least ? all(k) : label, least = least < d ? least : d;
        }
        w.labels[t] = (Words)label;
        for (int k = 0; k < w.clusters; ++k) {
            const Words in = x & (Words)(label == k);
            w.of[k].n += ints(in >> 24), w.of[k].r += red(in), w.of[k].g += green(in), w.of[k].b += blue(in);
        }
    }
}

static inline void lloyd_steps(Workshop& w, int steps) {
    for (int step = 0; step < steps; ++step) {
        Mean means[MOST_CLUSTERS];
        for (int k = 0; k < w.clusters; ++k) {
            const Half& h = w.of[k];
            const Floats n = floats(h.n), s = n > 0.0f ? n : all(1.0f);
            means[k] = {n, floats(h.r) / s, floats(h.g) / s, floats(h.b) / s};
        }
        assign(w, means);
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
