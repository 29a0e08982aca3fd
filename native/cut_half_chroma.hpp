// What a mask keeps of planes with chroma at half the rows and columns.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int NO_COLOUR = 128;  // Cb and Cr of grey

typedef uint8_t LumaLanes __attribute__((vector_size(LANES * 4)));   // of a row
typedef uint16_t PairLanes __attribute__((vector_size(LANES * 4)));  // of samples
typedef uint8_t ChromaLanes __attribute__((vector_size(LANES * 2)));
typedef int16_t ProductLanes __attribute__((vector_size(LANES * 4)));

// IN marks : [width], 0 or 1. OUT to : [width].
static inline void cut_luma(const uint8_t* luma, const uint8_t* marks, int width, uint8_t black, uint8_t* to) {
    int x = 0;
    for (; x + (int)sizeof(LumaLanes) <= width; x += (int)sizeof(LumaLanes)) {
        const LumaLanes kept = -read<LumaLanes>(marks + x), cut = (read<LumaLanes>(luma + x) & kept) | (~kept & black);
        memcpy(to + x, &cut, sizeof cut);
    }
    for (; x < width; ++x) to[x] = marks[x] ? luma[x] : black;
}

// IN upper, lower : [2 · width], 0 or 1. OUT to : [width].
static inline void cut_chroma(const uint8_t* chroma, const uint8_t* upper, const uint8_t* lower, int width,
                              uint8_t* to) {
    constexpr int AT_ONCE = (int)sizeof(ChromaLanes);
    int x = 0;
    for (; x + AT_ONCE <= width; x += AT_ONCE) {
        const PairLanes both = read<PairLanes>(upper + 2 * x) + read<PairLanes>(lower + 2 * x);
        const ProductLanes kept = (ProductLanes)((both & 255) + (both >> 8)),
                           colour = __builtin_convertvector(read<ChromaLanes>(chroma + x), ProductLanes) - NO_COLOUR;
        const ChromaLanes cut = __builtin_convertvector(((colour * kept + 2) >> 2) + NO_COLOUR, ChromaLanes);
        memcpy(to + x, &cut, sizeof cut);
    }
    for (; x < width; ++x) {
        const int kept = upper[2 * x] + upper[2 * x + 1] + lower[2 * x] + lower[2 * x + 1];
        to[x] = (uint8_t)((((chroma[x] - NO_COLOUR) * kept + 2) >> 2) + NO_COLOUR);
    }
}

// Height and width are even. IN mask : [height][width], 0 or 1. Chroma of 2 x 2 pixels is the mean of what is kept of
// them and of black, whose luma is `black`.
static void cut_half_chroma(const HalfChroma& planes, const uint8_t* mask, uint8_t black, const HalfChromaOut& out) {
    const int width = planes.width;
    for (int y = 0; y < planes.height; ++y) {
        cut_luma(planes.luma + y * planes.luma_stride, mask + (size_t)y * width, width, black,
                 out.luma + y * out.luma_stride);
    }
    for (int row = 0; row < planes.height / 2; ++row) {
        const uint8_t *const upper = mask + (size_t)(2 * row) * width, *const lower = upper + width;
        for (int c = 0; c < 2; ++c) {
            cut_chroma(planes.chroma[c] + row * planes.chroma_stride[c], upper, lower, width / 2,
                       out.chroma[c] + row * out.chroma_stride[c]);
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
