// Masks of one bit for each pixel as kernels use them among themselves: packed, joined, grown, and unpacked.
#pragma once
#include "bit_mask.hpp"
#include "simd/arena.hpp"
#include "simd/lanes.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Of each row, 64 pixels to a word, the first in the lowest bit; bits beyond the width are 0.
struct Bits {
    uint64_t* at;
    int height, width;
    int words() const { return (width + 63) / 64; }
    size_t size() const { return (size_t)height * words(); }
};

// What masks of one size are made from, and room to grow them in.
struct BitRoom {
    Arena& arena;
    int height, width, reach;  // largest radius
    uint64_t* room;
    BitRoom(Arena& from, int h, int w, int most) : arena(from), height(h), width(w), reach(farthest(most)) {
        room = arena.take<uint64_t>((size_t)(h + 2 * reach) * ((w + 63) / 64 + 1));
    }
    Bits take() const { return {arena.take<uint64_t>((size_t)height * ((width + 63) / 64)), height, width}; }
    static int farthest(int most) { return maximum(1, minimum(most, 31)); }
    // Bytes that so many masks of this size need of the arena.
    static size_t bytes(int masks, int h, int w, int most) {
        const size_t words = (size_t)(w + 63) / 64;
        return (size_t)masks * (h * words * 8 + 64) + (h + 2 * (size_t)farthest(most)) * (words + 1) * 8 + 64;
    }
};

// Eight flags of 0 or 1 as bits.
static inline uint64_t pack_eight(const uint8_t* flags) { return read<uint64_t>(flags) * 0x0102040810204080ull >> 56; }

// Sixty-four flags.
static inline uint64_t pack_word(const uint8_t* flags) {
    uint64_t word = 0;
#if defined(__AVX2__)
    typedef char Half __attribute__((vector_size(32)));
    for (int x = 0; x < 64; x += 32) {
        word |= (uint64_t)(uint32_t)__builtin_ia32_pmovmskb256(read<Half>(flags + x) != 0) << x;
    }
#else
    uint64_t some = 0;
    for (int x = 0; x < 64; x += 8) some |= read<uint64_t>(flags + x);
    if (!some) return 0;
    for (int x = 0; x < 64; x += 8) word |= pack_eight(flags + x) << x;
#endif
    return word;
}

// OUT flags : [64].
static inline void unpack_word(uint64_t word, uint8_t* flags) {
    typedef uint8_t Sixteen __attribute__((vector_size(16)));
    typedef uint64_t Both __attribute__((vector_size(16)));
    const Sixteen each = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    for (int x = 0; x < 64; x += 16) {
        const Sixteen bytes = (Sixteen)(Both{} + (word >> x));
        const Sixteen spread = __builtin_shufflevector(bytes, bytes, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1);
        const Sixteen out = (Sixteen)((spread & each) != 0) & 1;
        memcpy(flags + x, &out, sizeof out);
    }
}

// IN flags : [height][width], 0 or 1.
static void pack(const uint8_t* flags, const Bits& out) {
    for (int y = 0; y < out.height; ++y) {
        const uint8_t* const line = flags + (size_t)y * out.width;
        uint64_t* const to = out.at + (size_t)y * out.words();
        for (int k = 0; k < out.words(); ++k) {
            const int first = 64 * k, count = minimum(64, out.width - first);
            if (count == 64) {
                to[k] = pack_word(line + first);
                continue;
            }
            uint64_t word = 0;
            int x = 0;
            for (; x + 8 <= count; x += 8) word |= pack_eight(line + first + x) << x;
            for (; x < count; ++x) word |= (uint64_t)line[first + x] << x;
            to[k] = word;
        }
    }
}

static void pack_mask(const uint8_t* flags, int height, int width, uint64_t* bits) {
    pack(flags, Bits{bits, height, width});
}

// OUT flags : [height][width], 0 or 1.
static void unpack(const Bits& from, uint8_t* flags) {
    uint8_t end[64];
    for (int y = 0; y < from.height; ++y) {
        uint8_t* const line = flags + (size_t)y * from.width;
        const uint64_t* const at = from.at + (size_t)y * from.words();
        for (int k = 0; k < from.width / 64; ++k) unpack_word(at[k], line + 64 * k);
        if (const int rest = from.width % 64) {
            unpack_word(at[from.width / 64], end);
            memcpy(line + from.width - rest, end, (size_t)rest);
        }
    }
}

// The bits of up to 64 pixels that `judge` keeps, given a pixel's number and a vector or, for one pixel, a number, of
// the type of what it reads there.
template <class Judge>
static inline uint64_t judged_word(size_t first, int count, Judge judge) {
    uint64_t word = 0;
    int x = 0;
    for (; x + LANES <= count; x += LANES) word |= (uint64_t)lane_bits(judge(first + x, Floats{})) << x;
    for (; x < count; ++x) word |= (uint64_t)(bool)judge(first + x, 0.0f) << x;
    return word;
}
static inline uint64_t word_over(const float* values, int count, float threshold) {
    return judged_word(0, count, [=](size_t p, auto v) { return read<decltype(v)>(values + p) > threshold; });
}

// OUT bits : where a map is above a threshold.
static void pack_over(const float* map, float threshold, const Bits& bits) {
    for (int y = 0; y < bits.height; ++y) {
        for (int k = 0; k < bits.words(); ++k) {
            const float* const values = map + (size_t)y * bits.width + 64 * (size_t)k;
            bits.at[(size_t)y * bits.words() + k] = word_over(values, minimum(64, bits.width - 64 * k), threshold);
        }
    }
}

template <class Join>
static inline void each_word(const Bits& out, Join join) {
    for (size_t k = 0; k < out.size(); ++k) out.at[k] = join(k);
}
static bool any(const Bits& bits) {
    uint64_t all = 0;
    for (size_t k = 0; k < bits.size(); ++k) all |= bits.at[k];
    return all != 0;
}
static inline int bits_set(uint64_t word) { return __builtin_popcountll(word); }
static size_t count(const Bits& bits) {
    size_t sum = 0;
    for (size_t k = 0; k < bits.size(); ++k) sum += (size_t)bits_set(bits.at[k]);
    return sum;
}
static void clear(const Bits& bits) { memset(bits.at, 0, bits.size() * sizeof *bits.at); }
static void copy(const Bits& from, const Bits& out) { memcpy(out.at, from.at, from.size() * sizeof *from.at); }

// Calls `visit` with the number of each pixel that is set, in raster order.
template <class Visit>
static inline void each_pixel(const Bits& bits, Visit visit) {
    for (int y = 0; y < bits.height; ++y) {
        const uint64_t* const at = bits.at + (size_t)y * bits.words();
        for (int k = 0; k < bits.words(); ++k) {
            for (uint64_t rest = at[k]; rest; rest &= rest - 1) {
                visit((size_t)y * bits.width + 64 * k + __builtin_ctzll(rest));
            }
        }
    }
}

// Grows what is set by a square of this radius; or, if `shrink`, what is not set. OUT out may be `bits`.
static void grow(const BitRoom& room, const Bits& bits, int radius, bool shrink, const Bits& out) {
    if (out.at != bits.at) copy(bits, out);
    if (!any(out)) return;
    for (int left = radius; left > 0; left -= room.reach) {
        grow_bits(out.at, out.height, out.width, minimum(left, room.reach), shrink, room.room, out.at);
    }
}
static void open(const BitRoom& room, const Bits& bits, int radius, const Bits& out) {
    grow(room, bits, radius, true, out);
    grow(room, out, radius, false, out);
}
static void close(const BitRoom& room, const Bits& bits, int radius, const Bits& out) {
    grow(room, bits, radius, false, out);
    grow(room, out, radius, true, out);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
