// A picture smoothed for the comparison of hue: by a Gaussian of one pixel, in whole numbers.
#pragma once
#include "runs.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int TAPS = 3;                              // pixels on either side
constexpr int WEIGHTS[TAPS + 1] = {102, 62, 14, 1};  // of 256, of a pixel itself and of those so far from it
constexpr int BLOCK = 3 * 64, BESIDE = 3 * TAPS;     // bytes of a word of pixels, and of those on either side

// Sums of a row's block, times 256: their high bytes, and their low ones.
struct SmoothRow {
    uint16_t high[BLOCK], low[BLOCK];
    int row = -1;
};

// Smooths a block of bytes along the row.
static void smooth_across(const uint8_t* __restrict from, SmoothRow& to) {
    for (int k = 0; k < BLOCK; ++k) {
        const uint16_t near = from[k - 3] + from[k + 3], far = from[k - 6] + from[k + 6],
                       end = from[k - 9] + from[k + 9];
        const uint16_t sum = (uint16_t)(WEIGHTS[0] * from[k] + WEIGHTS[1] * near + WEIGHTS[2] * far + WEIGHTS[3] * end);
        to.high[k] = sum >> 8, to.low[k] = sum & 255;
    }
}

// OUT smooth : [BLOCK], of seven rows' blocks: high bytes and low bytes are summed by themselves.
static void smooth_down(const SmoothRow* const* rows, uint8_t* __restrict smooth) {
    const SmoothRow &a = *rows[0], &b = *rows[1], &c = *rows[2], &d = *rows[3], &e = *rows[4], &f = *rows[5],
                    &g = *rows[6];
    const auto weighted = [](int own, int near, int far, int end) {
        return (uint16_t)(WEIGHTS[0] * own + WEIGHTS[1] * near + WEIGHTS[2] * far + WEIGHTS[3] * end);
    };
    for (int k = 0; k < BLOCK; ++k) {
        const uint16_t high = weighted(d.high[k], c.high[k] + e.high[k], b.high[k] + f.high[k], a.high[k] + g.high[k]);
        const uint16_t low = weighted(d.low[k], c.low[k] + e.low[k], b.low[k] + f.low[k], a.low[k] + g.low[k]);
        smooth[k] = (uint8_t)((uint16_t)(high + (low >> 8) + 128) >> 8);
    }
}

// Where a row's block and BESIDE bytes on either side can be read; `room` has room for them.
static const uint8_t* block_of(const uint8_t* row, int width, int left, uint8_t* room) {
    if (left >= TAPS && left + 64 + TAPS <= width) return row + 3 * (size_t)left;
    const int columns = minimum(64, width - left);
    for (int x = -TAPS; x < columns + TAPS; ++x) {
        memcpy(room + BESIDE + 3 * x, row + 3 * (size_t)mirrored(left + x, width), 3);
    }
    return room + BESIDE;
}

// Whole words of pixels that hold one that is wanted. OUT smooth : [height][width][3], there.
static void smooth_picture(const uint8_t* image, const Bits& wanted, uint8_t* smooth) {
    const int height = wanted.height, width = wanted.width;
    constexpr int rows = 2 * TAPS + 1;
    const size_t stride = 3 * (size_t)width;
    uint8_t line[BLOCK + 2 * BESIDE] = {}, block[BLOCK];
    for (int word = 0; word < wanted.words(); ++word) {
        const int left = 64 * word, columns = minimum(64, width - left);
        SmoothRow ring[rows];
        for (int y = 0; y < height; ++y) {
            if (!wanted.at[(size_t)y * wanted.words() + word]) continue;
            const SmoothRow* from[rows];
            for (int k = 0; k < rows; ++k) {
                const int row = mirrored(y + k - TAPS, height);
                SmoothRow& held = ring[row % rows];
                if (held.row != row) smooth_across(block_of(image + row * stride, width, left, line), held);
                held.row = row, from[k] = &held;
            }
            uint8_t* const to = smooth + y * stride + 3 * (size_t)left;
            smooth_down(from, columns == 64 ? to : block);
            if (columns < 64) memcpy(to, block, 3 * (size_t)columns);
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
