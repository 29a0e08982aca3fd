// A picture smoothed for the comparison of hue: by a Gaussian of one pixel, in whole numbers.
#pragma once
#include "runs.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int TAPS = 3;                             // pixels on either side
constexpr int WEIGHTS[TAPS + 1] = {102, 62, 14, 1};  // of 256, of a pixel itself and of those so far from it

// The columns between which each row, and the rows that are smoothed into it, are wanted.
struct Stretch {
    int32_t first, last;
};

static inline Stretch columns_of(const Bits& wanted, int y) {
    const uint64_t* const row = wanted.at + (size_t)y * wanted.words();
    int k = 0, end = wanted.words();
    for (; k < end && !row[k];) ++k;
    if (k == end) return {wanted.width, 0};
    for (; !row[end - 1];) --end;
    return {64 * k, minimum(64 * end, wanted.width)};
}

// OUT sums : [count], of bytes and of those up to TAPS pixels beside them.
static void smooth_across(const uint8_t* __restrict from, int count, uint16_t* __restrict sums) {
    for (int k = 0; k < count; ++k) {
        const uint16_t near = from[k - 3] + from[k + 3], far = from[k - 6] + from[k + 6], end = from[k - 9] + from[k + 9];
        sums[k] = (uint16_t)(WEIGHTS[0] * from[k] + WEIGHTS[1] * near + WEIGHTS[2] * far + WEIGHTS[3] * end);
    }
}

// The weighted sum of seven values, whose low or high bytes are told by `part`.
template <class Part>
static inline uint16_t weighted(Part part) {
    const uint16_t near = part(2) + part(4), far = part(1) + part(5), end = part(0) + part(6);
    return (uint16_t)(WEIGHTS[0] * part(3) + WEIGHTS[1] * near + WEIGHTS[2] * far + WEIGHTS[3] * end);
}

// OUT smooth : [count], of rows, in 16 bits: high bytes and low bytes are summed by themselves.
static void smooth_down(const uint16_t* const* rows, size_t start, int count, uint8_t* __restrict smooth) {
    const uint16_t *const a = rows[0] + start, *const b = rows[1] + start, *const c = rows[2] + start;
    const uint16_t *const d = rows[3] + start, *const e = rows[4] + start, *const f = rows[5] + start;
    const uint16_t* const g = rows[6] + start;
    for (int k = 0; k < count; ++k) {
        const uint16_t all[2 * TAPS + 1] = {a[k], b[k], c[k], d[k], e[k], f[k], g[k]};
        const uint16_t high = weighted([&](int at) { return (uint16_t)(all[at] >> 8); });
        const uint16_t low = weighted([&](int at) { return (uint16_t)(all[at] & 255); });
        smooth[k] = (uint8_t)((uint16_t)(high + (low >> 8) + 128) >> 8);
    }
}

// One row, smoothed along itself between two columns. OUT sums : [width][3], times 256. `line` has room for the row and
// TAPS pixels on either side.
static void smooth_row(const uint8_t* row, int width, Stretch span, uint8_t* line, uint16_t* sums) {
    const int32_t first = maximum(0, span.first - TAPS), last = minimum(width, span.last + TAPS);
    uint8_t* const from = line + 3 * TAPS;
    memcpy(from + 3 * first, row + 3 * (size_t)first, 3 * (size_t)(last - first));
    for (int k = 1; k <= TAPS; ++k) {
        for (int c = 0; c < 3; ++c) {
            if (!first) from[c - 3 * k] = row[3 * mirrored(-k, width) + c];
            if (last == width) from[3 * (width - 1 + k) + c] = row[3 * mirrored(width - 1 + k, width) + c];
        }
    }
    smooth_across(from + 3 * span.first, 3 * (span.last - span.first), sums + 3 * span.first);
}

// Whole words of pixels that hold one that is wanted. OUT smooth : [height][width][3], there.
static void smooth_picture(const uint8_t* image, const Bits& wanted, uint8_t* smooth) {
    const int height = wanted.height, width = wanted.width, rows = 2 * TAPS + 1;
    const size_t stride = 3 * (size_t)width;
    Arena arena((stride + 6 * TAPS) + rows * stride * sizeof(uint16_t) + (size_t)height * sizeof(Stretch) + 256);
    uint8_t* const line = arena.take<uint8_t>(stride + 6 * TAPS);
    uint16_t* const ring = arena.take<uint16_t>(rows * stride);
    Stretch* const spans = arena.take<Stretch>((size_t)height);
    for (int y = 0; y < height; ++y) spans[y] = columns_of(wanted, y);
    int known = -1;  // rows up to this one are in the ring, between the columns that those near them want
    for (int y = 0; y < height; ++y) {
        for (; known < minimum(y + TAPS, height - 1); ++known) {
            Stretch span{width, 0};
            for (int near = maximum(0, known + 1 - TAPS); near <= minimum(height - 1, known + 1 + TAPS); ++near) {
                span = {minimum(span.first, spans[near].first), maximum(span.last, spans[near].last)};
            }
            if (span.first >= span.last) continue;
            const int row = known + 1;
            smooth_row(image + row * stride, width, span, line, ring + (size_t)(row % rows) * stride);
        }
        if (spans[y].first >= spans[y].last) continue;
        const uint16_t* from[rows];
        for (int k = 0; k < rows; ++k) from[k] = ring + (size_t)(mirrored(y + k - TAPS, height) % rows) * stride;
        const size_t start = 3 * (size_t)spans[y].first;
        smooth_down(from, start, 3 * (spans[y].last - spans[y].first), smooth + y * stride + start);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
