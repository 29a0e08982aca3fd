// A mask brought up to the frame's size: its edges follow the frame.
#pragma once
#include "kernels.hpp"
#include "lanes.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

static inline int held(int at, int size) { return at < 0 ? 0 : at >= size ? size - 1 : at; }

// How many of a small pixel and its eight neighbours the mask holds; edges go on.
static inline int around(const Edges& from, int row, int column) {
    int sum = 0;
    for (int dy = -1; dy <= 1; ++dy) {
        const uint8_t* const line = from.mask + (size_t)held(row + dy, from.rows) * from.columns;
        for (int dx = -1; dx <= 1; ++dx) sum += line[held(column + dx, from.columns)];
    }
    return sum;
}

// The mask between its pixels' centres, in straight lines, at row y and column x of the frame.
static float between(const Edges& from, int y, int x) {
    const int row = y / from.factor, column = x / from.factor;
    const float v = ((float)(y % from.factor) + 0.5f) / (float)from.factor - 0.5f;
    const float h = ((float)(x % from.factor) + 0.5f) / (float)from.factor - 0.5f;
    const uint8_t* const here = from.mask + (size_t)row * from.columns;
    const uint8_t* const there = from.mask + (size_t)held(row + (v < 0.0f ? -1 : 1), from.rows) * from.columns;
    const int beside = held(column + (h < 0.0f ? -1 : 1), from.columns);
    const float a = v < 0.0f ? -v : v, b = h < 0.0f ? -h : h;
    return (1.0f - a) * ((1.0f - b) * here[column] + b * here[beside]) + a * ((1.0f - b) * there[column] + b * there[beside]);
}

static uint8_t drawn(const Edges& from, int y, int x) {
    const float usual = from.usual[(size_t)(y / from.factor) * from.columns + x / from.factor];
    const size_t p = 3 * ((size_t)y * from.width + x);
    float far = 0.0f;
    for (int c = 0; c < 3; ++c) {
        const float d = (float)from.table[3 * from.image[p + c] + c] - (float)from.plate[p + c];
        far += d < 0.0f ? -d : d;
    }
    float pull = usual > 0.0f ? from.weight * (far / (3.0f * usual) - from.edge) : 0.0f;
    pull = pull < -from.most ? -from.most : pull > from.most ? from.most : pull;
    return between(from, y, x) + pull > 0.5f;
}

// Rows `first` to `last` of the small mask, and the rows of the large one that they cover.
static void follow(const Edges& from, int first, int last, uint8_t* mask) {
    const int f = from.factor;
    for (int row = first; row < last; ++row) {
        const int bottom = least((row + 1) * f, from.height);
        for (int column = 0, next; column < from.columns; column = next) {
            const int sum = around(from, row, column);
            next = column + 1;
            if (sum == 0 || sum == 9) {
                while (next < from.columns && around(from, row, next) == sum) ++next;
            }
            const int right = least(next * f, from.width);
            for (int y = row * f; y < bottom; ++y) {
                uint8_t* const line = mask + (size_t)y * from.width;
                if (sum == 0 || sum == 9) {
                    memset(line + column * f, sum != 0, (size_t)(right - column * f));
                } else {
                    for (int x = column * f; x < right; ++x) line[x] = drawn(from, y, x);
                }
            }
        }
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
