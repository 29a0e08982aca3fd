// The difference of two pictures, smoothed with its sign, and how many standard deviations of the ground it is.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/kernels.hpp"
#include "whitened.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// A weighted sum of a row and of those around it; `at` tells where the row so many steps from it is. OUT sum : [count].
template <class Place>
static inline void weigh(const float* weights, int radius, const float* middle, int count, float* __restrict sum,
                         Place at) {
    for (int k = 0; k < count; ++k) sum[k] = weights[0] * middle[k];
    for (int step = 1; step <= radius; step += 2) {
        const float *const a = at(-step), *const b = at(step);
        const float w = weights[step];
        if (step == radius) {
            for (int k = 0; k < count; ++k) sum[k] += w * (a[k] + b[k]);
            return;
        }
        const float *const c = at(-step - 1), *const d = at(step + 1);
        const float v = weights[step + 1];
        for (int k = 0; k < count; ++k) sum[k] = sum[k] + w * (a[k] + b[k]) + v * (c[k] + d[k]);
    }
}

// One row of image less plate, smoothed along itself. Beyond an edge, the picture is mirrored at its outermost pixels.
// IN line : [3 (width + 2 radius)], room to work in. OUT row : [3 width].
static void smooth_row(const SignedInput& from, int y, float* __restrict line, float* __restrict row) {
    const int radius = from.radius, width = from.width;
    const size_t start = 3 * (size_t)y * width;
    float* const inner = line + 3 * radius;
    for (int k = 0; k < 3 * width; ++k) inner[k] = (float)(from.image[start + k] - from.plate[start + k]);
    for (int k = 1; k <= radius; ++k) {
        const int left = mirrored(-k, width), right = mirrored(width - 1 + k, width);
        for (int c = 0; c < 3; ++c) {
            inner[c - 3 * k] = inner[3 * left + c];
            inner[3 * (width - 1 + k) + c] = inner[3 * right + c];
        }
    }
    weigh(from.weights, radius, inner, 3 * width, row, [=](int step) { return inner - 3 * step; });
}

// OUT room : [3 width (2 radius + 3) + 6 radius], room to work in; distance : [height][width].
static void signed_distance(const SignedInput& from, float* __restrict room, float* __restrict distance) {
    const int rows = 2 * from.radius + 1, wide = 3 * from.width;
    float *const sum = room + (size_t)rows * wide, *const line = sum + wide;
    const size_t pixels = (size_t)from.height * from.width;
    int known = -1;  // rows up to this one are in the room, each in its place modulo `rows`
    for (int y = 0; y < from.height; ++y) {
        for (; known < minimum(y + from.radius, from.height - 1); ++known)
            smooth_row(from, known + 1, line, room + (size_t)((known + 1) % rows) * wide);
        const float* const middle = room + (size_t)(y % rows) * wide;
        weigh(from.weights, from.radius, middle, wide, sum,
              [=](int step) { return room + (size_t)(mirrored(y + step, from.height) % rows) * wide; });
        const size_t start = (size_t)y * from.width;
        whitened(WhitenedInput{sum, from.factors + start, pixels}, 0, from.width, distance + start);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
