// Between packed RGB and planes of luma and chroma, with chroma at half the rows and columns (4:2:0): integers alone.
#pragma once
#include "simd/arena.hpp"
#include "simd/lanes.hpp"
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int PIECE = 128;  // pixels of a row handled at once

// A row of the matrix times a, b and c. All products and sums are integers below 2^24, so that floats are exact.
static inline Ints weighted(const int32_t* m, Floats a, Floats b, Floats c) {
    const Ints sum = ints((float)m[0] * a + (float)m[1] * b + (float)m[2] * c + (float)m[3]) >> MATRIX_BITS;
    return minimum(maximum(sum, splat(0)), splat(255));
}

// A row of chroma at the columns of luma, times 4: each sample takes 1/4 of the one that is nearest on the other side.
static void widen_row(const uint8_t* from, int columns, int width, int16_t* to) {
    for (int x = 1; x + 1 < columns; ++x) {
        to[2 * x] = (int16_t)(from[x - 1] + 3 * from[x]);
        to[2 * x + 1] = (int16_t)(3 * from[x] + from[x + 1]);
    }
    const int last = columns - 1;
    to[0] = (int16_t)(4 * from[0]);
    to[1] = (int16_t)(3 * from[0] + from[minimum(1, last)]);
    to[2 * last] = (int16_t)(from[last ? last - 1 : 0] + 3 * from[last]);
    if (2 * last + 1 < width) to[2 * last + 1] = (int16_t)(4 * from[last]);
}

typedef int16_t Halves __attribute__((vector_size(LANES * 2)));

// Converts `columns` pixels, up to PIECE, of which PIECE can be read.
static void convert_piece(const uint8_t* luma, const int16_t* const* far, const int16_t* const* near, int left,
                          int columns, const int32_t* m, uint8_t* rgb) {
    int16_t chroma[2][PIECE];
    uint32_t pixels[PIECE];
    for (int c = 0; c < 2; ++c) {
        const int16_t *const a = far[c] + left, *const b = near[c] + left;
        for (int x = 0; x < PIECE; ++x) {
            chroma[c][x] = (int16_t)((int16_t)((a[x] >> 2) + ((int16_t)(3 * b[x]) >> 2) + 2) >> 2);
        }
    }
    for (int x = 0; x < PIECE; x += LANES) {
        Bytes y;
        Halves u, v;
        memcpy(&y, luma + x, sizeof y), memcpy(&u, chroma[0] + x, sizeof u), memcpy(&v, chroma[1] + x, sizeof v);
        const Floats a = floats(widen(y)), b = floats(__builtin_convertvector(u, Ints)),
                     c = floats(__builtin_convertvector(v, Ints));
        const Ints pixel = weighted(m, a, b, c) | weighted(m + 4, a, b, c) << 8 | weighted(m + 8, a, b, c) << 16;
        memcpy(pixels + x, &pixel, sizeof pixel);
    }
    for (int x = 0; x + 1 < columns; ++x) memcpy(rgb + 3 * x, pixels + x, 4);  // the next pixel covers the fourth byte
    memcpy(rgb + 3 * (columns - 1), pixels + columns - 1, 3);
}

static void convert_row(const uint8_t* luma, const int16_t* const* far, const int16_t* const* near, int width,
                        const int32_t* m, uint8_t* rgb) {
    int left = 0;
    for (; left + PIECE <= width; left += PIECE) {
        convert_piece(luma + left, far, near, left, PIECE, m, rgb + 3 * (size_t)left);
    }
    if (left < width) {
        uint8_t rest[PIECE] = {};
        memcpy(rest, luma + left, (size_t)(width - left));
        convert_piece(rest, far, near, left, width - left, m, rgb + 3 * (size_t)left);
    }
}

// OUT rgb : [height][width][3]. Chroma is upsampled bilinearly.
static void rgb_from_half_chroma(const HalfChroma& planes, const int32_t* matrix, uint8_t* rgb) {
    const int height = planes.height, width = planes.width, rows = (height + 1) / 2, columns = (width + 1) / 2;
    const size_t length = 2 * (size_t)columns + PIECE;
    Arena arena(6 * (length * sizeof(int16_t) + 64));
    int16_t* wide[3][2];  // rows r − 1, r and r + 1 of both planes, at row number modulo 3
    for (auto& row : wide) {
        for (auto& plane : row) plane = arena.take<int16_t>(length), memset(plane, 0, length * sizeof(int16_t));
    }
    const auto widen_both = [&](int row) {
        for (int c = 0; c < 2; ++c) {
            widen_row(planes.chroma[c] + row * planes.chroma_stride[c], columns, width, wide[row % 3][c]);
        }
    };
    widen_both(0);
    for (int row = 0; row < rows; ++row) {
        if (row + 1 < rows) widen_both(row + 1);
        for (int odd = 0; odd < 2 && 2 * row + odd < height; ++odd) {
            const int y = 2 * row + odd, other = clamp_index(odd ? row + 1 : row - 1, rows);
            convert_row(planes.luma + y * planes.luma_stride, wide[other % 3], wide[row % 3], width, matrix,
                        rgb + 3 * (size_t)y * width);
        }
    }
}

struct Colours {
    float part[3][PIECE];
};

static void split_piece(const uint8_t* rgb, int columns, Colours& to) {
    uint32_t pixels[PIECE] = {};
    for (int x = 0; x + 1 < columns; ++x) memcpy(pixels + x, rgb + 3 * x, 4);
    memcpy(pixels + columns - 1, rgb + 3 * (columns - 1), 3);
    for (int c = 0; c < 3; ++c) {
        for (int x = 0; x < PIECE; ++x) to.part[c][x] = (float)(int32_t)(pixels[x] >> 8 * c & 255);
    }
}

static void weigh_piece(const Colours& from, int columns, const int32_t* m, uint8_t* to) {
    uint8_t bytes[PIECE];
    for (int x = 0; x < columns; x += LANES) {
        Floats a, b, c;
        memcpy(&a, from.part[0] + x, sizeof a), memcpy(&b, from.part[1] + x, sizeof b);
        memcpy(&c, from.part[2] + x, sizeof c);
        store_bytes(bytes + x, (Words)weighted(m, a, b, c));
    }
    memcpy(to, bytes, (size_t)columns);
}

// IN rgb : [height][width][3], of even height and width. OUT planes; chroma is that of the mean of 2 x 2 pixels.
static void half_chroma_from_rgb(const uint8_t* rgb, const int32_t* m, const HalfChromaOut& planes) {
    Colours parts[2], mean{};
    for (int y = 0; y < planes.height; y += 2) {
        for (int left = 0; left < planes.width; left += PIECE) {
            const int columns = minimum(PIECE, planes.width - left);
            for (int odd = 0; odd < 2; ++odd) {
                split_piece(rgb + 3 * ((size_t)(y + odd) * planes.width + left), columns, parts[odd]);
                weigh_piece(parts[odd], columns, m, planes.luma + (y + odd) * planes.luma_stride + left);
            }
            for (int c = 0; c < 3; ++c) {
                int32_t sums[PIECE];
                for (int x = 0; x < PIECE; ++x) sums[x] = (int32_t)(parts[0].part[c][x] + parts[1].part[c][x]);
                for (int x = 0; x < PIECE / 2; ++x) {
                    mean.part[c][x] = (float)((sums[2 * x] + sums[2 * x + 1] + 2) >> 2);
                }
            }
            for (int c = 0; c < 2; ++c) {
                uint8_t* const chroma = planes.chroma[c] + y / 2 * planes.chroma_stride[c] + left / 2;
                weigh_piece(mean, columns / 2, m + 4 * (c + 1), chroma);
            }
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
