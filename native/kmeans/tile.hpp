// A tile: up to 1024 pixels with all their samples, laid out for the kernels and sized for the second-level cache.
#pragma once
#include "simd/arena.hpp"
#include "simd/packed.hpp"
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int BLOCK = 64;  // pixels in one row of the planes
constexpr int GROUPS = BLOCK / LANES;

struct Tile {
    int samples, blocks;
    uint8_t* planes;  // [block][3][samples][BLOCK]
    uint8_t* labels;  // [block][samples][BLOCK], ABSENT for an invalid sample
    uint32_t* words;  // [block][group][samples][LANES]: 1 << 24 | B << 16 | G << 8 | R; 0 for an invalid sample
    uint8_t* plane(int block, int channel) const { return planes + (size_t)(block * 3 + channel) * samples * BLOCK; }
    uint8_t* label(int block) const { return labels + (size_t)block * samples * BLOCK; }
    Words* group(int index) const { return (Words*)(words + (size_t)index * samples * LANES); }
};
constexpr uint8_t ABSENT = 255;

static inline size_t tile_bytes(int samples, int blocks) { return (size_t)samples * blocks * BLOCK * 8 + 4 * 64; }

// The number of blocks that fit in 384 KiB of the second-level cache, 1..16.
static inline int tile_blocks(int samples) {
    const size_t blocks = ((size_t)384 << 10) / tile_bytes(samples, 1);
    return blocks < 1 ? 1 : blocks > 16 ? 16 : (int)blocks;
}

static inline Tile make_tile(Arena& arena, int samples, int blocks) {
    const size_t size = (size_t)samples * blocks * BLOCK;
    return {samples, blocks, arena.take<uint8_t>(3 * size), arena.take<uint8_t>(size), arena.take<uint32_t>(size)};
}

// Loads LANES pixels of packed RGB as words B << 16 | G << 8 | R; the high byte is undefined. Reads 4 · LANES bytes
// from rgb − back, with back = 0 or, at the end of a block, LANES.
#if defined(__AVX512BW__)
#define STILLPLATE_DWORDS(o) \
    o, o + 1, o + 2, 0, o + 3, o + 4, o + 5, 0, o + 6, o + 7, o + 8, 0, o + 9, o + 10, o + 11, 0
#define STILLPLATE_BYTES(o) \
    STILLPLATE_QUAD(o), STILLPLATE_QUAD(o + 16), STILLPLATE_QUAD(o + 32), STILLPLATE_QUAD(o + 48)
#elif defined(__AVX2__)
#define STILLPLATE_DWORDS(o) o, o + 1, o + 2, 0, o + 3, o + 4, o + 5, 0
#define STILLPLATE_BYTES(o) STILLPLATE_QUAD(o), STILLPLATE_QUAD(o + 16)
#else
#define STILLPLATE_DWORDS(o) o, o + 1, o + 2, 0
#define STILLPLATE_BYTES(o) STILLPLATE_QUAD(o)
#endif
#define STILLPLATE_QUAD(o) o, o + 1, o + 2, o, o + 3, o + 4, o + 5, o, o + 6, o + 7, o + 8, o, o + 9, o + 10, o + 11, o
typedef uint8_t Raw __attribute__((vector_size(LANES * 4)));
template <int back>
static inline Words unpack(const uint8_t* rgb) {
    Words x;
#if defined(__SSSE3__) || defined(__ARM_NEON)
    memcpy(&x, rgb - back, sizeof x);
    x = __builtin_shufflevector(x, x, STILLPLATE_DWORDS(back / 4));
    const Raw bytes = (Raw)x;
    return (Words)__builtin_shufflevector(bytes, bytes, STILLPLATE_BYTES(0));
#else
    for (int lane = 0; lane < LANES; ++lane) x[lane] = rgb[3 * lane] | rgb[3 * lane + 1] << 8 | rgb[3 * lane + 2] << 16;
    return x;
#endif
}

// IN rgb : [BLOCK][3], valid : [BLOCK] or null. OUT r, g, b : [BLOCK], words[group · stride].
static inline void load_block(const uint8_t* rgb, const uint8_t* valid, uint8_t* r, uint8_t* g, uint8_t* b,
                              Words* words, int stride) {
    for (int at = 0; at < BLOCK; at += SPAN) {
        const Span in = valid ? (Span)(read<Span>(valid + at) != 0) : ~Span{};
        const Channels x = unpack(read_packed(rgb + 3 * at));
        const Span red = x.r & in, green = x.g & in, blue = x.b & in;
        memcpy(r + at, &red, SPAN), memcpy(g + at, &green, SPAN), memcpy(b + at, &blue, SPAN);
    }
    for (int group = 0; group < GROUPS; ++group) {
        const int at = group * LANES;
        Words x = group < GROUPS - 1 ? unpack<0>(rgb + 3 * at) : unpack<LANES>(rgb + 3 * at);
        x = (x & 0xffffffu) | 0x1000000u;
        if (valid) {
            Bytes in;
            memcpy(&in, valid + at, sizeof in);
            x = widen(in) != 0u ? x : splat(0u);
        }
        words[group * stride] = x;
    }
}

// Loads pixels [first, first + pixels) of all samples. A last block that is not full is padded with invalid samples.
static inline void load(const Samples& from, size_t first, int pixels, const Tile& tile) {
    for (int block = 0; block * BLOCK < pixels; ++block) {  // block by block: their rows share few sets of the cache
        const int width = pixels - block * BLOCK < BLOCK ? pixels - block * BLOCK : BLOCK;
        const size_t at = first + (size_t)block * BLOCK;
        uint8_t* to = tile.plane(block, 0);
        const size_t plane = (size_t)tile.samples * BLOCK;
        uint8_t padded[3 * BLOCK] = {}, present[BLOCK] = {};
        for (int t = 0; t < tile.samples; ++t, to += BLOCK) {
            const uint8_t* rgb = from.images + t * from.images_stride + 3 * at;
            const uint8_t* valid = from.valid ? from.valid + t * from.valid_stride + at : nullptr;
            if (width < BLOCK) {
                memcpy(padded, rgb, 3 * width);
                for (int i = 0; i < width; ++i) present[i] = valid ? valid[i] : 1;
                rgb = padded, valid = present;
            } else {
                for (int line = 0; line < 3; ++line) __builtin_prefetch(rgb + 64 * (3 + line));  // the next block's
            }
            load_block(rgb, valid, to, to + plane, to + 2 * plane, tile.group(block * GROUPS) + t, tile.samples);
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
