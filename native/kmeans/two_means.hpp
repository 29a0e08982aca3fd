// k-means with k = 2 for the pixels of a tile, at most MOST_32_BIT_SAMPLES samples each.
//
// A split is stored as the size and the channel sums of its second cluster; its labels are those of the half space
// between the two means. Every pixel is split along its principal axis. Where its colours do not lie along one line,
// the axis between the two means is scanned next, until the scatter no longer grows (a Lloyd step tries one threshold
// on that axis, a scan tries all); where they lie in all directions, more axes are tried. The last step is exact:
// Lloyd's algorithm in integers.
#pragma once
#include "kmeans/axis_split.hpp"
#include "kmeans/tile.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Returns b if its scatter is larger than a's beyond float rounding, else a.
static inline ClusterSum better_split(const Covariance& s, const ClusterSum& a, const ClusterSum& b) {
    return choose(between_scatter(mean_difference(s.all, b)) > between_scatter(mean_difference(s.all, a)) * 1.000001f,
                  b, a);
}

// The half space of the second cluster: x·d > limit exactly where x is nearer to the second mean than to the first.
struct HalfSpace {
    Ints r, g, b, limit;
};
static inline HalfSpace half_space(const ClusterSum& all, const ClusterSum& part) {
    const ClusterSum d = mean_difference(all, part),
                     rest{all.n - part.n, all.r - part.r, all.g - part.g, all.b - part.b};
    int32_t way[3][LANES], one[4][LANES], two[4][LANES], limit[LANES];
    memcpy(way[0], &d.r, sizeof d.r), memcpy(way[1], &d.g, sizeof d.g), memcpy(way[2], &d.b, sizeof d.b);
    memcpy(one, &rest, sizeof one), memcpy(two, &part, sizeof two);
    for (int lane = 0; lane < LANES; ++lane) {  // doubles are exact here: every product < 2^53
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

// Lloyd's algorithm to its fixpoint; returns the second cluster. OUT label[t · stride]: 0, 1, or ABSENT.
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

// The gain of a split in direction u is at most the scatter along u. So where λ₂ is well below the gain of the first
// split, every better split lies near the first axis. With these two limits, 99.9 % of 5,000 pixels of 20, 64 and 128
// samples had an inertia no larger than the best of 10 restarts of scikit-learn's KMeans.
constexpr float ITERATE_RATIO = 0.22f;   // λ₂ / gain above which the axis between the means is scanned: 25 % of pixels
constexpr float MORE_AXES_RATIO = 0.6f;  // λ₂ / gain above which more axes are tried: 5 % of pixels

struct TwoMeansScratch {
    ClusterSum *wholes, *parts;       // [groups], of all samples and of the second cluster
    Words* packed;                    // [samples], of LANES pixels from anywhere in the tile
    uint16_t *iterated, *multi_axis;  // [pixels], lists of pixels above the two ratios
    ScanScratch* scan;
};

static inline size_t two_means_bytes(int samples, int blocks) {
    return (size_t)blocks * BLOCK * (2 * sizeof(ClusterSum) / LANES + 4) +
           (2 * samples + padded_size(samples)) * sizeof(Words) + sizeof(ScanScratch) + 8 * 64;
}
static inline TwoMeansScratch make_two_means_scratch(Arena& arena, int samples, int blocks) {
    const int pixels = blocks * BLOCK;
    const TwoMeansScratch h{
        arena.take<ClusterSum>(pixels / LANES), arena.take<ClusterSum>(pixels / LANES), arena.take<Words>(samples),
        arena.take<uint16_t>(pixels),           arena.take<uint16_t>(pixels),           arena.take<ScanScratch>(1)};
    *h.scan = {splat(-1), arena.take<Floats>(samples), arena.take<Words>(padded_size(samples))};
    return h;
}

// Scans three axes in the plane of the two eigenvectors, and after each the axis between its means.
static inline ClusterSum try_axes(const Words* samples, int count, const Covariance& s, ClusterSum part,
                                  ScanScratch& scratch) {
    const Axis& one = s.axis;
    const Axis two = second_axis(s);
    const Floats n1 = one.r * one.r + one.g * one.g + one.b * one.b, n2 = two.r * two.r + two.g * two.g + two.b * two.b;
    const Floats k = square_root(n1 / (n2 > 0.0f ? n2 : splat(1.0f)));
    for (int turn = -1; turn <= 1; ++turn) {  // e₂ − e₁, e₂, e₂ + e₁
        const float f = (float)turn;
        const Axis axis{k * two.r + f * one.r, k * two.g + f * one.g, k * two.b + f * one.b};
        const ClusterSum seed = scan(samples, count, s, axis, scratch);
        part = better_split(s, better_split(s, part, seed),
                            scan(samples, count, s, axis_of(mean_difference(s.all, seed)), scratch));
    }
    return part;
}

// Searches better splits for the listed pixels, LANES of them at a time. IN OUT list: on return those that improved.
// Returns how many did.
static inline int refine_pixels(const Tile& tile, uint16_t* list, int length, bool axes, const TwoMeansScratch& h) {
    int gained = 0;
    for (int from = 0; from < length; from += LANES) {
        ClusterSum part{};
        int pixels[LANES];
        for (int lane = 0; lane < LANES; ++lane) {
            const int pixel = pixels[lane] = list[from + lane < length ? from + lane : from], at = pixel % LANES;
            const ClusterSum& p = h.parts[pixel / LANES];
            part.n[lane] = p.n[at], part.r[lane] = p.r[at], part.g[lane] = p.g[at], part.b[lane] = p.b[at];
            const uint32_t* column = (const uint32_t*)tile.group(pixel / LANES) + at;
            uint32_t* packed = (uint32_t*)h.packed + lane;
            for (int t = 0; t < tile.samples; ++t) packed[t * LANES] = column[t * LANES];
        }
        const Covariance s = covariance(h.packed, tile.samples);
        h.scan->fit(s.all.n, tile.samples);
        const ClusterSum next =
            axes ? try_axes(h.packed, tile.samples, s, part, *h.scan)
                 : better_split(s, part,
                                scan(h.packed, tile.samples, s, axis_of(mean_difference(s.all, part)), *h.scan));
        const Ints gains = (next.n != part.n) | (next.r != part.r) | (next.g != part.g) | (next.b != part.b);
        for (int lane = 0; lane < LANES && from + lane < length; ++lane) {
            if (!gains[lane]) continue;
            const int pixel = pixels[lane], at = pixel % LANES;
            ClusterSum& p = h.parts[pixel / LANES];
            p.n[at] = next.n[lane], p.r[at] = next.r[lane], p.g[at] = next.g[lane], p.b[at] = next.b[lane];
            list[gained++] = (uint16_t)pixel;
        }
    }
    return gained;
}

// OUT the tile's labels, sizes : [2][pixels].
static inline void assign_labels(const Tile& tile, int group, const ClusterSum& all, const ClusterSum& part,
                                 int32_t* sizes) {
    uint8_t* label = tile.label(group / GROUPS) + group % GROUPS * LANES;
    const ClusterSum last = lloyd_two(tile.group(group), tile.samples, all, part, label, BLOCK);
    const Ints rest = all.n - last.n;
    memcpy(sizes + group * LANES, &rest, sizeof rest);
    memcpy(sizes + tile.blocks * BLOCK + group * LANES, &last.n, sizeof last.n);
}

// OUT the tile's labels, sizes : [2][pixels].
static inline void two_means(const Tile& tile, int pixels, const TwoMeansScratch& h, int32_t* sizes) {
    const int groups = (pixels + LANES - 1) / LANES;
    int iterated = 0, multi_axis = 0;
    for (int group = 0; group < groups; ++group) {
        const Words* samples = tile.group(group);
        const Covariance s = covariance(samples, tile.samples);
        h.scan->fit(s.all.n, tile.samples);
        h.wholes[group] = s.all;
        h.parts[group] = scan(samples, tile.samples, s, s.axis, *h.scan);
        const Floats gain = between_scatter(mean_difference(s.all, h.parts[group]));
        const Ints iterates = s.lambda2 > ITERATE_RATIO * gain, tries_axes = s.lambda2 > MORE_AXES_RATIO * gain;
        for (int lane = 0; lane < LANES; ++lane) {
            const uint16_t pixel = (uint16_t)(group * LANES + lane);
            if (iterates[lane]) h.iterated[iterated++] = pixel;
            if (tries_axes[lane]) h.multi_axis[multi_axis++] = pixel;
        }
    }
    refine_pixels(tile, h.multi_axis, multi_axis, true, h);
    for (int pass = 0; pass < 8 && iterated; ++pass) iterated = refine_pixels(tile, h.iterated, iterated, false, h);
    for (int group = 0; group < groups; ++group) assign_labels(tile, group, h.wholes[group], h.parts[group], sizes);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
