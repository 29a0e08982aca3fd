// Masks of one bit for each pixel: growing and shrinking by squares, 64 pixels at a time.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int SIDE_BY_SIDE = LANES / 2;  // words
typedef uint64_t Wide __attribute__((vector_size(SIDE_BY_SIDE * 8)));

// Sets the `reach` pixels behind each pixel that is set. Rows follow one another, and have room for them.
static void spread_along(uint64_t* rows, size_t count, int reach) {
    for (int done = 0, step; done < reach; done += step) {
        step = minimum(done + 1, reach - done);
        size_t k = count;
        for (; k > SIDE_BY_SIDE; k -= SIDE_BY_SIDE) {
            uint64_t* const at = rows + k - SIDE_BY_SIDE;
            const Wide here = read<Wide>(at), spread = here | here << step | read<Wide>(at - 1) >> (64 - step);
            memcpy(at, &spread, sizeof spread);
        }
        for (; k-- > 1;) rows[k] |= rows[k] << step | rows[k - 1] >> (64 - step);
        rows[0] |= rows[0] << step;
    }
}

// Sets the `reach` rows below each row.
static void spread_down(uint64_t* rows, size_t count, int words, int reach) {
    for (int done = 0, step; done < reach; done += step) {
        step = minimum(done + 1, reach - done);
        const size_t off = (size_t)step * words;
        size_t k = count;
        for (; k >= off + SIDE_BY_SIDE; k -= SIDE_BY_SIDE) {
            uint64_t* const at = rows + k - SIDE_BY_SIDE;
            const Wide both = read<Wide>(at) | read<Wide>(at - off);
            memcpy(at, &both, sizeof both);
        }
        for (; k-- > off;) rows[k] |= rows[k - off];
    }
}

// The rows between which pixels are set.
struct RowRange {
    int first, last;
};
static RowRange rows_of(const uint64_t* bits, int height, int words) {
    const auto is_empty = [=](int y) {
        uint64_t some = 0;
        for (int k = 0; k < words; ++k) some |= bits[(size_t)y * words + k];
        return !some;
    };
    RowRange rows{0, height};
    for (; rows.first < height && is_empty(rows.first);) ++rows.first;
    for (; rows.last > rows.first && is_empty(rows.last - 1);) --rows.last;
    return rows;
}

// Grows what is set by `radius` pixels to all sides, at most 31; or, if `shrink`, what is not set. Neither comes in
// from outside the picture. OUT room : [height + 2 radius][words + 1], room to work in; out : [height][words].
static void grow_bits(const uint64_t* bits, int height, int width, int radius, bool shrink, uint64_t* room,
                      uint64_t* out) {
    const int words = (width + 63) / 64, line = words + 1, reach = 2 * radius;
    const uint64_t last = ~(uint64_t)0 >> (64 * words - width), flip = shrink ? ~(uint64_t)0 : 0;
    const RowRange own = rows_of(bits, height, words);
    const RowRange near{maximum(0, own.first - radius), minimum(height, own.last + radius)};
    const RowRange from = shrink ? near : own, to = shrink ? own : near;
    const size_t count = (size_t)(from.last - from.first + reach) * line;
    memset(room, 0, count * sizeof *room);
    for (int y = from.first; y < from.last; ++y) {
        uint64_t* const row = room + (size_t)(y - from.first) * line;
        for (int k = 0; k < words; ++k) row[k] = bits[(size_t)y * words + k] ^ flip;
        row[words - 1] &= last;
    }
    spread_along(room, count - (size_t)reach * line, reach);
    spread_down(room, count, line, reach);
    memset(out, 0, (size_t)to.first * words * sizeof *out);
    for (int y = to.first; y < to.last; ++y) {
        const uint64_t* const row = room + (size_t)(y + radius - from.first) * line;
        uint64_t* const line_out = out + (size_t)y * words;
        for (int k = 0; k < words; ++k) {
            line_out[k] = (radius ? row[k] >> radius | row[k + 1] << (64 - radius) : row[k]) ^ flip;
        }
        line_out[words - 1] &= last;
    }
    memset(out + (size_t)to.last * words, 0, (size_t)(height - to.last) * words * sizeof *out);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
