// Shade: background in another light, by hue, evenness and texture.
#pragma once
#include "ordered.hpp"
#include "shadow.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int SHADE_MASKS = 5;  // that `find_shade` takes
constexpr int SUMS = 5;         // of each cell: pixels, own texture, common, plate's, level

// What the frame's texture says in each cell: it may be the plate's, it is not certainly missing, it is no other.
struct Verdicts {
    uint8_t *may, *present, *proven;  // [cell rows][cells]
};

// Frame less plate, the three channels added, of a row. OUT line : [width + SPAN].
static void difference_row(const ShadeInput& from, int y, float* line) {
    const size_t start = 3 * (size_t)y * from.width;
    const uint8_t *const i = from.image + start, *const b = from.plate + start;
    int x = 0;
    for (; x + SPAN <= from.width; x += SPAN) {
        const Levels off = levels((Sums)(sum(unpack(read_packed(i + 3 * x))) - sum(unpack(read_packed(b + 3 * x)))));
        memcpy(line + x, &off, sizeof off);
    }
    for (; x < from.width; ++x) {
        line[x] = (float)(i[3 * x] + i[3 * x + 1] + i[3 * x + 2] - b[3 * x] - b[3 * x + 1] - b[3 * x + 2]);
    }
}

// The variance of the grey level's noise, from lines where frame and plate are alike.
static float noise_variance(const ShadeInput& from, const Bits& weak, Arena& arena) {
    const int width = from.width, every = (int)from.limits.lines;
    const size_t most = (size_t)(from.height / every + 1) * width;
    float* const still = arena.take<float>(most);
    float *const line = arena.take<float>(width), *const down = arena.take<float>(width);
    float* const middle = arena.take<float>(width);
    int count = 0;
    for (int y = RADIUS; y < from.height - RADIUS; y += every) {
        memset(down, 0, (size_t)width * sizeof *down);
        for (int off = -RADIUS; off <= RADIUS; ++off) {
            difference_row(from, y + off, off ? line : middle);
            for (int x = 0; x < width; ++x) down[x] += (off ? line : middle)[x];
        }
        for (int x = RADIUS + 1; x < width - RADIUS; ++x) {
            if (is_set(weak, y, x)) continue;
            const float around = down[x - 2] + down[x - 1] + down[x] + down[x + 1] + down[x + 2];
            const float own = (middle[x] - around / 25.0f) / 3.0f;
            still[count++] = own < 0.0f ? -own : own;
        }
    }
    if (!count) return from.limits.quietest;
    const int place = (count - 1) / 2;
    const float low = ordered(still, count, place), high = count % 2 ? low : next_ordered(still, count, place, low);
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
static void join_whole_regions(const ShadeInput& from, const BitRoom& room, Regions& regions, const Bits& alike,
                               const Bits& weak, const Bits& shadow) {
    const Bits parts = room.take(), others = room.take();
    open(room, alike, 1, parts);
    if (!any(parts)) return;
    regions.find(parts, true, 0);
    regions.measure(regions.sums);
    regions.count_in(shadow, regions.others);
    const double whole = (double)from.limits.whole;
    for (int k = 0; k < regions.count; ++k) regions.keep[k] = regions.others[k] > whole * regions.sums[k];
    if (!regions.keeps_any()) return;
    each_word(others, [&](size_t k) { return weak.at[k] & ~alike.at[k]; });
    open(room, others, 1, others);
    const size_t bytes = (size_t)regions.count * sizeof *regions.sums;
    memset(regions.sums, 0, bytes), memset(regions.others, 0, bytes);
    regions.count_border(parts, others, from.reach, regions.sums, regions.others);
    for (int k = 0; k < regions.count; ++k) {
        const double share = regions.others[k] / maximum(regions.sums[k], 1.0);
        regions.keep[k] &= share > (double)from.limits.least_cast && share < (double)from.limits.most_cast;
    }
    regions.select(parts);
    each_word(shadow, [&](size_t k) { return shadow.at[k] | parts.at[k]; });
}

// Whether the plate, at this share of its light, has a hue that can be told from grey.
static inline bool is_coloured(const ShadeInput& from, const float* light, size_t p) {
    const uint8_t* const b = from.ground + 3 * p;
    const float mean = ((float)b[0] + (float)b[1] + (float)b[2]) / 3.0f;
    float off = 0.0f;
    for (int c = 0; c < 3; ++c) off += (float)b[c] < mean ? mean - (float)b[c] : (float)b[c] - mean;
    return light[p] * (off / 3.0f) > from.limits.hue + from.limits.hue_share * light[p] * mean;
}

static HueInput hue_input(const ShadeInput& from, float hue) {
    const ShadeLimits& l = from.limits;
    return {from.seen, from.ground, l.dark, hue, l.hue_share, l.deepest, l.brightest};
}

// The rest of `find_shade`, where some pixels have the plate's hue.
static void tell_shade(const ShadeInput& from, const BitRoom& room, Regions& regions, const Bits& weak,
                       const Bits& alike, const Bits& shadow, const Bits& proven, float* light) {
    const ShadeLimits& l = from.limits;
    const int cell = (int)l.cell, rows = (from.height + cell - 1) / cell, cells = (from.width + cell - 1) / cell;
    const size_t all = (size_t)rows * cells;
    Arena own(2 * all * SUMS * 4 + 3 * all + (size_t)SUMS * cells * 8 +
              ((size_t)from.height / (int)l.lines + 1) * from.width * 4 + 3 * (size_t)from.width * 4 + 1024);
    float *const sums = own.take<float>(all * SUMS), *const totals = own.take<float>(all * SUMS);
    const Verdicts verdicts{own.take<uint8_t>(all), own.take<uint8_t>(all), own.take<uint8_t>(all)};
    const Bits same = room.take(), loose = room.take();
    texture({from.image, from.plate, from.seen, from.ground, alike, light, cell, l.dark, l.flat}, shadow, sums);
    sum_windows(sums, rows, cells, from.window, own, totals);
    judge_cells(l, totals, rows * cells, noise_variance(from, weak, own), verdicts);

    within_cells(from, verdicts.may, shadow, shadow);
    open(room, shadow, 1, shadow);
    within_cells(from, verdicts.present, alike, same);
    grow(room, shadow, from.reach, false, loose);
    each_word(loose, [&](size_t k) { return loose.at[k] & weak.at[k]; });
    hue(hue_input(from, l.loose), loose, loose, light);
    within_cells(from, verdicts.present, loose, loose);
    each_word(shadow, [&](size_t k) { return shadow.at[k] | loose.at[k]; });
    join_whole_regions(from, room, regions, same, weak, shadow);
    within_cells(from, verdicts.proven, shadow, proven);
    each_word(loose, [&](size_t k) { return shadow.at[k] & ~proven.at[k]; });
    keep_pixels(loose, loose, [&](size_t p) { return is_coloured(from, light, p); });
    each_word(proven, [&](size_t k) { return proven.at[k] | loose.at[k]; });
}

// OUT shadow: what may be shade; proven: where texture or hue proves it; light : [height][width], the frame's as a
// share of the plate's, where `weak`.
static void find_shade(const ShadeInput& from, const BitRoom& room, Regions& regions, const Bits& weak,
                       const Bits& shadow, const Bits& proven, float* light) {
    const Bits alike = room.take();
    hue(hue_input(from, from.limits.hue), weak, alike, light);
    clear(shadow), clear(proven);
    if (any(alike)) tell_shade(from, room, regions, weak, alike, shadow, proven, light);
}

// OUT shadow, proven, light : [height][width], the latter 0 where frame and plate are alike.
static void shade(const ShadeInput& from, const uint8_t* where, uint8_t* shadow, uint8_t* proven, float* light) {
    const int height = from.height, width = from.width;
    Arena arena(BitRoom::bytes(3 + SHADE_MASKS, height, width, from.reach) + Regions::bytes(height, width));
    const BitRoom room(arena, height, width, from.reach);
    const Bits weak = room.take(), found = room.take(), sure = room.take();
    Regions regions(arena, height, width);
    pack(where, weak);
    memset(light, 0, (size_t)height * width * sizeof *light);
    find_shade(from, room, regions, weak, found, sure, light);
    unpack(found, shadow), unpack(sure, proven);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
