// k-means with k = 2 for LANES pixels at once, at most WIDE samples each.
//
// A split is held as the size and the channel sums of its second cluster; its labels are those of the half space
// between the two means. Seeds come from sorting along an axis and scoring every prefix with its true inertia; the axis
// between the two means then serves as the next one, until nothing improves (a Lloyd step scores one threshold on that
// axis, this scores them all). All sums are exact integers; floats only propose.
#pragma once
#include "simd/sorting_network.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int WIDE = 208;  // the most samples for which |x·d| < 2^31

// samples[t] = 1 << 24 | B << 16 | G << 8 | R, or 0 where there is none.
struct ClusterSum {
    Ints n, r, g, b;
};
struct Axis {
    Floats r, g, b;
};
struct Covariance {
    ClusterSum all;                 // members and sums of the whole pixel
    Floats rr, rg, rb, gg, gb, bb;  // scatter matrix times N
    Axis axis;                      // principal axis, not normalised
    Floats lambda1, lambda2;        // its variance and the next, scaled like the covariance
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

// N S₁ − n₁ S: the way from the first mean to the second, times n₀ n₁.
static inline ClusterSum mean_difference(const ClusterSum& all, const ClusterSum& part) {
    return {part.n * (all.n - part.n), all.n * part.r - part.n * all.r, all.n * part.g - part.n * all.g,
            all.n * part.b - part.n * all.b};
}

// The scatter between the two means, times N: |N S₁ − n₁ S|² / (n₀ n₁). What k-means maximises.
static inline Floats between_scatter(const ClusterSum& d) {
    const Floats r = floats(d.r), g = floats(d.g), b = floats(d.b);
    return (r * r + g * g + b * b) / floats(choose(d.n == 0, splat(1), d.n));
}

static inline Axis axis_of(const ClusterSum& d) { return {floats(d.r), floats(d.g), floats(d.b)}; }

// The eigenvector of the largest eigenvalue by repeated squaring: C^32's longest column.
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
// v'Cv
static inline Floats scatter_along(const Covariance& s, const Axis& v) {
    return v.r * (s.rr * v.r + 2.0f * (s.rg * v.g + s.rb * v.b)) + v.g * (s.gg * v.g + 2.0f * s.gb * v.b) +
           s.bb * v.b * v.b;
}
// v'Cv / v'v
static inline Floats variance(const Covariance& s, const Axis& v) {
    const Floats vv = v.r * v.r + v.g * v.g + v.b * v.b;
    return scatter_along(s, v) / (vv > 0.0f ? vv : splat(1.0f));
}

// IN the scatter matrix times N. OUT all but the sums.
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
    Floats n{}, sr{}, sg{}, sb{}, rr{}, rg{}, rb{}, gg{}, gb{}, bb{};  // from the first sample on, to stay small
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

// The second eigenvector: what is left of the covariance without the first.
static inline Axis second_axis(const Covariance& s) {
    const Axis& v = s.axis;
    const Floats vv = v.r * v.r + v.g * v.g + v.b * v.b;
    const Floats k = s.lambda1 / (vv > 0.0f ? vv : splat(1.0f));
    return principal_axis(s.rr - k * v.r * v.r, s.rg - k * v.r * v.g, s.rb - k * v.r * v.b, s.gg - k * v.g * v.g,
                          s.gb - k * v.g * v.b, s.bb - k * v.b * v.b);
}

// Arena for scans. `weight` holds 1 / (n₀ n₁) of every prefix, kept while the pixels have as many samples as those
// before.
struct ScanScratch {
    Ints members;
    Floats* weight;  // [samples]
    Words* keys;     // [padded_size(samples)]
    void fit(Ints n, int count) {
        if (!any(n != members)) return;
        members = n;
        for (int t = 0; t < count; ++t) {
            const Ints split = (t + 1) * (n - (t + 1));
            weight[t] = split > 0 ? 1.0f / floats(choose(split > 0, split, splat(1))) : splat(0.0f);
        }
    }
};

constexpr float FAR = 4.0f;  // standard deviations to either side of the mean that the sort tells apart

// OUT keys: projection on the axis (8 bits) << 24 | BGR, sorted; samples that are not there come last.
static inline void sort_along(const Words* samples, int count, const Covariance& s, const Axis& axis,
                              ScanScratch& scratch) {
    const ClusterSum& a = s.all;
    const Floats n = floats(a.n), r = floats(a.r), g = floats(a.g), b = floats(a.b), whole = n > 0.0f ? n : splat(1.0f);
    // 127 steps to either side of the mean reach FAR standard deviations; what lies beyond shares the last step.
    const Floats reach = FAR * square_root(scatter_along(s, axis)) / whole;
    const Floats scale = 127.0f / (reach > 0.0f ? reach : splat(1.0f));
    const Floats kr = axis.r * scale, kg = axis.g * scale, kb = axis.b * scale;
    const Floats shift = 128.0f - (kr * r + kg * g + kb * b) / whole;
    for (int t = 0; t < count; ++t) {
        const Words x = samples[t];
        const Floats p = floats(red(x)) * kr + floats(green(x)) * kg + floats(blue(x)) * kb + shift;
        const Words key = ((Words)ints(minimum(maximum(p, splat(0.0f)), splat(255.0f))) << 24) | (x & 0xffffffu);
        scratch.keys[t] = x != 0u ? key : splat(0xffffffffu);
    }
    const int size = padded_size(count);
    for (int t = count; t < size; ++t) scratch.keys[t] = splat(0xffffffffu);
    sort_lanes(scratch.keys, size);
}

// The best prefix split along an axis: every prefix of the sorted samples is scored by its scatter.
static inline ClusterSum scan(const Words* samples, int count, const Covariance& s, const Axis& axis,
                              ScanScratch& scratch) {
    sort_along(samples, count, s, axis, scratch);
    const ClusterSum& a = s.all;
    const Floats n = floats(a.n), r = floats(a.r), g = floats(a.g), b = floats(a.b), whole = n > 0.0f ? n : splat(1.0f);
    Floats best{}, best_m{}, best_r{}, best_g{}, best_b{}, dr{}, dg{}, db{};  // exact: WIDE² · 255 < 2^24
    for (int t = 0; t < count - 1; ++t) {
        const Words x = scratch.keys[t];
        dr += n * floats(red(x)) - r, dg += n * floats(green(x)) - g, db += n * floats(blue(x)) - b;  // N S₁ − n₁ S
        const Floats score = (dr * dr + dg * dg + db * db) * scratch.weight[t];
        const Ints better = score > best;
        best = better ? score : best, best_m = better ? splat((float)(t + 1)) : best_m;
        best_r = better ? dr : best_r, best_g = better ? dg : best_g, best_b = better ? db : best_b;
    }
    return {ints(best_m), ints((best_r + best_m * r) / whole), ints((best_g + best_m * g) / whole),
            ints((best_b + best_m * b) / whole)};
}

// The half space of the second cluster: x·d > limit, exactly where x is nearer to the second mean than to the first.
struct HalfSpace {
    Ints r, g, b, limit;
};
static inline HalfSpace half_space(const ClusterSum& all, const ClusterSum& part) {
    const ClusterSum d = mean_difference(all, part),
                     rest{all.n - part.n, all.r - part.r, all.g - part.g, all.b - part.b};
    int32_t way[3][LANES], one[4][LANES], two[4][LANES], limit[LANES];
    memcpy(way[0], &d.r, sizeof d.r), memcpy(way[1], &d.g, sizeof d.g), memcpy(way[2], &d.b, sizeof d.b);
    memcpy(one, &rest, sizeof one), memcpy(two, &part, sizeof two);
    for (int lane = 0; lane < LANES; ++lane) {  // exact: every product < 2^53
        const double n0 = one[0][lane], n1 = two[0][lane];
        const double r = n1 * one[1][lane] + n0 * two[1][lane], g = n1 * one[2][lane] + n0 * two[2][lane];
        const double b = n1 * one[3][lane] + n0 * two[3][lane];
        const double over = r * way[0][lane] + g * way[1][lane] + b * way[2][lane], under = 2.0 * n0 * n1;
        const double at = over / (under > 0.0 ? under : 1.0);  // x·d > (c₀ + c₁)·d / 2
        const int32_t whole = (int32_t)at;
        limit[lane] = whole - (whole > at ? 1 : 0);
    }
    HalfSpace h{d.r, d.g, d.b, {}};
    memcpy(&h.limit, limit, sizeof limit);
    return h;
}

// Lloyd's algorithm to its fixpoint. OUT label[t · stride]: 0, 1, or ABSENT.
static inline ClusterSum lloyd_two(const Words* samples, int count, const ClusterSum& all, ClusterSum part,
                                   uint8_t* label, int stride) {
    for (;;) {
        const HalfSpace h = half_space(all, part);
        ClusterSum next{};
        for (int t = 0; t < count; ++t) {
            const Words x = samples[t];
            const Ints r = red(x), g = green(x), b = blue(x), beyond = r * h.r + g * h.g + b * h.b > h.limit;
            next.n += ints(x >> 24) & beyond, next.r += r & beyond, next.g += g & beyond, next.b += b & beyond;
            store_bytes(label + t * stride, (Words)(beyond & 1) | (Words)(x == 0u));
        }
        if (!differ(next, part)) return part;
        part = next;
    }
}

static inline ClusterSum better_split(const Covariance& s, const ClusterSum& a, const ClusterSum& b) {
    return choose(between_scatter(mean_difference(s.all, b)) > between_scatter(mean_difference(s.all, a)) * 1.000001f,
                  b, a);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
