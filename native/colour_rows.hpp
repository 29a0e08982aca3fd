// Pixels of planes with chroma at half the rows and columns (4:2:0), as colours: integers alone.
#pragma once
#include "simd/arena.hpp"
#include "simd/lanes.hpp"
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// A row of the matrix times a, b and c. All products and sums are integers below 2^24, so that floats are exact.
static inline Ints weighted(const int32_t* m, Floats a, Floats b, Floats c) {
    const Ints sum = ints((float)m[0] * a + (float)m[1] * b + (float)m[2] * c + (float)m[3]) >> MATRIX_BITS;
    return minimum(maximum(sum, splat(0)), splat(255));
}

// A row of chroma at the even and the odd columns of luma, times 4: each sample takes 1/4 of the one that is nearest on
// the other side.
static void widen_row(const uint8_t* from, int columns, int16_t* even, int16_t* odd) {
    for (int x = 1; x + 1 < columns; ++x) {
        even[x] = (int16_t)(from[x - 1] + 3 * from[x]);
        odd[x] = (int16_t)(3 * from[x] + from[x + 1]);
    }
    const int last = columns - 1;
    even[last] = (int16_t)(from[last ? last - 1 : 0] + 3 * from[last]), odd[last] = (int16_t)(4 * from[last]);
    even[0] = (int16_t)(4 * from[0]);
    if (last) odd[0] = (int16_t)(3 * from[0] + from[1]);
}

typedef int16_t NarrowInts __attribute__((vector_size(LANES * 2)));
constexpr int PAIRS = PIECE / 2;

// Colours of pixels: red in the lowest byte of each word. Neighbours in a row lie apart, as one sample of chroma is
// theirs.
struct Piece {
    alignas(64) uint32_t even[PAIRS], odd[PAIRS];
};

// The colours of LANES pixels of chroma that is upsampled bilinearly, from rows that `widen_row` has made.
static inline Words mixed(Words luma, const int16_t* const* far, const int16_t* const* near, int at, const int32_t* m) {
    Floats part[2];
    for (int c = 0; c < 2; ++c) {
        const NarrowInts a = read<NarrowInts>(far[c] + at), b = read<NarrowInts>(near[c] + at);
        part[c] = floats(__builtin_convertvector(((a >> 2) + (3 * b >> 2) + 2) >> 2, Ints));
    }
    const Floats y = floats(luma), u = part[0], v = part[1];
    return (Words)(weighted(m, y, u, v) | weighted(m + 4, y, u, v) << 8 | weighted(m + 8, y, u, v) << 16);
}

// The colours of LANES pixels in limited BT.601, each with the chroma sample that covers it: OpenCV's integers.
constexpr int OPENCV_BITS = 20;
static inline Words repeated(Words luma, Ints red, Ints green, Ints blue) {
    const Ints y = maximum(ints(luma) - 16, splat(0)) * 1220542, sums[3] = {y + red, y + green, y + blue};
    Ints pixel = splat(0);
    for (int c = 0; c < 3; ++c) pixel |= minimum(maximum(sums[c] >> OPENCV_BITS, splat(0)), splat(255)) << 8 * c;
    return (Words)pixel;
}

// Rows of planes as colours, a piece at a time; without a matrix, as `repeated`.
class ColourRows {
public:
    ColourRows(const HalfChroma& planes, const int32_t* matrix)
        : planes(planes),
          matrix(matrix),
          columns((planes.width + 1) / 2),
          length((size_t)columns + PIECE),
          arena(12 * (length * sizeof(int16_t) + 64)) {
        for (int row = 0; row < 3; ++row) {
            for (auto& side : wide[row]) {
                for (auto& plane : side) {
                    plane = arena.take<int16_t>(length);
                    memset(plane, 0, length * sizeof(int16_t));
                }
            }
        }
    }

    // `left` is even. OUT piece : of which what lies beyond the right edge means nothing.
    void convert(int y, int left, Piece& piece) {
        const int row = y / 2, at = left / 2;
        const uint8_t* const luma =
            whole(planes.luma + y * planes.luma_stride + left, planes.width - left, PIECE, bytes[0]);
        if (!matrix) return repeat(luma, row, at, piece);
        const int other = clamp_index(y % 2 ? row + 1 : row - 1, (planes.height + 1) / 2);
        hold(row), hold(other);
        for (int x = 0; x < PAIRS; x += LANES) {
            const Shorts both = read<Shorts>(luma + 2 * x);
            const Words even = __builtin_convertvector((Shorts)(both & 255), Words),
                        odd = __builtin_convertvector((Shorts)(both >> 8), Words);
            const Words one = mixed(even, wide[other % 3][0], wide[row % 3][0], at + x, matrix),
                        two = mixed(odd, wide[other % 3][1], wide[row % 3][1], at + x, matrix);
            memcpy(piece.even + x, &one, sizeof one), memcpy(piece.odd + x, &two, sizeof two);
        }
    }

private:
    const HalfChroma& planes;
    const int32_t* const matrix;
    const int columns;
    const size_t length;
    Arena arena;
    int16_t* wide[3][2][2];  // of a row, at its number modulo 3: at even and odd columns, both planes
    int held[3] = {-1, -1, -1};
    uint8_t bytes[3][PIECE] = {};

    // Samples of which `length` can be read, where there are `count`.
    static const uint8_t* whole(const uint8_t* from, int count, int length, uint8_t* to) {
        return count >= length ? from : (const uint8_t*)memcpy(to, from, (size_t)count);
    }

    void repeat(const uint8_t* luma, int row, int at, Piece& piece) {
        const uint8_t* chroma[2];
        for (int c = 0; c < 2; ++c) {
            chroma[c] = whole(planes.chroma[c] + row * planes.chroma_stride[c] + at, columns - at, PAIRS, bytes[1 + c]);
        }
        for (int x = 0; x < PAIRS; x += LANES) {
            const Ints u = ints(widen(read<Bytes>(chroma[0] + x))) - 128,
                       v = ints(widen(read<Bytes>(chroma[1] + x))) - 128;
            const Ints half = splat(1 << (OPENCV_BITS - 1)), red = 1673527 * v + half,
                       green = -409993 * u - 852492 * v + half, blue = 2116026 * u + half;
            const Shorts both = read<Shorts>(luma + 2 * x);
            const Words one = repeated(__builtin_convertvector((Shorts)(both & 255), Words), red, green, blue),
                        two = repeated(__builtin_convertvector((Shorts)(both >> 8), Words), red, green, blue);
            memcpy(piece.even + x, &one, sizeof one), memcpy(piece.odd + x, &two, sizeof two);
        }
    }

    void hold(int row) {
        if (held[row % 3] == row) return;
        for (int c = 0; c < 2; ++c) {
            widen_row(planes.chroma[c] + row * planes.chroma_stride[c], columns, wide[row % 3][0][c],
                      wide[row % 3][1][c]);
        }
        held[row % 3] = row;
    }
};

// OUT rgb : [columns][3].
static void store_rgb(const Piece& piece, int columns, uint8_t* rgb) {
    int pair = 0;
    for (; 2 * pair + 2 < columns; ++pair, rgb += 6) {
        const uint64_t both = piece.even[pair] | (uint64_t)piece.odd[pair] << 24;
        memcpy(rgb, &both, 8);  // the next pair covers the last two bytes
    }
    const uint64_t both = piece.even[pair] | (uint64_t)piece.odd[pair] << 24;
    memcpy(rgb, &both, columns % 2 ? 3 : 6);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
