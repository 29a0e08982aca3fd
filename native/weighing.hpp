// The evidence of one frame: frame and plate are compared, and their differences divided by thresholds that rise beside
// objects of high contrast.
#pragma once
#include "compare.hpp"
#include "evidence.hpp"
#include "joining.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Smoothed differences of a frame, in whole numbers, and their largest near by. [height][whole rows] each, but `around`:
// [(height + 1) / 2][whole rows of half the width].
struct WeighRoom {
    size_t row, half;
    int16_t *level, *colour, *contrast, *tint, *around;
    float* distance;  // [height][width]
    WeighRoom(const WeighInput& from, Arena& arena) : row(whole_rows(from.compare.width)), half(0), around(nullptr) {
        const size_t all = row * from.compare.height;
        half = whole_rows((from.compare.width + 1) / 2);
        level = arena.take<int16_t>(all), colour = arena.take<int16_t>(all);
        contrast = arena.take<int16_t>(all), tint = arena.take<int16_t>(all);
        around = arena.take<int16_t>(half * ((from.compare.height + 1) / 2));
        distance = arena.take<float>((size_t)from.compare.height * from.compare.width);
    }
    static size_t bytes(const WeighInput& from) {
        const size_t all = whole_rows(from.compare.width) * (from.compare.height + 1);
        return 6 * all * sizeof(int16_t) + all * sizeof(float) + 512;
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

// One row of what is faint. OUT faint : [width]. `glow` has room for a row.
static void divide_faint(const WeighInput& from, const WeighRoom& room, int y, float loud, float* __restrict glow,
                         float* __restrict faint) {
    const int width = from.compare.width;
    const size_t start = (size_t)y * width;
    const int16_t *const around = room.around + (y / 2) * room.half, *const most = room.contrast + y * room.row;
    const int16_t* const level = room.level + y * room.row;
    const float *const lowest = from.faint + start, *const far = from.far + start;
    const float *const distance = room.distance + start;
    for (int x = 0; x < width; x += 2) glow[x] = glow[x + 1] = from.glow * ((float)around[x / 2] * LEVEL_UNIT);
    for (int x = 0; x < width; ++x) {
        const float limit = maximum(lowest[x], maximum(from.share * ((float)most[x] * LEVEL_UNIT), glow[x]));
        faint[x] = minimum(distance[x] / far[x] / loud, (float)level[x] * LEVEL_UNIT / limit) * from.weight;
    }
}

static void weigh_frame(const WeighInput& from, const WeighOut& out) {
    const int height = from.compare.height, width = from.compare.width;
    Arena arena(WeighRoom::bytes(from) + CompareRoom::bytes(from.compare) + ((size_t)width + 1) * sizeof(float) + 64);
    const WeighRoom room(from, arena);
    const CompareRoom lines(from.compare, arena, from.colour_lowest != nullptr);
    float* const glow = arena.take<float>((size_t)width + 1);
    compare_rows(from.compare, lines, out.difference, [&](int y, int16_t* const* sums) {
        const size_t start = (size_t)y * width, bytes = (size_t)width * sizeof(int16_t);
        memcpy(room.level + y * room.row, sums[LEVEL], bytes);
        if (from.colour_lowest) memcpy(room.colour + y * room.row, sums[COLOUR], bytes);
        if (out.faint) whiten_row(from.compare, start, sums + RED, room.distance + start);
        for (int x = 0; x < width; ++x) out.level[start + x] = (float)sums[LEVEL][x] * LEVEL_UNIT;
    });
    maxima_near<Halves>(room.level, room.row, 1, height, width, from.near, room.contrast);
    if (from.colour_lowest) maxima_near<Halves>(room.colour, room.row, 1, height, width, from.near, room.tint);
    if (out.faint) {
        maxima_near<Halves>(room.level, room.row, 2, (height + 1) / 2, (width + 1) / 2, from.reach, room.around);
    }
    const float loud = out.faint ? loudness(from.loud, room.distance, height, width) : 1.0f;
    for (int y = 0; y < height; ++y) {
        const size_t start = (size_t)y * width, line = y * room.row;
        divide_row(room.level + line, room.contrast + line, LEVEL_UNIT, from.lowest + start, from.highest + start,
                   from.share, from.weight, width, false, out.ratio + start);
        if (from.colour_lowest) {
            divide_row(room.colour + line, room.tint + line, COLOUR_UNIT, from.colour_lowest + start,
                       from.colour_highest + start, from.share, from.weight, width, true, out.ratio + start);
        }
        if (out.faint) divide_faint(from, room, y, loud, glow, out.faint + start);
    }
    if (!out.near) return;
    pack_weak(out.ratio, out.faint, height, width, out.near);
    grow_by_width(out.near, height, width, from.radii, from.radius_count, out.near);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
