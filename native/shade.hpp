// Shade: background in another light, by hue, evenness and texture.
#pragma once
#include "ordered.hpp"
#include "shadow.hpp"
#include "simd/wide_sum.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int SHADE_MASKS = 5;  // that `find_shade` takes

// What the frame's texture says in each cell: it may be the plate's, it is not certainly missing, it is no other.
struct Verdicts {
    uint8_t *may, *present, *proven;  // [cell rows][cells], where there is weak evidence
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

// Sums over windows of cells, in a range of rows; nothing lies outside the picture. IN sums : [rows][SUMS][cells], and
// room for a vector more. OUT totals : the same, in that range.
static void sum_windows(const float* sums, int rows, int cells, int side, RowRange range, Arena& arena, float* totals) {
    typedef float Singles __attribute__((vector_size(PAIRED * 4)));
    const int reach = side / 2;
    double* const line = arena.take<double>((size_t)cells + 2 * reach + 2 * PAIRED);
    double* const down = line + reach;
    memset(line, 0, ((size_t)cells + 2 * reach + 2 * PAIRED) * sizeof *line);
    for (int y = range.first; y < range.last; ++y) {
        const int first = maximum(0, y - reach), last = minimum(rows - 1, y + reach);
        for (int c = 0; c < SUMS; ++c) {
            for (int x = 0; x < cells; x += PAIRED) {
                Doubles sum{};
                for (int other = first; other <= last; ++other) {
                    sum +=
                        __builtin_convertvector(read<Singles>(sums + ((size_t)other * SUMS + c) * cells + x), Doubles);
                }
                memcpy(down + x, &sum, sizeof sum);
            }
            for (int x = cells; x < cells + reach; ++x) down[x] = 0.0;
            for (int x = 0; x < cells; x += PAIRED) {
                Doubles sum{};
                for (int off = 0; off <= 2 * reach; ++off) sum += doubles(line + x + off);
                const Singles total = __builtin_convertvector(sum, Singles);
                memcpy(totals + ((size_t)y * SUMS + c) * cells + x, &total, sizeof total);
            }
        }
    }
}

// Σ h² is the residual if a thing hides the texture, Σ (h − s b)² if it is in shade. The log likelihood ratio of the
// two is (Σ h² − Σ (h − s b)²) / 2 σ², with σ² the mean of the smaller sum, or the noise if that is larger.
// One row of cells. IN totals : [SUMS][cells]. OUT may, present, proven : [cells].
static void judge_cells(const ShadeLimits& limits, const float* totals, int cells, float noise, uint8_t* __restrict may,
                        uint8_t* __restrict present, uint8_t* __restrict proven) {
    const float *const counts = totals, *const owns = counts + cells, *const commons = owns + cells;
    const float *const textures = commons + cells, *const greys = textures + cells;
    const ShadeLimits l = limits;
    for (int k = 0; k < cells; ++k) {
        const float own = owns[k], plates = textures[k], pixels = maximum(counts[k], 1.0f);
        const float residual = own - 2.0f * commons[k] + plates;
        const float variance = maximum(minimum(own, residual) / pixels, noise);
        const float ratio = (own - residual) / (2.0f * variance), off = l.misfit_share * greys[k] / pixels;
        const bool fits = residual / pixels < l.misfit * noise + off * off;
        const bool gone = (ratio < -l.sure) & (plates / pixels > l.visible * noise);
        const bool sure = ratio > l.sure;
        may[k] = sure | (fits & !gone);
        present[k] = !gone;
        proven[k] = sure & (own < l.other * (plates + noise * counts[k]));
    }
}

// The cells of a mask as pixels: only where `mask` is. IN flags : [cell rows][cells], where the mask has pixels.
static void within_cells(const ShadeInput& from, const uint8_t* flags, const Bits& mask, const Bits& out) {
    const int cell = (int)from.limits.cell, cells = (from.width + cell - 1) / cell, words = mask.words();
    Arena own(words * sizeof(uint64_t) + 64);
    const Bits line{own.take<uint64_t>(words), 1, from.width};
    const RowRange range = rows_of(mask.at, mask.height, words);
    if (out.at != mask.at) clear(out);
    for (int y = range.first; y < range.last; ++y) {
        if (y % cell == 0 || y == range.first) {
            const uint8_t *const row = flags + (size_t)(y / cell) * cells, *const end = row + cells;
            clear(line);
            for (const uint8_t* first = row; first < end;) {
                const uint8_t* last = first;
                for (; last < end && *last;) ++last;
                each_part((int32_t)(first - row) * cell, minimum((int32_t)(last - row) * cell, from.width),
                          [&](int32_t at, uint64_t bits) { line.at[at] |= bits; });
                for (first = last; first < end && !*first;) ++first;
            }
        }
        for (int k = 0; k < words; ++k) out.at[(size_t)y * words + k] = mask.at[(size_t)y * words + k] & line.at[k];
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

// Keeps pixels where the plate, at this share of its light, has a hue that can be told from grey.
static void keep_coloured(const ShadeInput& from, const float* light, const Bits& where) {
    const ShadeLimits& l = from.limits;
    keep_colours(where, where, [&](size_t p, int count, uint32_t) {
        const Channels ground = unpack(read_packed(from.ground + 3 * p, count));
        return span_bits([&](int at) {
            const Colour b = levels(ground, at);
            const Floats mean = sum(b) / 3.0f, share = read_floats(light + p + at, count - at);
            const Floats off = size_of(b.r - mean) + size_of(b.g - mean) + size_of(b.b - mean);
            return (Ints)(share * (off / 3.0f) > l.hue + l.hue_share * share * mean);
        });
    });
}

static HueInput hue_input(const ShadeInput& from, float hue) {
    const ShadeLimits& l = from.limits;
    return {from.seen, from.ground, l.dark, hue, l.hue_share, l.deepest, l.brightest};
}

// Compares textures in the cells that hold weak evidence. OUT even: pixels of the plate's hue whose light near by is.
static void judge_texture(const ShadeInput& from, const Bits& weak, const Bits& alike, const float* light, Arena& arena,
                          const Bits& even, const Verdicts& out) {
    const ShadeLimits& l = from.limits;
    const int cell = (int)l.cell, rows = (from.height + cell - 1) / cell, cells = (from.width + cell - 1) / cell;
    const size_t all = (size_t)rows * cells;
    float *const sums = arena.take<float>(all * SUMS + LANES), *const totals = arena.take<float>(all * SUMS + LANES);
    const RowRange pixels = rows_of(weak.at, weak.height, weak.words());
    const RowRange range{pixels.first / cell, (pixels.last + cell - 1) / cell};
    texture({from.image, from.plate, from.seen, from.ground, alike, light, cell, l.dark, l.flat}, even, sums);
    sum_windows(sums, rows, cells, from.window, range, arena, totals);
    const float noise = noise_variance(from, weak, arena);
    for (int y = range.first; y < range.last; ++y) {
        const size_t at = (size_t)y * cells;
        judge_cells(l, totals + at * SUMS, cells, noise, out.may + at, out.present + at, out.proven + at);
    }
}

// The rest of `find_shade`, where some pixels have the plate's hue.
static void tell_shade(const ShadeInput& from, const BitRoom& room, Regions& regions, const Bits& weak,
                       const Bits& alike, const Bits& shadow, const Bits& proven, float* light) {
    const ShadeLimits& l = from.limits;
    const int cell = (int)l.cell, rows = (from.height + cell - 1) / cell, cells = (from.width + cell - 1) / cell;
    const size_t all = (size_t)rows * cells;
    Arena own(2 * (all * SUMS + LANES) * 4 + 3 * all + ((size_t)cells + from.window + LANES) * 8 +
              ((size_t)from.height / (int)l.lines + 1) * from.width * 4 + 3 * (size_t)from.width * 4 + 1024);
    const Verdicts verdicts{own.take<uint8_t>(all), own.take<uint8_t>(all), own.take<uint8_t>(all)};
    const Bits same = room.take(), loose = room.take();
    judge_texture(from, weak, alike, light, own, shadow, verdicts);

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
    keep_coloured(from, light, loose);
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
