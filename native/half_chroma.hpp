// Between packed RGB and planes of luma and chroma, with chroma at half the rows and columns (4:2:0): integers alone.
#pragma once
#include <cmath>

#include "colour_rows.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// OUT rgb : [height][width][3].
static void rgb_from_half_chroma(const HalfChroma& planes, const int32_t* matrix, uint8_t* rgb) {
    const int height = planes.height, width = planes.width, pieces = (width + PIECE - 1) / PIECE;
    ColourRows rows(planes, matrix);
    Piece colours;
    for (int y = 0; y < height; ++y) {
        for (int piece = 0; piece < pieces; ++piece) {
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

// The same for a step of 2, whose pairs of columns need no sums in memory. NarrowInts are rounded up.
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
