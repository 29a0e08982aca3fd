// Evidence: differences over thresholds that rise beside objects of high contrast.
#pragma once
#include "ordered.hpp"
#include "simd/arena.hpp"
#include "simd/lanes.hpp"
#include "simd/packed.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The largest of each value and of those up to `reach` places beside it. IN line : the row with nothing beyond its
// ends, and two vectors more. OUT most : [count].
static void maxima_along(float* line, int count, int reach, float* most) {
    const int side = 2 * reach + 1;
    int size = 1;  // values whose largest each place of the line has
    for (; 2 * size <= side; size *= 2) {
        for (int k = 0; k < count + 2 * reach; k += LANES) {
            const Floats larger = maximum(read<Floats>(line + k), read<Floats>(line + k + size));
            memcpy(line + k, &larger, sizeof larger);
        }
    }
    for (int k = 0; k < count; k += LANES) {
        store(most + k, maximum(read<Floats>(line + k), read<Floats>(line + k + side - size)), count - k);
    }
}

// OUT most : [count], the larger of two rows; it may be one of them.
static void larger_of(const float* a, const float* b, int count, float* most) {
    for (int k = 0; k < count; k += LANES) {
        const Floats larger = maximum(read<Floats>(a + k), read<Floats>(b + k));
        memcpy(most + k, &larger, sizeof larger);
    }
}

// The largest value within `reach` pixels of each, in a square (van Herk). Every `every`-th row and column is one.
// IN from : [..][stride]. OUT most : [height][width].
static void maxima_near(const float* from, size_t stride, int every, int height, int width, int reach, float* most) {
    const int side = 2 * reach + 1;
    const size_t row = whole_spans(width), wide = row + 2 * reach + side + SPAN;
    Arena arena((row * (height + side + 2) + wide) * sizeof(float) + 256);
    float *const along = arena.take<float>(row * height), *const behind = arena.take<float>(row * (side + 2));
    float *const line = arena.take<float>(wide), *const ahead = behind + side * row, *const larger = ahead + row;
    for (int y = 0; y < height; ++y) {
        for (size_t k = 0; k < wide; ++k) line[k] = -__builtin_inff();
        for (int k = 0; k < width; ++k) line[reach + k] = from[(size_t)y * every * stride + (size_t)k * every];
        maxima_along(line, width, reach, along + y * row);
    }
    for (int base = 0; base < height; base += side) {  // rows from here on lie `reach` further up
        for (size_t k = 0; k < row; ++k) ahead[k] = -__builtin_inff();
        for (int j = side - 1; j >= 0; --j) {
            const int y = base + j - reach;
            const float* const before = behind + (j + 1) * row;
            larger_of(before, y >= 0 && y < height ? along + y * row : before, width, behind + j * row);
        }
        // ahead: the largest of the rows behind this block, up to the last that is near
        for (int j = 0; j < side && base + j < height; ++j) {
            const int y = base + j + reach;
            if (j && y < height) larger_of(ahead, along + y * row, width, ahead);
            larger_of(behind + j * row, ahead, width, larger);
            memcpy(most + (size_t)(base + j) * width, larger, (size_t)width * sizeof(float));
        }
    }
}

// OUT ratio : [height][width], its larger with what it has if `join`; contrast : [height][width], the largest
// difference near by.
static void local_ratio(const RatioInput& from, bool join, float* ratio, float* contrast) {
    maxima_near(from.difference, from.width, 1, from.height, from.width, from.reach, contrast);
    const size_t pixels = (size_t)from.height * from.width;
    for (size_t p = 0; p < pixels; ++p) {
        const float raised = maximum(from.share * contrast[p], from.lowest[p]);
        const float over = from.difference[p] / minimum(raised, from.highest[p]) * from.weight;
        ratio[p] = join ? maximum(ratio[p], over) : over;
    }
}

// By how much a whole frame is farther from the plate than the ground usually is; 1 at least.
static float loudness(const FaintInput& from) {
    const int rows = (from.height + from.every - 1) / from.every, columns = (from.width + from.every - 1) / from.every;
    const int count = rows * columns;
    Arena arena(2 * (size_t)count * sizeof(float) + 128);
    float *const some = arena.take<float>(count), *const room = arena.take<float>(count);
    for (int y = 0; y < rows; ++y) {
        for (int x = 0; x < columns; ++x) {
            some[y * columns + x] = from.distance[(size_t)y * from.every * from.width + (size_t)x * from.every];
        }
    }
    double most = 1.0;
    for (int k = 0; k < 2; ++k) {
        const double place = (count - 1) * from.shares[k];
        const int below = (int)place, above = below + (place > below);
        const double low = ordered(some, count, below, room), high = ordered(some, count, above, room);
        most = maximum(most, (low + (high - low) * (place - below)) / from.usual[k]);
    }
    return (float)most;
}

// OUT ratio : [height][width].
static void faint_ratio(const FaintInput& from, float* ratio) {
    const int rows = (from.height + 1) / 2, columns = (from.width + 1) / 2;
    const size_t pixels = (size_t)from.height * from.width;
    Arena arena(((size_t)rows * columns + from.width + (from.contrast ? 0 : pixels)) * sizeof(float) + 192);
    float *const around = arena.take<float>((size_t)rows * columns), *const glow = arena.take<float>(from.width);
    const float* near = from.contrast;
    if (!near) {
        float* const most = arena.take<float>(pixels);
        maxima_near(from.level, from.width, 1, from.height, from.width, from.near, most);
        near = most;
    }
    maxima_near(from.level, from.width, 2, rows, columns, from.reach, around);
    const float loud = loudness(from);
    for (int y = 0; y < from.height; ++y) {
        const size_t start = (size_t)y * from.width;
        const float *const line = around + (size_t)(y / 2) * columns, *const level = from.level + start;
        const float *const contrast = near + start, *const lowest = from.lowest + start;
        const float *const distance = from.distance + start, *const far = from.far + start;
        for (int x = 0; x < from.width; ++x) glow[x] = from.glow * line[x / 2];
        for (int x = 0; x < from.width; ++x) {
            const float limit = maximum(lowest[x], maximum(from.share * contrast[x], glow[x]));
            ratio[start + x] = minimum(distance[x] / far[x] / loud, level[x] / limit) * from.weight;
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
