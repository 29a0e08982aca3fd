// Lloyd's algorithm from several starts, for pixels whose colours lie in all directions: 16 bits hold a product of a
// colour and a direction, so that a step costs a fifth of a scan. What it finds is a start for scans along the axis
// between the means; nothing here needs to be exact.
#pragma once
#include "kmeans/covariance.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int PAIR = 2 * LANES;  // pixels at once: those of two groups
typedef int16_t PairShorts __attribute__((vector_size(PAIR * 2)));

constexpr float LENGTH = 126.0f;  // of a direction, as the sum of its components: 255 · 126 < 2^15
constexpr int STARTS = 6;
constexpr int STEPS = 3;  // of Lloyd's algorithm from each start

// A sample of PAIR pixels; 0 if invalid.
struct PairSample {
    PairShorts r, g, b;
};

// The half space x·d > limit.
struct Cut {
    PairShorts r, g, b, limit;
};

static inline Axis scaled(const Axis& a, Floats by) { return {a.r * by, a.g * by, a.b * by}; }
static inline PairShorts narrow(const Ints* two) {
    Shorts parts[2] = {shorts((Words)two[0]), shorts((Words)two[1])};
    PairShorts both;
    memcpy(&both, parts, sizeof both);
    return both;
}

// The cut through a colour, along a direction of any length.
static inline Cut cut_at(const Axis* middle, const Axis* direction) {
    Ints r[2], g[2], b[2], limit[2];
    for (int k = 0; k < 2; ++k) {
        const Axis &d = direction[k], &m = middle[k];
        const Floats length = maximum(d.r, -d.r) + maximum(d.g, -d.g) + maximum(d.b, -d.b);
        const Floats scale = LENGTH / (length > 0.0f ? length : splat(1.0f));
        r[k] = ints(d.r * scale), g[k] = ints(d.g * scale), b[k] = ints(d.b * scale);
        const Floats at = floats(r[k]) * m.r + floats(g[k]) * m.g + floats(b[k]) * m.b;
        limit[k] = ints(at + 32768.0f) - 32768;  // rounded down
    }
    return {narrow(r), narrow(g), narrow(b), narrow(limit)};
}

static inline void widen_half(PairShorts sum, Ints& first, Ints& second) {
    Shorts parts[2];
    memcpy(parts, &sum, sizeof parts);
    first = __builtin_convertvector(parts[0], Ints), second = __builtin_convertvector(parts[1], Ints);
}

// IN colours : [samples]. OUT part[2]: the samples beyond the cut.
static inline void cut_samples(const PairSample* colours, int samples, const Cut& cut, const Covariance* s,
                               ClusterSum* part) {
    PairShorts n{}, r{}, g{}, b{};
    const PairSample* x = colours;
#pragma GCC unroll 4
    for (int t = 0; t < samples; ++t, ++x) {
        const PairShorts beyond = x->r * cut.r + x->g * cut.g + x->b * cut.b > cut.limit;
        n -= beyond, r += x->r & beyond, g += x->g & beyond, b += x->b & beyond;
    }
    const PairShorts origin = cut.limit < 0;  // where 0, and so every invalid sample, lies beyond
    Ints beyond[2];
    widen_half(origin, beyond[0], beyond[1]);
    widen_half(n, part[0].n, part[1].n), widen_half(r, part[0].r, part[1].r);
    widen_half(g, part[0].g, part[1].g), widen_half(b, part[0].b, part[1].b);
    for (int k = 0; k < 2; ++k) part[k].n -= (samples - s[k].all.n) & (beyond[k] != 0);
}

// The cut halfway between the two means.
static inline Cut cut_between(const Covariance* s, const ClusterSum* part) {
    Axis middle[2], direction[2];
    for (int k = 0; k < 2; ++k) {
        const ClusterSum &all = s[k].all, &p = part[k], rest{all.n - p.n, all.r - p.r, all.g - p.g, all.b - p.b};
        const Axis one = scaled(axis_of(p), 0.5f / floats(choose(p.n == 0, splat(1), p.n))),
                   other = scaled(axis_of(rest), 0.5f / floats(choose(rest.n == 0, splat(1), rest.n)));
        middle[k] = {one.r + other.r, one.g + other.g, one.b + other.b};
        direction[k] = {one.r - other.r, one.g - other.g, one.b - other.b};
    }
    return cut_at(middle, direction);
}

static inline Axis normalised(const Axis& a) {
    const Floats length = square_root(a.r * a.r + a.g * a.g + a.b * a.b);
    return scaled(a, 1.0f / (length > 0.0f ? length : splat(1.0f)));
}
static inline Axis cross(const Axis& a, const Axis& b) {
    return {a.g * b.b - a.b * b.g, a.b * b.r - a.r * b.b, a.r * b.g - a.g * b.r};
}

// Starts from the mean along the six directions halfway between two eigenvectors, and improves `part` where an end is
// better. All starts take a step before the next, so that the arithmetic of their cuts overlaps.
static inline void try_starts(const PairSample* colours, int samples, const Covariance* s, ClusterSum* part) {
    Axis own[2][3], mean[2];
    for (int k = 0; k < 2; ++k) {
        own[k][0] = normalised(s[k].axis), own[k][1] = normalised(second_axis(s[k]));
        own[k][2] = cross(own[k][0], own[k][1]);
        const ClusterSum& all = s[k].all;
        mean[k] = scaled(axis_of(all), 1.0f / floats(choose(all.n == 0, splat(1), all.n)));
    }
    Cut cuts[STARTS];
    ClusterSum found[STARTS][2];
    for (int start = 0; start < STARTS; ++start) {
        const int i = start / 4, j = start < 2 ? 1 : 2;
        const float sign = start % 2 ? -1.0f : 1.0f;
        Axis direction[2];
        for (int k = 0; k < 2; ++k) {
            const Axis &a = own[k][i], b = scaled(own[k][j], splat(sign));
            direction[k] = {a.r + b.r, a.g + b.g, a.b + b.b};
        }
        cuts[start] = cut_at(mean, direction);
    }
    for (int turn = 0; turn <= STEPS; ++turn) {
        for (int start = 0; start < STARTS; ++start) cut_samples(colours, samples, cuts[start], s, found[start]);
        for (int start = 0; turn < STEPS && start < STARTS; ++start) cuts[start] = cut_between(s, found[start]);
    }
    for (const ClusterSum* end : found) {
        for (int k = 0; k < 2; ++k) part[k] = better_split(s[k], part[k], end[k]);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
