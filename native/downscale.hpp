// Pictures reduced by a whole factor: each pixel is the mean of those it covers.
#pragma once
#include "simd/arena.hpp"
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

// Two rows; at an odd width, the last pixel counts twice. OUT half : [(width + 1) / 2][3].
static void halve_rows(const uint8_t* above, const uint8_t* below, int width, uint8_t* half) {
    int x = 0;
    for (; 2 * x + SPAN <= width; x += SPAN / 2) halve_span(above + 6 * x, below + 6 * x, half + 3 * x);
    for (; x < (width + 1) / 2; ++x) {
        const int beside = 2 * x + 1 < width ? 3 : 0;
        for (int c = 0; c < 3; ++c) {
            const int at = 6 * x + c;
            half[3 * x + c] = (uint8_t)((above[at] + above[at + beside] + below[at] + below[at + beside] + 2) >> 2);
        }
    }
}

// The rows of a picture that is halved so many times, one by one: what is in between stays in the cache.
struct Halved {
    static constexpr int MOST = 30;
    const uint8_t* image;
    int times, heights[MOST + 1], widths[MOST + 1];
    uint8_t* lines[MOST + 1][2];  // those from which the next is made

    Halved(const uint8_t* picture, int height, int width, int count, Arena& arena) : image(picture), times(count) {
        for (int k = 0; k <= count; ++k, height = (height + 1) / 2, width = (width + 1) / 2) {
            heights[k] = height, widths[k] = width;
            for (uint8_t*& line : lines[k]) line = k ? arena.take<uint8_t>(3 * (size_t)width) : nullptr;
        }
    }
    static size_t bytes(int width) { return 6 * (size_t)width + 2 * MOST * 70; }

    // OUT half : [widths[count]][3].
    void make(int count, int y, uint8_t* half) const {
        const uint8_t* const above = row(count - 1, 2 * y, 0);
        halve_rows(above, 2 * y + 1 < heights[count - 1] ? row(count - 1, 2 * y + 1, 1) : above, widths[count - 1],
                   half);
    }
    const uint8_t* row(int count, int y, int place) const {
        if (!count) return image + 3 * (size_t)y * widths[0];
        make(count, y, lines[count][place]);
        return lines[count][place];
    }
};

// By 2 as often as it goes, and then by the odd rest; beyond an edge, its pixels are repeated. OUT reduced : [⌈height /
// factor⌉][⌈width / factor⌉][3].
static void downscale(const uint8_t* image, int height, int width, int factor, uint8_t* reduced) {
    const int rows = (height + factor - 1) / factor, columns = (width + factor - 1) / factor;
    const int times = __builtin_ctz((unsigned)factor), odd = factor >> times, area = odd * odd;
    Arena arena(Halved::bytes(width) + 3 * (size_t)width * sizeof(uint32_t) + 64);
    const Halved halved(image, height, width, times, arena);
    const int last = halved.widths[times] - 1, lowest = halved.heights[times] - 1;
    uint32_t* __restrict const sums = arena.take<uint32_t>(3 * ((size_t)last + 1));
    const uint64_t share = (((uint64_t)1 << 52) + 2 * area - 1) / (2 * (uint64_t)area);  // exact for what is below
    for (int y = 0; y < rows; ++y) {
        uint8_t* const out = reduced + 3 * (size_t)y * columns;
        if (odd == 1 && times) {
            halved.make(times, y, out);
            continue;
        }
        memset(sums, 0, 3 * ((size_t)last + 1) * sizeof *sums);
        for (int down = 0; down < odd; ++down) {
            const uint8_t* const row = halved.row(times, minimum(y * odd + down, lowest), 0);
            for (int k = 0; k < 3 * (last + 1); ++k) sums[k] += row[k];
        }
        for (int x = 0; x < columns; ++x) {
            uint32_t totals[3] = {};
            for (int across = 0; across < odd; ++across) {
                const uint32_t* const sum = sums + 3 * minimum(x * odd + across, last);
                for (int c = 0; c < 3; ++c) totals[c] += sum[c];
            }
            for (int c = 0; c < 3; ++c) out[3 * x + c] = (uint8_t)((2 * totals[c] + (uint64_t)area) * share >> 52);
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
