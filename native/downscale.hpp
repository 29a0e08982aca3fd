// Pictures reduced by a whole factor: each pixel is the mean of those it covers.
#pragma once
#include "simd/packed.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

typedef uint16_t Pairs __attribute__((vector_size(SPAN)));  // sums of two pixels side by side

static inline Pairs pairs(Span a) {
    const Pairs both = (Pairs)a;
    return (both & 255) + (both >> 8);
}

// Sixteen pixels of two rows. OUT half : [8][3].
static inline void halve_span(const uint8_t* above, const uint8_t* below, uint8_t* half) {
    const Channels a = unpack(read_packed(above)), b = unpack(read_packed(below));
    const Pairs red = (pairs(a.r) + pairs(b.r) + 2) >> 2, green = (pairs(a.g) + pairs(b.g) + 2) >> 2;
    const Pairs blue = (pairs(a.b) + pairs(b.b) + 2) >> 2;
    const Span two = (Span)(red | green << 8), one = (Span)blue;
    const Span first = __builtin_shufflevector(two, one, 0, 1, 16, 2, 3, 18, 4, 5, 20, 6, 7, 22, 8, 9, 24, 10);
    const Span rest = __builtin_shufflevector(two, one, 11, 26, 12, 13, 28, 14, 15, 30, 0, 0, 0, 0, 0, 0, 0, 0);
    memcpy(half, &first, SPAN);
    memcpy(half + SPAN, &rest, SPAN / 2);
}

// Beyond an edge, its pixels are repeated. OUT half : [(height + 1) / 2][(width + 1) / 2][3].
static void halve(const uint8_t* image, int height, int width, uint8_t* half) {
    const int rows = (height + 1) / 2, columns = (width + 1) / 2;
    for (int y = 0; y < rows; ++y) {
        const uint8_t* const above = image + 3 * (size_t)(2 * y) * width;
        const uint8_t* const below = 2 * y + 1 < height ? above + 3 * (size_t)width : above;
        uint8_t* const out = half + 3 * (size_t)y * columns;
        int x = 0;
        for (; 2 * x + SPAN <= width; x += SPAN / 2) halve_span(above + 6 * x, below + 6 * x, out + 3 * x);
        for (; x < columns; ++x) {
            const int beside = 2 * x + 1 < width ? 3 : 0;
            for (int c = 0; c < 3; ++c) {
                const int at = 6 * x + c;
                out[3 * x + c] = (uint8_t)((above[at] + above[at + beside] + below[at] + below[at + beside] + 2) >> 2);
            }
        }
    }
}

// By any factor. OUT reduced : [⌈height / factor⌉][⌈width / factor⌉][3].
static void reduce(const uint8_t* image, int height, int width, int factor, uint8_t* reduced) {
    const int rows = (height + factor - 1) / factor, columns = (width + factor - 1) / factor, area = factor * factor;
    for (int y = 0; y < rows; ++y) {
        for (int x = 0; x < columns; ++x) {
            int sums[3] = {};
            for (int down = 0; down < factor; ++down) {
                const uint8_t* const row = image + 3 * (size_t)minimum(y * factor + down, height - 1) * width;
                for (int across = 0; across < factor; ++across) {
                    const uint8_t* const pixel = row + 3 * (size_t)minimum(x * factor + across, width - 1);
                    for (int c = 0; c < 3; ++c) sums[c] += pixel[c];
                }
            }
            uint8_t* const out = reduced + 3 * ((size_t)y * columns + x);
            for (int c = 0; c < 3; ++c) out[c] = (uint8_t)((2 * sums[c] + area) / (2 * area));
        }
    }
}

static void downscale(const uint8_t* image, int height, int width, int factor, uint8_t* reduced) {
    if (factor == 2)
        halve(image, height, width, reduced);
    else
        reduce(image, height, width, factor, reduced);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
