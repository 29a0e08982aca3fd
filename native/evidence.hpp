// Evidence: differences over thresholds that rise beside objects of high contrast.
#pragma once
#include "ordered.hpp"
#include "simd/arena.hpp"
#include "simd/lanes.hpp"
#include "simd/packed.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

typedef int16_t Halves __attribute__((vector_size(LANES * 4)));
static inline float lowest_of(Floats) { return -__builtin_inff(); }
static inline int16_t lowest_of(Halves) { return INT16_MIN; }

// The largest of each value and of those up to `reach` places beside it. IN line : the row with nothing beyond its
// ends, and two vectors more. OUT most : [whole vectors].
template <class V, class T>
static void maxima_along(T* line, int count, int reach, T* most) {
    constexpr int STEP = sizeof(V) / sizeof(T);
    const int side = 2 * reach + 1;
    int size = 1;  // values whose largest each place of the line has
    for (; 2 * size <= side; size *= 2) {
        for (int k = 0; k < count + 2 * reach; k += STEP) {
            const V larger = maximum(read<V>(line + k), read<V>(line + k + size));
            memcpy(line + k, &larger, sizeof larger);
        }
    }
    for (int k = 0; k < count; k += STEP) {
        const V larger = maximum(read<V>(line + k), read<V>(line + k + side - size));
        memcpy(most + k, &larger, sizeof larger);
    }
}

// OUT most : [count], the larger of two rows; it may be one of them.
template <class V, class T>
static void larger_of(const T* a, const T* b, int count, T* most) {
    for (int k = 0; k < count; k += (int)(sizeof(V) / sizeof(T))) {
        const V larger = maximum(read<V>(a + k), read<V>(b + k));
        memcpy(most + k, &larger, sizeof larger);
    }
}

// Rows have room for whole vectors, and begin at one.
static inline size_t whole_rows(int width) { return ((size_t)width + 31) / 32 * 32; }

// The largest value within `reach` pixels of each, in a square (van Herk). Every `every`-th row and column is one.
// IN from : [..][stride]. OUT most : [height][whole rows].
template <class V, class T>
static void maxima_near(const T* from, size_t stride, int every, int height, int width, int reach, T* most) {
    const int side = 2 * reach + 1;
    const size_t row = whole_rows(width), wide = row + 2 * reach + side + 64;
    Arena arena((row * (height + side + 2) + wide) * sizeof(T) + 256);
    T *const along = arena.take<T>(row * height), *const behind = arena.take<T>(row * (side + 2));
    T *const line = arena.take<T>(wide), *const ahead = behind + side * row;
    const T lowest = lowest_of(V{});
    for (int y = 0; y < height; ++y) {
        for (size_t k = 0; k < wide; ++k) line[k] = lowest;
        const T* const pixels = from + (size_t)y * every * stride;
        if (every == 1)
            memcpy(line + reach, pixels, (size_t)width * sizeof(T));
        else
            for (int k = 0; k < width; ++k) line[reach + k] = pixels[(size_t)k * every];
        maxima_along<V>(line, width, reach, along + y * row);
    }
    for (int base = 0; base < height; base += side) {  // rows from here on lie `reach` further up
        for (size_t k = 0; k < row; ++k) ahead[k] = lowest;
        for (int j = side - 1; j >= 0; --j) {
            const int y = base + j - reach;
            const T* const before = behind + (j + 1) * row;
            larger_of<V>(before, y >= 0 && y < height ? along + y * row : before, width, behind + j * row);
        }
        // ahead: the largest of the rows behind this block, up to the last that is near
        for (int j = 0; j < side && base + j < height; ++j) {
            const int y = base + j + reach;
            if (j && y < height) larger_of<V>(ahead, along + y * row, width, ahead);
            larger_of<V>(behind + j * row, ahead, width, most + (size_t)(base + j) * row);
        }
    }
}

// OUT ratio : [height][width], its larger with what it has if `join`.
static void local_ratio(const RatioInput& from, bool join, float* ratio) {
    const size_t row = whole_rows(from.width);
    Arena arena(row * from.height * sizeof(float) + 64);
    float* const near = arena.take<float>(row * from.height);
    maxima_near<Floats>(from.difference, from.width, 1, from.height, from.width, from.reach, near);
    for (int y = 0; y < from.height; ++y) {
        const size_t start = (size_t)y * from.width;
        const float* const contrast = near + y * row;
        for (int x = 0; x < from.width; ++x) {
            const float raised = maximum(from.share * contrast[x], from.lowest[start + x]);
            const float over = from.difference[start + x] / minimum(raised, from.highest[start + x]) * from.weight;
            ratio[start + x] = join ? maximum(ratio[start + x], over) : over;
        }
    }
}

// Every so many rows and columns of a distance: the values that tell how far a whole frame is from the plate.
struct Thinned {
    int every, count;
    float* values;
    static int most(int every, int height, int width) {
        return ((height + every - 1) / every) * ((width + every - 1) / every);
    }
    void add_row(int y, const float* distance, int width) {
        if (y % every) return;
        for (int x = 0; x < width; x += every) values[count++] = distance[x];
    }
};

// By how much a whole frame is farther from the plate than the ground usually is; 1 at least.
static float loudness(const LoudInput& from, const Thinned& some) {
    double most = 1.0;
    for (int k = 0; k < 2; ++k) {
        const double place = (some.count - 1) * from.shares[k];
        const int below = (int)place;
        const double low = ordered(some.values, some.count, below);
        const double high = place > below ? next_ordered(some.values, some.count, below, (float)low) : low;
        most = maximum(most, (low + (high - low) * (place - below)) / from.usual[k]);
    }
    return (float)most;
}

// OUT ratio : [height][width].
static void faint_ratio(const FaintInput& from, float* ratio) {
    const int rows = (from.height + 1) / 2, columns = (from.width + 1) / 2;
    const size_t row = whole_rows(from.width), half = whole_rows(columns);
    const size_t some = (size_t)Thinned::most(from.loud.every, from.height, from.width);
    Arena arena((half * rows + from.width + row * from.height + some) * sizeof(float) + 256);
    float *const around = arena.take<float>(half * rows), *const glow = arena.take<float>(from.width);
    float* const most = arena.take<float>(row * from.height);
    maxima_near<Floats>(from.level, from.width, 1, from.height, from.width, from.near, most);
    maxima_near<Floats>(from.level, from.width, 2, rows, columns, from.reach, around);
    Thinned thinned{from.loud.every, 0, arena.take<float>(some)};
    for (int y = 0; y < from.height; ++y) thinned.add_row(y, from.distance + (size_t)y * from.width, from.width);
    const float loud = loudness(from.loud, thinned);
    for (int y = 0; y < from.height; ++y) {
        const size_t start = (size_t)y * from.width;
        const float *const line = around + (y / 2) * half, *const level = from.level + start;
        const float *const contrast = most + y * row, *const lowest = from.lowest + start;
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
