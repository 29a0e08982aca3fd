// Sixteen packed RGB pixels at once, at any instruction set.
#pragma once
#include "simd/lanes.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int SPAN = 16;  // pixels handled at once
typedef uint8_t Span __attribute__((vector_size(SPAN)));
typedef int16_t Sums __attribute__((vector_size(SPAN * 2)));
typedef int32_t Flags __attribute__((vector_size(SPAN * 4)));
typedef float Levels __attribute__((vector_size(SPAN * 4)));
static inline size_t whole_spans(int pixels) { return ((size_t)pixels + SPAN - 1) / SPAN * SPAN; }

struct Channels {
    Span r, g, b;
};
struct Packed {
    Span first, second, third;  // RGBRGB…
};

static inline Packed read_packed(const uint8_t* from) {
    return {read<Span>(from), read<Span>(from + 16), read<Span>(from + 32)};
}

// The first `count` pixels; the others are black.
static inline Packed read_packed(const uint8_t* from, int count) {
    if (count >= SPAN) return read_packed(from);
    uint8_t padded[3 * SPAN] = {};
    memcpy(padded, from, 3 * (size_t)count);
    return read_packed(padded);
}

static inline Channels unpack(const Packed& p) {
    const Span x = p.first, y = p.second, z = p.third;
    const Span r = __builtin_shufflevector(x, y, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
    const Span g = __builtin_shufflevector(x, y, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
    const Span b = __builtin_shufflevector(x, y, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
    return {__builtin_shufflevector(r, z, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29),
            __builtin_shufflevector(g, z, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30),
            __builtin_shufflevector(b, z, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31)};
}

static inline Packed pack(const Channels& c) {
    const Span x = __builtin_shufflevector(c.r, c.g, 0, 16, 0, 1, 17, 0, 2, 18, 0, 3, 19, 0, 4, 20, 0, 5);
    const Span y = __builtin_shufflevector(c.r, c.g, 21, 0, 6, 22, 0, 7, 23, 0, 8, 24, 0, 9, 25, 0, 10, 26);
    const Span z = __builtin_shufflevector(c.r, c.g, 0, 11, 27, 0, 12, 28, 0, 13, 29, 0, 14, 30, 0, 15, 31, 0);
    return {__builtin_shufflevector(x, c.b, 0, 1, 16, 3, 4, 17, 6, 7, 18, 9, 10, 19, 12, 13, 20, 15),
            __builtin_shufflevector(y, c.b, 0, 21, 2, 3, 22, 5, 6, 23, 8, 9, 24, 11, 12, 25, 14, 15),
            __builtin_shufflevector(z, c.b, 26, 1, 2, 27, 4, 5, 28, 7, 8, 29, 10, 11, 30, 13, 14, 31)};
}

static inline Span abs_difference(Span a, Span b) { return a > b ? a - b : b - a; }
static inline Channels channel_differences(const Packed& a, const Packed& b) {
    return unpack(
        {abs_difference(a.first, b.first), abs_difference(a.second, b.second), abs_difference(a.third, b.third)});
}
static inline Sums sum(const Channels& d) {
    return __builtin_convertvector(d.r, Sums) + __builtin_convertvector(d.g, Sums) + __builtin_convertvector(d.b, Sums);
}

static inline Levels levels(Sums a) { return __builtin_convertvector(__builtin_convertvector(a, Flags), Levels); }
static inline Levels levels(Span a) { return levels(__builtin_convertvector(a, Sums)); }

// LANES of the pixels' levels, from one on.
static inline Floats levels(const Span& levels, int at) {
    Bytes part;
    memcpy(&part, (const uint8_t*)&levels + at, sizeof part);
    return floats(widen(part));
}
struct Colour {
    Floats r, g, b;
};
static inline Colour operator+(const Colour& c, float more) { return {c.r + more, c.g + more, c.b + more}; }
static inline Floats sum(const Colour& c) { return c.r + c.g + c.b; }
static inline Colour levels(const Channels& c, int at) { return {levels(c.r, at), levels(c.g, at), levels(c.b, at)}; }

// A bit for each of SPAN pixels, the first in the lowest, that `judge`, given the place of LANES of them, keeps.
template <class Judge>
static inline uint32_t span_bits(Judge judge) {
    uint32_t bits = 0;
    for (int at = 0; at < SPAN; at += LANES) bits |= lane_bits(judge(at)) << at;
    return bits;
}

// The first `count` of LANES values; the others are 0.
static inline Floats read_floats(const float* from, int count) {
    if (count >= LANES) return read<Floats>(from);
    Floats values{};
    if (count > 0) memcpy(&values, from, (size_t)count * sizeof *from);
    return values;
}

static inline Levels absolute(Levels a) { return (Levels)((Flags)a & 0x7fffffff); }

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
