// Shade: background in another light, by hue, evenness and texture.
#pragma once
#include "bits.hpp"
#include "components.hpp"
#include "ordered.hpp"
#include "shadow.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int SUMS = 5;  // of each cell: pixels, own texture, common, plate's, level

// What the frame's texture says in each cell: it may be the plate's, it is not certainly missing, it is no other.
struct Verdicts {
    uint8_t *may, *present, *proven;  // [cell rows][cells]
};

// Frame less plate, the three channels added, of a row. OUT line : [width].
static void difference_row(const ShadeInput& from, int y, int32_t* line) {
    const uint8_t *const i = from.image + 3 * (size_t)y * from.width, *const b =
                                                                          from.plate + 3 * (size_t)y * from.width;
    for (int x = 0; x < from.width; ++x) {
        line[x] = i[3 * x] + i[3 * x + 1] + i[3 * x + 2] - b[3 * x] - b[3 * x + 1] - b[3 * x + 2];
    }
}

// The variance of the grey level's noise, from lines where frame and plate are alike.
static float noise_variance(const ShadeInput& from, Arena& arena) {
    const int width = from.width, every = (int)from.limits.lines;
    const size_t most = (size_t)(from.height / every + 1) * width;
    float *const still = arena.take<float>(most), *const room = arena.take<float>(most);
    int32_t *const line = arena.take<int32_t>(width), *const down = arena.take<int32_t>(width);
    int32_t* const middle = arena.take<int32_t>(width);
    int count = 0;
    for (int y = RADIUS; y < from.height - RADIUS; y += every) {
        memset(down, 0, (size_t)width * sizeof *down);
        for (int off = -RADIUS; off <= RADIUS; ++off) {
            difference_row(from, y + off, off ? line : middle);
            for (int x = 0; x < width; ++x) down[x] += (off ? line : middle)[x];
        }
        const uint8_t* const weak = from.weak + (size_t)y * width;
        for (int x = RADIUS + 1; x < width - RADIUS; ++x) {
            if (weak[x]) continue;
            const int32_t sum = down[x - 2] + down[x - 1] + down[x] + down[x + 1] + down[x + 2];
            const float own = ((float)middle[x] - (float)sum / 25.0f) / 3.0f;
            still[count++] = own < 0.0f ? -own : own;
        }
    }
    if (!count) return from.limits.quietest;
    const float low = ordered(still, count, (count - 1) / 2, room), high = ordered(still, count, count / 2, room);
    const double sigma = 1.48 * (double)((low + high) / 2.0f), least = from.limits.quietest;
    return (float)(maximum(least, sigma) * maximum(least, sigma));
}

// Sums over windows of cells; nothing lies outside. OUT totals : [rows][cells][SUMS].
static void sum_windows(const float* sums, int rows, int cells, int side, Arena& arena, float* totals) {
    const int reach = side / 2, wide = SUMS * cells;
    double* const down = arena.take<double>(wide);
    for (int y = 0; y < rows; ++y) {
        memset(down, 0, (size_t)wide * sizeof *down);
        for (int other = maximum(0, y - reach); other <= minimum(rows - 1, y + reach); ++other) {
            for (int k = 0; k < wide; ++k) down[k] += sums[(size_t)other * wide + k];
        }
        for (int x = 0; x < cells; ++x) {
            double window[SUMS] = {};
            for (int other = maximum(0, x - reach); other <= minimum(cells - 1, x + reach); ++other) {
                for (int k = 0; k < SUMS; ++k) window[k] += down[SUMS * other + k];
            }
            for (int k = 0; k < SUMS; ++k) totals[(size_t)y * wide + SUMS * x + k] = (float)window[k];
        }
    }
}

// Σ h² is the residual if a thing hides the texture, Σ (h − s b)² if it is in shade. The log likelihood ratio of the
// two is (Σ h² − Σ (h − s b)²) / 2 σ², with σ² the mean of the smaller sum, or the noise if that is larger.
static void judge_cells(const ShadeLimits& limits, const float* totals, int cells, float noise, const Verdicts& out) {
    for (int k = 0; k < cells; ++k) {
        const float *const sums = totals + (size_t)SUMS * k, count = sums[0], own = sums[1], plates = sums[3];
        const float residual = own - 2.0f * sums[2] + plates, pixels = maximum(count, 1.0f);
        const float variance = maximum(minimum(own, residual) / pixels, noise);
        const float ratio = (own - residual) / (2.0f * variance), off = limits.misfit_share * sums[4] / pixels;
        const bool fits = residual / pixels < limits.misfit * noise + off * off;
        const bool gone = ratio < -limits.sure && plates / pixels > limits.visible * noise;
        const bool sure = ratio > limits.sure;
        out.may[k] = sure || (fits && !gone);
        out.present[k] = !gone;
        out.proven[k] = sure && own < limits.other * (plates + noise * count);
    }
}

// The cells of a mask as pixels: only where `mask` is.
static void within_cells(const ShadeInput& from, const uint8_t* cells, const Bits& mask, const Bits& out) {
    const int cell = (int)from.limits.cell, across = (from.width + cell - 1) / cell;
    for (int y = 0; y < out.height; ++y) {
        const uint8_t* const line = cells + (size_t)(y / cell) * across;
        for (int k = 0; k < out.words(); ++k) {
            const size_t at = (size_t)y * out.words() + k;
            uint64_t word = 0;
            for (uint64_t rest = mask.at[at]; rest; rest &= rest - 1) {
                const int x = __builtin_ctzll(rest);
                word |= (uint64_t)line[(64 * k + x) / cell] << x;
            }
            out.at[at] = word;
        }
    }
}

// The regions of a hue that are shade as a whole: mostly shade, and with a thing on a part of their border. Joins them
// to `shadow`.
static void join_whole_regions(const ShadeInput& from, const BitRoom& room, const Bits& alike, const Bits& weak,
                               const Bits& shadow) {
    const size_t pixels = (size_t)from.height * from.width;
    const Bits regions = room.take(), others = room.take();
    Arena own(3 * (pixels + 64) + (size_t)from.height * ((from.width + 1) / 2) * (sizeof(Run) + 33) + 512);
    uint8_t *const flags = own.take<uint8_t>(pixels), *const marked = own.take<uint8_t>(pixels);
    open(room, alike, 1, regions);
    if (!any(regions)) return;
    unpack(regions, flags);
    unpack(shadow, marked);
    Run* const runs = own.take<Run>((size_t)from.height * ((from.width + 1) / 2));
    const ComponentCounts found = label_components(flags, from.height, from.width, 1, 0, runs);
    const size_t count = (size_t)found.components;
    double *const sizes = own.take<double>(count), *const held = own.take<double>(count);
    double *const border = own.take<double>(count), *const covered = own.take<double>(count);
    uint8_t* const keep = own.take<uint8_t>(count);
    memset(sizes, 0, count * 8), memset(held, 0, count * 8), memset(border, 0, count * 8),
        memset(covered, 0, count * 8);
    count_pixels(runs, found.runs, nullptr, from.width, sizes);
    count_pixels(runs, found.runs, marked, from.width, held);
    bool some = false;
    for (size_t k = 0; k < count; ++k) some |= keep[k] = held[k] > (double)from.limits.whole * sizes[k];
    if (!some) return;
    each_word(others, [&](size_t k) { return weak.at[k] & ~alike.at[k]; });
    open(room, others, 1, others);
    unpack(others, marked);
    count_border(runs, found.runs, flags, marked, from.height, from.width, from.reach, border, covered);
    for (size_t k = 0; k < count; ++k) {
        const double share = covered[k] / maximum(border[k], 1.0);
        keep[k] &= share > (double)from.limits.least_cast && share < (double)from.limits.most_cast;
    }
    memset(flags, 0, pixels);
    fill_components(runs, found.runs, keep, from.width, flags);
    pack(flags, regions);
    each_word(shadow, [&](size_t k) { return shadow.at[k] | regions.at[k]; });
}

// Whether the plate, at this share of its light, has a hue that can be told from grey.
static inline bool is_coloured(const ShadeInput& from, const float* light, size_t p) {
    const uint8_t* const b = from.ground + 3 * p;
    const float mean = ((float)b[0] + (float)b[1] + (float)b[2]) / 3.0f;
    float off = 0.0f;
    for (int c = 0; c < 3; ++c) off += (float)b[c] < mean ? mean - (float)b[c] : (float)b[c] - mean;
    return light[p] * (off / 3.0f) > from.limits.hue + from.limits.hue_share * light[p] * mean;
}

static HueInput hue_input(const ShadeInput& from, const uint8_t* weak, float hue) {
    const ShadeLimits& l = from.limits;
    return {from.seen, from.ground, weak, l.dark, hue, l.hue_share, l.deepest, l.brightest};
}

// The rest of `shade`, where some pixels have the plate's hue. IN OUT alike : [height][width].
static void find_shade(const ShadeInput& from, const BitRoom& room, uint8_t* alike, const ShadeOut& out) {
    const ShadeLimits& l = from.limits;
    const int cell = (int)l.cell, rows = (from.height + cell - 1) / cell, cells = (from.width + cell - 1) / cell;
    const size_t pixels = (size_t)from.height * from.width, all = (size_t)rows * cells;
    Arena own(2 * all * SUMS * 4 + 3 * all + (size_t)SUMS * cells * 8 + 2 * pixels +
              2 * ((size_t)from.height / (int)l.lines + 1) * from.width * 4 + 3 * (size_t)from.width * 4 + 1024);
    float *const sums = own.take<float>(all * SUMS), *const totals = own.take<float>(all * SUMS);
    const Verdicts cell_masks{own.take<uint8_t>(all), own.take<uint8_t>(all), own.take<uint8_t>(all)};
    uint8_t *const flat = own.take<uint8_t>(pixels), *const near = own.take<uint8_t>(pixels);
    texture({from.image, from.plate, from.seen, from.ground, alike, out.light, from.height, from.width, cell, l.dark,
             l.flat},
            0, rows, flat, sums);
    sum_windows(sums, rows, cells, from.window, own, totals);
    judge_cells(l, totals, rows * cells, noise_variance(from, own), cell_masks);

    const Bits weak = room.take(), same = room.take(), core = room.take(), loose = room.take();
    pack(from.weak, weak), pack(alike, same), pack(flat, core);
    within_cells(from, cell_masks.may, core, core);
    open(room, core, 1, core);
    within_cells(from, cell_masks.present, same, same);
    grow(room, core, from.reach, false, loose);
    each_word(loose, [&](size_t k) { return loose.at[k] & weak.at[k]; });
    unpack(loose, near);
    Arena shares(pixels * sizeof(float));
    hue(hue_input(from, near, l.loose), 0, pixels, flat, shares.take<float>(pixels));
    pack(flat, loose);
    within_cells(from, cell_masks.present, loose, loose);
    const Bits shadow = core, proven = loose;
    each_word(shadow, [&](size_t k) { return core.at[k] | loose.at[k]; });
    join_whole_regions(from, room, same, weak, shadow);
    within_cells(from, cell_masks.proven, shadow, proven);
    unpack(shadow, out.shadow), unpack(proven, out.proven);
    each_word(weak, [&](size_t k) { return shadow.at[k] & ~proven.at[k]; });
    each_pixel(weak, [&](size_t p) { out.proven[p] = is_coloured(from, out.light, p); });
}

// OUT shadow : [height][width], what may be shade; proven : where texture or hue proves it; light : the frame's as a
// share of the plate's where `weak`, 0 elsewhere.
static void shade(const ShadeInput& from, const ShadeOut& out) {
    const size_t pixels = (size_t)from.height * from.width;
    Arena arena(pixels + BitRoom::bytes(6, from.height, from.width, from.reach) + 128);
    uint8_t* const alike = arena.take<uint8_t>(pixels);
    const BitRoom room(arena, from.height, from.width, from.reach);
    hue(hue_input(from, from.weak, from.limits.hue), 0, pixels, alike, out.light);
    if (memchr(alike, 1, pixels)) {
        find_shade(from, room, alike, out);
    } else {
        memset(out.shadow, 0, pixels);
        memset(out.proven, 0, pixels);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
