// Masks of one bit for each pixel: growing and shrinking by squares, 64 pixels at a time.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Sets the `reach` pixels behind each pixel that is set. A row has room for them.
static void spread_along(uint64_t* row, int words, int reach) {
    for (int done = 0, step; done < reach; done += step) {
        step = minimum(done + 1, reach - done);
        for (int k = words - 1; k > 0; --k) row[k] |= row[k] << step | row[k - 1] >> (64 - step);
        row[0] |= row[0] << step;
    }
}

// Sets the `reach` rows below each row.
static void spread_down(uint64_t* rows, int height, int words, int reach) {
    for (int done = 0, step; done < reach; done += step) {
        step = minimum(done + 1, reach - done);
        for (size_t k = (size_t)height * words, off = (size_t)step * words; k-- > off;) rows[k] |= rows[k - off];
    }
}

// Grows what is set by `radius` pixels to all sides, at most 31; or, if `shrink`, what is not set. Neither comes in
// from outside the picture. OUT room : [height + 2 radius][words + 1], room to work in; out : [height][words].
static void grow_bits(const uint64_t* bits, int height, int width, int radius, bool shrink, uint64_t* room,
                      uint64_t* out) {
    const int words = (width + 63) / 64, line = words + 1, reach = 2 * radius;
    const uint64_t last = ~(uint64_t)0 >> (64 * words - width), flip = shrink ? ~(uint64_t)0 : 0;
    memset(room, 0, (size_t)(height + reach) * line * sizeof *room);
    for (int y = 0; y < height; ++y) {
        uint64_t* const row = room + (size_t)y * line;
        for (int k = 0; k < words; ++k) row[k] = bits[(size_t)y * words + k] ^ flip;
        row[words - 1] &= last;
        spread_along(row, line, reach);
    }
    spread_down(room, height + reach, line, reach);
    for (int y = 0; y < height; ++y) {
        const uint64_t* const row = room + (size_t)(y + radius) * line;
        uint64_t* const to = out + (size_t)y * words;
        for (int k = 0; k < words; ++k) {
            to[k] = (radius ? row[k] >> radius | row[k + 1] << (64 - radius) : row[k]) ^ flip;
        }
        to[words - 1] &= last;
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
