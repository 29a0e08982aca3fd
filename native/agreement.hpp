// What samples say about each other on the small pictures of the vote: whose surroundings agree, and who is calmer than whom.
#pragma once
#include "tile.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

// The sums over 3 x 3 pixels of what at most `full` levels each differ; edges count twice. IN d : [height][width]. OUT sum : [width], of row y.
static inline void patch_sums(const uint8_t* d, int height, int width, int y, uint8_t* column, uint8_t* sum) {
    const uint8_t *above = d + (y ? y - 1 : 0) * width, *here = d + y * width, *below = d + (y < height - 1 ? y + 1 : y) * width;
    for (int x = 0; x < width; ++x) column[x + 1] = (uint8_t)(above[x] + here[x] + below[x]);
    column[0] = column[1], column[width + 1] = column[width];
    for (int x = 0; x < width; ++x) sum[x] = (uint8_t)(column[x] + column[x + 1] + column[x + 2]);
}

// d = min(full, max over the channels of |a − b|). IN a, b : [3][pixels].
static inline void clipped_difference(const uint8_t* __restrict__ a, const uint8_t* __restrict__ b, int pixels, uint8_t full,
                                      uint8_t* __restrict__ d) {
    for (int i = 0; i < pixels; ++i) {
        uint8_t most = 0;
        for (int c = 0; c < 3; ++c) {
            const uint8_t x = a[c * pixels + i], y = b[c * pixels + i], far = (uint8_t)((x > y ? x : y) - (x > y ? y : x));
            most = far > most ? far : most;
        }
        d[i] = most < full ? most : full;
    }
}

// sum[k][t] = Σ_u agreement[patch sum of the clipped differences of t and u] · votes[k][u], in the order of u; t in [first, last).
static void agree(const Gathering& from, size_t first, size_t last, float* sums) {
    const int pixels = from.height * from.width;
    Memory memory((size_t)pixels + 2 * (size_t)from.width + 4 * (size_t)from.width + 5 * 64);
    uint8_t* const d = memory.take<uint8_t>(pixels);
    uint8_t* const column = memory.take<uint8_t>(from.width + 2);
    uint8_t* const sum = memory.take<uint8_t>(from.width);
    float* const agreed = memory.take<float>(from.width);
    const size_t witness_stride = (size_t)from.witnesses * pixels, sample_stride = (size_t)from.samples * pixels;
    for (size_t t = first; t < last; ++t) {
        for (int k = 0; k < from.kinds; ++k) memset(sums + k * sample_stride + t * pixels, 0, pixels * sizeof(float));
        for (int u = 0; u < from.witnesses; ++u) {
            clipped_difference(from.pictures + 3 * t * pixels, from.seen + 3 * (size_t)u * pixels, pixels, (uint8_t)from.full, d);
            for (int y = 0; y < from.height; ++y) {
                patch_sums(d, from.height, from.width, y, column, sum);
                for (int x = 0; x < from.width; ++x) agreed[x] = from.agreement[sum[x]];
                const size_t at = (size_t)y * from.width;
                for (int k = 0; k < from.kinds; ++k) {
                    const float* __restrict__ vote = from.votes + k * witness_stride + (size_t)u * pixels + at;
                    float* __restrict__ out = sums + k * sample_stride + t * pixels + at;
                    for (int x = 0; x < from.width; ++x) out[x] += agreed[x] * vote[x];
                }
            }
        }
    }
}

// ranks[t][p] = how many samples of p are smaller than sample t, or equal and earlier. Pixels [first, last).
static void rank(const float* values, int samples, size_t stride, size_t first, size_t last, uint16_t* ranks) {
    Memory memory((size_t)samples * BLOCK * sizeof(float) + 2 * 64);
    float* const block = memory.take<float>((size_t)samples * BLOCK);
    for (size_t at = first; at < last; at += BLOCK) {
        const int width = last - at < BLOCK ? (int)(last - at) : BLOCK;
        for (int t = 0; t < samples; ++t) {
            for (int i = 0; i < BLOCK; ++i) block[t * BLOCK + i] = i < width ? values[t * stride + at + i] : 0.0f;
        }
        for (int t = 0; t < samples; ++t) {
            const float* const mine = block + t * BLOCK;
            int32_t below[BLOCK] = {};
            for (int u = 0; u < t; ++u) {
                const float* const other = block + u * BLOCK;
                for (int i = 0; i < BLOCK; ++i) below[i] += other[i] <= mine[i];
            }
            for (int u = t + 1; u < samples; ++u) {
                const float* const other = block + u * BLOCK;
                for (int i = 0; i < BLOCK; ++i) below[i] += other[i] < mine[i];
            }
            for (int i = 0; i < width; ++i) ranks[t * stride + at + i] = (uint16_t)below[i];
        }
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
