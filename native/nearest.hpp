// The nearest pixel outside a mask: how far it is, and in which direction.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Steps of 1 / 65536 pixel: lengths of the moves (1, 0), (1, 1) and (2, 1) that best approximate straight distances.
constexpr int32_t STRAIGHT = 65536, DIAGONAL = 91750, KNIGHT = 143976, FARTHEST = 1 << 30;
constexpr int PADDING = 2;  // pixels around the picture that moves may look at
constexpr float TANGENT = 0.41421356f;

struct Move {
    ptrdiff_t to;
    int32_t length;
};

// The shortest way to a pixel by one of eight moves, the first of equals. IN OUT path, source: that known so far.
static inline void shorten(const Move* moves, const int32_t* paths, const int32_t* sources, int32_t& path,
                           int32_t& source) {
    for (int k = 0; k < 8; ++k) {
        const int32_t other = paths[moves[k].to] + moves[k].length;
        if (other < path) path = other, source = sources[moves[k].to];
    }
}

// The sixteenth of the circle in which a vector lies, from left over top to right; (0, 0) counts as right.
static inline uint8_t sector(ptrdiff_t down, ptrdiff_t right) {
    if (!down && !right) return 8;
    ptrdiff_t x = -right, y = -down;
    int quarter = 0;
    for (; !(x > 0 && y >= 0); ++quarter) {
        const ptrdiff_t turned = -x;
        x = y;
        y = turned;
    }
    const float a = (float)x, b = (float)y;
    return (uint8_t)(4 * quarter + (b < a ? b >= TANGENT * a : 2 + (a <= TANGENT * b)));
}

// Of the pixels in `runs`. OUT paths, sources : [height + 4][width + 4], room to work in; distances, sectors :
// [height][width], 0 outside.
static void nearest_outside(const Run* runs, size_t count, int height, int width, int32_t* paths, int32_t* sources,
                            float* distances, uint8_t* sectors) {
    const ptrdiff_t line = width + 2 * PADDING;
    for (ptrdiff_t y = 0, p = 0; y < height + 2 * PADDING; ++y) {
        const bool within = y >= PADDING && y < height + PADDING;
        for (ptrdiff_t x = 0; x < line; ++x, ++p) {
            paths[p] = within && x >= PADDING && x < width + PADDING ? 0 : FARTHEST;
            sources[p] = (int32_t)p;
        }
    }
    memset(distances, 0, (size_t)height * width * sizeof *distances);
    memset(sectors, 0, (size_t)height * width);
    const Move before[] = {{-2 * line - 1, KNIGHT}, {-2 * line + 1, KNIGHT}, {-line - 2, KNIGHT}, {-line - 1, DIAGONAL},
                           {-line, STRAIGHT},       {-line + 1, DIAGONAL},   {-line + 2, KNIGHT}, {-1, STRAIGHT}};
    Move behind[8];
    for (int k = 0; k < 8; ++k) behind[k] = {-before[k].to, before[k].length};
    for (const Run* run = runs; run < runs + count; ++run) {
        const ptrdiff_t start = (run->row + PADDING) * line + PADDING;
        for (ptrdiff_t p = start + run->first; p < start + run->last; ++p) {
            paths[p] = FARTHEST;
            shorten(before, paths + p, sources + p, paths[p], sources[p]);
        }
    }
    for (const Run* run = runs + count; run-- > runs;) {
        const ptrdiff_t start = (run->row + PADDING) * line + PADDING;
        for (int32_t x = run->last; x-- > run->first;) {
            const ptrdiff_t p = start + x;
            if (paths[p] > STRAIGHT) shorten(behind, paths + p, sources + p, paths[p], sources[p]);
            const size_t at = (size_t)run->row * width + x;
            const int32_t source = sources[p];
            distances[at] = (float)paths[p] / 65536.0f;
            sectors[at] = sector(source / line - PADDING - run->row, source % line - PADDING - x);
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
