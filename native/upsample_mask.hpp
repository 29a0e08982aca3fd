// Upsampling of a mask to the frame's size, with its edges aligned to where the frame differs from the plate.
#pragma once
#include "edges.hpp"
#include "pieces.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Sets the pixels `first` to `last` − 1 of some rows.
static inline void set_block(const Bits& bits, int top, int bottom, int32_t first, int32_t last) {
    for (int y = top; y < bottom; ++y) {
        uint64_t* const row = bits.at + (size_t)y * bits.words();
        each_part(first, last, [&](int32_t at, uint64_t part) { row[at] |= part; });
    }
}

// How far the pixels of the frame within one of the mask's lie from its centre, along a side: shares of that side. The
// first `half` of them lie before it.
struct Places {
    int half;
    float* weights;  // [factor]
    Places(int factor, Arena& arena) : half(factor / 2), weights(arena.take<float>((size_t)factor)) {
        for (int k = 0; k < factor; ++k) {
            const float off = ((float)k + 0.5f) / (float)factor - 0.5f;
            weights[k] = off < 0.0f ? -off : off;
        }
    }
};

// The channels' differences of a pixel, in the plate's exposure, added up.
static inline int summed_difference(const UpsampleInput& from, size_t pixel) {
    int sum = 0;
    for (int c = 0; c < 3; ++c) {
        const int d = (int)from.table[3 * from.image[3 * pixel + c] + c] - (int)from.plate[3 * pixel + c];
        sum += d < 0 ? -d : d;
    }
    return sum;
}

// M between the centres of four of the mask's pixels, bilinear. IN four : the pixel itself, beside it, above or below
// it and beside that; one bit each.
static inline float between(unsigned four, float down, float across) {
    const auto value = [=](int k) { return (float)(four >> k & 1); };
    const float middle = (1.0f - across) * value(0) + across * value(1);
    return (1.0f - down) * middle + down * ((1.0f - across) * value(2) + across * value(3));
}

// Upsamples a mask pixel whose neighbours differ from it: bilinear M, plus a term that grows with the frame's
// difference from the plate, against 1/2. `usual` is the difference inside the mask near it. OUT large : the f x f
// pixels, quarter by quarter.
static void upsample_pixel(const UpsampleInput& from, const Bits& mask, float usual, int row, int column,
                           const Places& places, const Bits& large) {
    const int f = from.factor;
    const float weight = usual > 0.0f ? from.weight / (3.0f * usual) : 0.0f;
    const float edge = usual > 0.0f ? from.weight * from.edge : 0.0f;
    unsigned near[3][3];
    for (int k = 0; k < 9; ++k) {
        const int y = clamp_index(row + k / 3 - 1, from.rows), x = clamp_index(column + k % 3 - 1, from.columns);
        near[k / 3][k % 3] = is_set(mask, y, x);
    }
    for (int quarter = 0; quarter < 4; ++quarter) {
        const int down = quarter / 2, across = quarter % 2;
        const unsigned *const here = near[1], *const there = near[2 * down];
        const unsigned four = here[1] | here[2 * across] << 1 | there[1] << 2 | there[2 * across] << 3;
        const int top = row * f + down * places.half,
                  bottom = minimum(down ? (row + 1) * f : top + places.half, from.height);
        const int left = column * f + across * places.half;
        const int right = minimum(across ? (column + 1) * f : left + places.half, from.width);
        if (four == 0 && from.most <= 0.5f) continue;  // whatever the difference
        if (four == 15 && 1.0f - from.most > 0.5f) {
            set_block(large, top, bottom, left, right);
            continue;
        }
        for (int y = top; y < bottom; ++y) {
            for (int x = left; x < right; ++x) {
                const float soft = between(four, places.weights[y - row * f], places.weights[x - column * f]);
                if (soft + from.most <= 0.5f) continue;
                float pull = -from.most;
                if (soft + pull <= 0.5f) {
                    const int far = summed_difference(from, (size_t)y * from.width + x);
                    pull = maximum(-from.most, minimum(weight * (float)far - edge, from.most));
                }
                const bool set = soft + pull > 0.5f;
                large.at[(size_t)y * large.words() + x / 64] |= (uint64_t)set << (x % 64);
            }
        }
    }
}

// IN inside : the part of the mask whose difference is usual. OUT large : at the frame's size. `room` is of the mask's.
static void enlarge(const UpsampleInput& from, const PicturePieces& pieces, const BitRoom& room, const Bits& mask,
                    const Bits& inside, const Bits& large) {
    const int f = from.factor;
    const Bits full = room.take(), edge = room.take();
    grow(room, mask, 1, true, full);
    grow(room, mask, 1, false, edge);
    each_word(edge, [&](size_t k) { return edge.at[k] & ~full.at[k]; });
    convert_where(pieces, edge, f);
    clear(large);
    for (int row = 0; row < from.rows; ++row) {
        const uint64_t* const line = full.at + (size_t)row * full.words();
        const int bottom = minimum((row + 1) * f, from.height);
        for (int32_t first = next_pixel(line, 0, from.columns, 0); first < from.columns;) {
            const int32_t last = next_pixel(line, first, from.columns, ~(uint64_t)0);
            set_block(large, row * f, bottom, first * f, minimum(last * f, from.width));
            first = next_pixel(line, last, from.columns, 0);
        }
    }
    const size_t pixels = (size_t)from.rows * from.columns;
    Arena own(((size_t)f + pixels) * sizeof(float) + 128);
    const Places places(f, own);
    float* const usual = own.take<float>(pixels);
    inner_differences(from.inner, inside, edge, usual);
    each_pixel(edge, [&](size_t p) {
        upsample_pixel(from, mask, usual[p], (int)(p / from.columns), (int)(p % from.columns), places, large);
    });
}

constexpr int UPSAMPLE_MASKS = 4;  // that `upsample` takes, of the small size

// OUT smooth: at the frame's size, smoothed by a median of 3 x 3 pixels.
static void upsample(const UpsampleInput& from, const PicturePieces& pieces, const BitRoom& room, const Bits& large,
                     const Bits& smooth) {
    const Bits small = room.take(), inside = room.take();
    pack(from.mask, small), pack(from.whole, inside);
    if (!any(small)) {
        clear(smooth);
        return;
    }
    grow(room, inside, 1, true, inside);
    enlarge(from, pieces, room, small, inside, large);
    median(large, 1, smooth);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
