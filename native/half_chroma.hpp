// Between packed RGB and planes of luma and chroma, with chroma at half the rows and columns (4:2:0): integers alone.
#pragma once
#include <cmath>

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

typedef int16_t Halves __attribute__((vector_size(LANES * 2)));
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
        const Halves a = read<Halves>(far[c] + at), b = read<Halves>(near[c] + at);
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

// IN wanted : [⌈height / 2⌉][⌈width / PIECE⌉], the pieces of two rows to convert; all if null. OUT rgb : those pixels
// of [height][width][3].
static void rgb_from_half_chroma(const HalfChroma& planes, const int32_t* matrix, const uint8_t* wanted, uint8_t* rgb) {
    const int height = planes.height, width = planes.width, pieces = (width + PIECE - 1) / PIECE;
    ColourRows rows(planes, matrix);
    Piece colours;
    for (int y = 0; y < height; ++y) {
        for (int piece = 0; piece < pieces; ++piece) {
            if (wanted && !wanted[(size_t)(y / 2) * pieces + piece]) continue;
            const int left = piece * PIECE;
            rows.convert(y, left, colours);
            store_rgb(colours, minimum(PIECE, width - left), rgb + 3 * ((size_t)y * width + left));
        }
    }
}

// OUT rgb : [⌈height / step⌉][⌈width / step⌉][3], means of step x step pixels, the outermost repeated beyond the edges.
// A step is odd, so that there are no halves to be rounded, and at most 15, so that sums of bytes fit in 16 bits.
static void small_from_half_chroma(const HalfChroma& planes, const int32_t* matrix, int step, uint8_t* rgb) {
    const int height = planes.height, width = planes.width, columns = (width + step - 1) / step;
    const int across = PIECE / (2 * step) * 2;
    const float share = 1.0f / (float)(step * step);
    ColourRows rows(planes, matrix);
    Piece colours;
    uint32_t outer[PIECE], green[PIECE];  // sums of red and blue in the halves of a word
    for (int row = 0; row * step < height; ++row) {
        for (int first = 0; first < columns; first += across) {
            const int left = first * step, count = minimum(across, columns - first);
            memset(outer, 0, sizeof outer), memset(green, 0, sizeof green);
            for (int k = 0; k < step; ++k) {
                rows.convert(minimum(row * step + k, height - 1), left, colours);
                for (int x = 0; x < PAIRS; ++x) {
                    outer[2 * x] += colours.even[x] & 0xff00ff, outer[2 * x + 1] += colours.odd[x] & 0xff00ff;
                    green[2 * x] += colours.even[x] >> 8 & 255, green[2 * x + 1] += colours.odd[x] >> 8 & 255;
                }
            }
            for (int x = width - left; x < count * step; ++x) outer[x] = outer[x - 1], green[x] = green[x - 1];
            uint8_t* to = rgb + 3 * ((size_t)row * columns + first);
            for (int k = 0; k < count; ++k, to += 3) {
                uint32_t both = 0, middle = 0;
                for (int x = k * step; x < (k + 1) * step; ++x) both += outer[x], middle += green[x];
                to[0] = (uint8_t)lrintf((float)(both & 0xffff) * share);
                to[1] = (uint8_t)lrintf((float)middle * share);
                to[2] = (uint8_t)lrintf((float)(both >> 16) * share);
            }
        }
    }
}

// The same for a step of 2, whose pairs of columns need no sums in memory. Halves are rounded up.
static void halved_from_half_chroma(const HalfChroma& planes, const int32_t* matrix, uint8_t* rgb) {
    const int height = planes.height, width = planes.width, columns = (width + 1) / 2;
    ColourRows rows(planes, matrix);
    Piece upper, lower;
    for (int row = 0; 2 * row < height; ++row) {
        for (int first = 0; first < columns; first += PAIRS) {
            const int count = minimum(PAIRS, columns - first);
            rows.convert(2 * row, 2 * first, upper);
            rows.convert(minimum(2 * row + 1, height - 1), 2 * first, lower);
            if (width % 2 && first + count == columns) {
                upper.odd[count - 1] = upper.even[count - 1], lower.odd[count - 1] = lower.even[count - 1];
            }
            for (int x = 0; x < PAIRS; ++x) {
                const uint32_t four[] = {upper.even[x], upper.odd[x], lower.even[x], lower.odd[x]};
                uint32_t outer = 0x20002, green = 2;
                for (int k = 0; k < 4; ++k) outer += four[k] & 0xff00ff, green += four[k] >> 8 & 255;
                upper.even[x] = (outer >> 2 & 0xff00ff) | (green >> 2) << 8;
            }
            uint8_t* const to = rgb + 3 * ((size_t)row * columns + first);
            for (int x = 0; x + 1 < count; ++x) memcpy(to + 3 * x, upper.even + x, 4);  // the next covers the last byte
            memcpy(to + 3 * (count - 1), upper.even + count - 1, 3);
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
