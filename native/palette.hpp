// One pixel's samples as distinct colours with their numbers, in the order of their codes: time and repetition drop out.
#pragma once
#include "tile.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

struct Palette {
    int colours;
    float *n, *r, *g, *b;    // [colours]: members, and channels from `centre`: whole numbers
    float centre[3];
    uint32_t *keys, *spare;  // [samples]
};

static inline size_t palette_bytes(int samples) { return 6 * ((size_t)samples + 32) * 4 + 6 * 64; }
static inline Palette make_palette(Memory& memory, int samples) {
    const size_t size = samples + 32;  // room for whole vectors
    return {0, memory.take<float>(size), memory.take<float>(size), memory.take<float>(size), memory.take<float>(size), {},
            memory.take<uint32_t>(size), memory.take<uint32_t>(size)};
}

// Stable radix sort of keys by `bits` bits from `shift` up. OUT keys; spare is scratch.
static inline void sort_keys(uint32_t*& keys, uint32_t*& spare, int count, int shift, int bits) {
    for (int from = shift; from < shift + bits; from += 8) {
        uint32_t start[257] = {};
        for (int i = 0; i < count; ++i) ++start[1 + (keys[i] >> from & 255)];
        for (int digit = 0; digit < 255; ++digit) start[digit + 1] += start[digit];
        for (int i = 0; i < count; ++i) spare[start[keys[i] >> from & 255]++] = keys[i];
        uint32_t* const swapped = keys;
        keys = spare, spare = swapped;
    }
}

// IN words[t · LANES]: one pixel's samples, 0 where not valid.
static inline void gather(Palette& p, const uint32_t* words, int samples) {
    int count = 0;
    int64_t sum[3] = {};
    for (int t = 0; t < samples; ++t) {
        const uint32_t word = words[(size_t)t * LANES];
        if (!word) continue;
        p.keys[count++] = word & 0xffffff;
        sum[0] += word & 255, sum[1] += word >> 8 & 255, sum[2] += word >> 16 & 255;
    }
    for (int c = 0; c < 3; ++c) p.centre[c] = count ? (float)(sum[c] / count) : 0.0f;
    sort_keys(p.keys, p.spare, count, 0, 24);
    p.colours = 0;
    for (int i = 0; i < count; ++i) {
        if (i == 0 || p.keys[i] != p.keys[i - 1]) {
            const int at = p.colours++;
            p.n[at] = 0.0f;
            p.r[at] = (float)(p.keys[i] & 255) - p.centre[0];
            p.g[at] = (float)(p.keys[i] >> 8 & 255) - p.centre[1];
            p.b[at] = (float)(p.keys[i] >> 16) - p.centre[2];
        }
        p.n[p.colours - 1] += 1.0f;
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
