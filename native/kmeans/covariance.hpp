// Sums, covariance and principal axes of the samples of LANES pixels. Samples are words 1 << 24 | B << 16 | G << 8 | R;
// 0 is an invalid sample.
#pragma once
#include "simd/lanes.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The largest number of samples for which |x·d| < 2^31 with any colour x and any mean_difference d.
constexpr int MOST_32_BIT_SAMPLES = 208;

// The members of a cluster: their number and channel sums, exact.
struct ClusterSum {
    Ints n, r, g, b;
};
// A direction in colour space, of any length.
struct Axis {
    Floats r, g, b;
};
struct Covariance {
    ClusterSum all;                 // all samples of the pixel
    Floats rr, rg, rb, gg, gb, bb;  // scatter matrix C times N
    Axis axis;                      // first eigenvector, not normalised
    Floats lambda1, lambda2;        // the two largest eigenvalues of C, times N
};

static inline Ints red(Words x) { return ints(x & 255); }
static inline Ints green(Words x) { return ints((x >> 8) & 255); }
static inline Ints blue(Words x) { return ints((x >> 16) & 255); }
static inline Ints choose(Ints mask, Ints a, Ints b) { return mask ? a : b; }
static inline ClusterSum choose(Ints mask, const ClusterSum& a, const ClusterSum& b) {
    return {choose(mask, a.n, b.n), choose(mask, a.r, b.r), choose(mask, a.g, b.g), choose(mask, a.b, b.b)};
}
static inline bool differ(const ClusterSum& a, const ClusterSum& b) {
    return any((a.n != b.n) | (a.r != b.r) | (a.g != b.g) | (a.b != b.b));
}

// N S₁ − n₁ S, which is the difference of the two means times n₀ n₁. IN all = part 0 + part 1.
static inline ClusterSum mean_difference(const ClusterSum& all, const ClusterSum& part) {
    return {part.n * (all.n - part.n), all.n * part.r - part.n * all.r, all.n * part.g - part.n * all.g,
            all.n * part.b - part.n * all.b};
}

// The between-cluster scatter times N: |N S₁ − n₁ S|² / (n₀ n₁). k-means maximises it. IN d: mean_difference.
static inline Floats between_scatter(const ClusterSum& d) {
    const Floats r = floats(d.r), g = floats(d.g), b = floats(d.b);
    return (r * r + g * g + b * b) / floats(choose(d.n == 0, splat(1), d.n));
}

static inline Axis axis_of(const ClusterSum& d) { return {floats(d.r), floats(d.g), floats(d.b)}; }

// The eigenvector of the largest eigenvalue: the longest column of C^32, which five squarings give.
static inline Axis principal_axis(Floats rr, Floats rg, Floats rb, Floats gg, Floats gb, Floats bb) {
    for (int step = 0; step < 5; ++step) {
        const Floats trace = rr + gg + bb;
        const Floats s = 1.0f / (trace > 0.0f ? trace : splat(1.0f));
        rr *= s, rg *= s, rb *= s, gg *= s, gb *= s, bb *= s;
        const Floats a = rr * rr + rg * rg + rb * rb, b = rr * rg + rg * gg + rb * gb, c = rr * rb + rg * gb + rb * bb;
        const Floats d = rg * rg + gg * gg + gb * gb, e = rg * rb + gg * gb + gb * bb, f = rb * rb + gb * gb + bb * bb;
        rr = a, rg = b, rb = c, gg = d, gb = e, bb = f;
    }
    const Ints use_r = (rr >= gg) & (rr >= bb), use_g = gg >= bb;
    return {use_r ? rr : (use_g ? rg : rb), use_r ? rg : (use_g ? gg : gb), use_r ? rb : (use_g ? gb : bb)};
}

static inline Floats square_root(Floats a) {
    float x[LANES];
    memcpy(x, &a, sizeof a);
    for (int lane = 0; lane < LANES; ++lane) x[lane] = __builtin_sqrtf(x[lane]);
    memcpy(&a, x, sizeof a);
    return a;
}
// v'Cv, times N
static inline Floats scatter_along(const Covariance& s, const Axis& v) {
    return v.r * (s.rr * v.r + 2.0f * (s.rg * v.g + s.rb * v.b)) + v.g * (s.gg * v.g + 2.0f * s.gb * v.b) +
           s.bb * v.b * v.b;
}
// v'Cv / v'v, times N
static inline Floats variance(const Covariance& s, const Axis& v) {
    const Floats vv = v.r * v.r + v.g * v.g + v.b * v.b;
    return scatter_along(s, v) / (vv > 0.0f ? vv : splat(1.0f));
}

// IN the scatter matrix times N. OUT the axes and eigenvalues; `all` is left 0.
static inline Covariance covariance(Floats rr, Floats rg, Floats rb, Floats gg, Floats gb, Floats bb) {
    Covariance s{{}, rr, rg, rb, gg, gb, bb, principal_axis(rr, rg, rb, gg, gb, bb), {}, {}};
    s.lambda1 = variance(s, s.axis);
    const Floats rest = maximum(rr + gg + bb - s.lambda1, splat(0.0f));  // λ₂ + λ₃
    const Floats frobenius = rr * rr + gg * gg + bb * bb + 2.0f * (rg * rg + rb * rb + gb * gb);
    const Floats apart = maximum(2.0f * (frobenius - s.lambda1 * s.lambda1) - rest * rest, splat(0.0f));  // (λ₂ − λ₃)²
    s.lambda2 = 0.5f * (rest + square_root(apart));
    return s;
}

static inline Covariance covariance(const Words* samples, int count) {
    const Floats cr = floats(red(samples[0])), cg = floats(green(samples[0])), cb = floats(blue(samples[0]));
    // Sums are taken relative to the first sample, so that the floats stay small.
    Floats n{}, sr{}, sg{}, sb{}, rr{}, rg{}, rb{}, gg{}, gb{}, bb{};
    for (int t = 0; t < count; ++t) {
        const Words x = samples[t];
        const Floats in = floats(x >> 24);
        const Floats r = floats(red(x)) - cr * in, g = floats(green(x)) - cg * in, b = floats(blue(x)) - cb * in;
        n += in, sr += r, sg += g, sb += b;
        rr += r * r, rg += r * g, rb += r * b, gg += g * g, gb += g * b, bb += b * b;
    }
    const ClusterSum a{ints(n), ints(sr + n * cr), ints(sg + n * cg), ints(sb + n * cb)};
    Covariance s = covariance(n * rr - sr * sr, n * rg - sr * sg, n * rb - sr * sb, n * gg - sg * sg, n * gb - sg * sb,
                              n * bb - sb * sb);
    s.all = a;
    return s;
}

// Returns b if its scatter is larger than a's beyond float rounding, else a.
static inline ClusterSum better_split(const Covariance& s, const ClusterSum& a, const ClusterSum& b) {
    return choose(between_scatter(mean_difference(s.all, b)) > between_scatter(mean_difference(s.all, a)) * 1.000001f,
                  b, a);
}

// The second eigenvector: the principal axis of C − λ₁ e₁ e₁'.
static inline Axis second_axis(const Covariance& s) {
    const Axis& v = s.axis;
    const Floats vv = v.r * v.r + v.g * v.g + v.b * v.b;
    const Floats k = s.lambda1 / (vv > 0.0f ? vv : splat(1.0f));
    return principal_axis(s.rr - k * v.r * v.r, s.rg - k * v.r * v.g, s.rb - k * v.r * v.b, s.gg - k * v.g * v.g,
                          s.gb - k * v.g * v.b, s.bb - k * v.b * v.b);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
