// The evidence of one frame: frame and plate are compared, and their differences divided by thresholds that rise beside
// objects of high contrast.
#pragma once
#include "compare.hpp"
#include "evidence.hpp"
#include "joining.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Smoothed differences of a frame, in whole numbers, and their largest near by. [height][whole rows] each, but
// `around`: [(height + 1) / 2][whole rows of half the width].
struct WeighRoom {
    size_t row, half;
    int16_t *level, *colour, *contrast, *tint, *around;
    float *distance, *glow;  // of a row
    Thinned thinned;
    WeighRoom(const WeighInput& from, Arena& arena) : row(whole_rows(from.compare.width)), thinned{} {
        const size_t all = row * from.compare.height;
        half = whole_rows((from.compare.width + 1) / 2);
        level = arena.take<int16_t>(all), colour = arena.take<int16_t>(all);
        contrast = arena.take<int16_t>(all), tint = arena.take<int16_t>(all);
        around = arena.take<int16_t>(half * ((from.compare.height + 1) / 2));
        distance = arena.take<float>(row), glow = arena.take<float>(row);
        thinned = {from.loud.every, 0, arena.take<float>(some(from))};
    }
    static size_t some(const WeighInput& from) {
        return (size_t)Thinned::most(from.loud.every, from.compare.height, from.compare.width);
    }
    static size_t bytes(const WeighInput& from) {
        const size_t line = whole_rows(from.compare.width);
        return 6 * line * (from.compare.height + 1) * sizeof(int16_t) + (2 * line + some(from)) * sizeof(float) + 640;
    }
};

// One row's differences over their thresholds: IN OUT ratio : [width].
static void divide_row(const int16_t* from, const int16_t* most, float unit, const float* lowest, const float* highest,
                       float share, float weight, int width, bool join, float* __restrict ratio) {
    for (int x = 0; x < width; ++x) {
        const float raised = maximum(share * ((float)most[x] * unit), lowest[x]);
        const float over = (float)from[x] * unit / minimum(raised, highest[x]) * weight;
        ratio[x] = join ? maximum(ratio[x], over) : over;
    }
}

// One row of what is faint. IN OUT faint : [width], the distance over its threshold.
static void divide_faint(const WeighInput& from, const WeighRoom& room, int y, float loud, float* __restrict faint) {
    const int width = from.compare.width;
    const int16_t *const around = room.around + (y / 2) * room.half, *const most = room.contrast + y * room.row;
    const int16_t* const level = room.level + y * room.row;
    const float* const lowest = from.faint + (size_t)y * width;
    float* __restrict const glow = room.glow;
    for (int x = 0; x < (width + 1) / 2; ++x) {
        const float reached = from.glow * ((float)around[x] * LEVEL_UNIT);
        glow[2 * x] = reached, glow[2 * x + 1] = reached;
    }
    for (int x = 0; x < width; ++x) {
        const float limit = maximum(lowest[x], maximum(from.share * ((float)most[x] * LEVEL_UNIT), glow[x]));
        faint[x] = minimum(faint[x] / loud, (float)level[x] * LEVEL_UNIT / limit) * from.weight;
    }
}

// Compares frame and plate. OUT out.level, and out.faint : the distance over its threshold.
static void compare_frame(const WeighInput& from, const WeighOut& out, Arena& arena, WeighRoom& room) {
    const int width = from.compare.width;
    const CompareRoom lines(from.compare, arena, from.colour_lowest != nullptr);
    const auto place = [&](int plane, int y) {
        return plane == LEVEL    ? room.level + y * room.row
               : plane == COLOUR ? room.colour + y * room.row
                                 : lines.sums[plane];
    };
    compare_rows(from.compare, lines, out.difference, place, [&](int y, int16_t* const* sums) {
        const size_t start = (size_t)y * width;
        float* __restrict const level = out.level + start;
        for (int x = 0; x < width; ++x) level[x] = (float)sums[LEVEL][x] * LEVEL_UNIT;
        if (!out.faint) return;
        whiten_row(from.compare, start, sums + RED, room.distance);
        room.thinned.add_row(y, room.distance, width);
        float* __restrict const faint = out.faint + start;
        for (int x = 0; x < width; ++x) faint[x] = room.distance[x] / from.far[start + x];
    });
}

static void weigh_frame(const WeighInput& from, const WeighOut& out) {
    const int height = from.compare.height, width = from.compare.width, words = (width + 63) / 64;
    Arena arena(WeighRoom::bytes(from) + CompareRoom::bytes(from.compare));
    WeighRoom room(from, arena);
    compare_frame(from, out, arena, room);
    maxima_near<Halves>(room.level, room.row, 1, height, width, from.near, room.contrast);
    if (from.colour_lowest) maxima_near<Halves>(room.colour, room.row, 1, height, width, from.near, room.tint);
    if (out.faint) {
        maxima_near<Halves>(room.level, room.row, 2, (height + 1) / 2, (width + 1) / 2, from.reach, room.around);
    }
    const float loud = out.faint ? loudness(from.loud, room.thinned) : 1.0f;
    for (int y = 0; y < height; ++y) {
        const size_t start = (size_t)y * width, line = y * room.row;
        float *const ratio = out.ratio + start, *const faint = out.faint ? out.faint + start : nullptr;
        divide_row(room.level + line, room.contrast + line, LEVEL_UNIT, from.lowest + start, from.highest + start,
                   from.share, from.weight, width, false, ratio);
        if (from.colour_lowest) {
            divide_row(room.colour + line, room.tint + line, COLOUR_UNIT, from.colour_lowest + start,
                       from.colour_highest + start, from.share, from.weight, width, true, ratio);
        }
        if (faint) divide_faint(from, room, y, loud, faint);
        if (out.near) pack_weak_row(ratio, faint, width, out.near + (size_t)y * words);
    }
    if (out.near) grow_by_width(out.near, height, width, from.radii, from.radius_count, out.near);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
