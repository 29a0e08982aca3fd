// Upsampling of a mask to the frame's size, with its edges aligned to where the frame differs from the plate.
#pragma once
#include "edges.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int STRIP = 64;  // mask pixels handled at once

// Sums of the mask over 3 x 3 pixels, with edge pixels repeated. OUT sums : [columns], from column `left` on.
static void neighbour_counts(const UpsampleInput& from, int row, int left, int columns, uint8_t* sums) {
    uint8_t down[STRIP + 2];
    const uint8_t* const above = from.mask + (size_t)clamp_index(row - 1, from.rows) * from.columns;
    const uint8_t* const here = from.mask + (size_t)row * from.columns;
    const uint8_t* const below = from.mask + (size_t)clamp_index(row + 1, from.rows) * from.columns;
    for (int k = 1; k <= columns; ++k) down[k] = above[left + k - 1] + here[left + k - 1] + below[left + k - 1];
    const int before = clamp_index(left - 1, from.columns), behind = clamp_index(left + columns, from.columns);
    down[0] = above[before] + here[before] + below[before];
    down[columns + 1] = above[behind] + here[behind] + below[behind];
    for (int k = 0; k < columns; ++k) sums[k] = down[k] + down[k + 1] + down[k + 2];
}

// Upsamples a mask pixel whose neighbours differ from it: bilinear M, plus a term that grows with the frame's
// difference from the plate, against 1/2. OUT the f x f pixels of mask.
static void upsample_pixel(const UpsampleInput& from, const uint8_t* inside, int row, int column, uint8_t* mask) {
    const int f = from.factor, bottom = minimum((row + 1) * f, from.height),
              right = minimum((column + 1) * f, from.width);
    const float usual = inner_difference(from.inner, inside, row, column);
    const float weight = usual > 0.0f ? from.weight / (3.0f * usual) : 0.0f;
    const float edge = usual > 0.0f ? from.weight * from.edge : 0.0f;
    const uint8_t* const here = from.mask + (size_t)row * from.columns;
    for (int y = row * f; y < bottom; ++y) {
        const float v = ((float)(y - row * f) + 0.5f) / (float)f - 0.5f, a = v < 0.0f ? -v : v;
        const uint8_t* const there =
            from.mask + (size_t)clamp_index(row + (v < 0.0f ? -1 : 1), from.rows) * from.columns;
        for (int x = column * f; x < right; ++x) {
            const float h = ((float)(x - column * f) + 0.5f) / (float)f - 0.5f, b = h < 0.0f ? -h : h;
            const int beside = clamp_index(column + (h < 0.0f ? -1 : 1), from.columns);
            const float middle = (1.0f - b) * here[column] + b * here[beside];
            const float soft = (1.0f - a) * middle + a * ((1.0f - b) * there[column] + b * there[beside]);
            const size_t p = (size_t)y * from.width + x;
            int far = 0;
            for (int c = 0; c < 3; ++c) {
                const int d = (int)from.table[3 * from.image[3 * p + c] + c] - (int)from.plate[3 * p + c];
                far += d < 0 ? -d : d;
            }
            const float pull = weight * (float)far - edge;
            mask[p] = soft + (pull < -from.most ? -from.most : pull > from.most ? from.most : pull) > 0.5f;
        }
    }
}

// IN inside : the part of the mask whose difference is usual. OUT mask : [height][width].
static void enlarge(const UpsampleInput& from, const uint8_t* inside, uint8_t* mask) {
    const int f = from.factor;
    uint8_t sums[STRIP];
    for (int row = 0; row < from.rows; ++row) {
        const int bottom = minimum((row + 1) * f, from.height);
        for (int left = 0; left < from.columns; left += STRIP) {
            const int columns = minimum(STRIP, from.columns - left);
            neighbour_counts(from, row, left, columns, sums);
            for (int k = 0, next; k < columns; k = next) {
                const bool one = sums[k] == 0 || sums[k] == 9;
                for (next = k + 1; one && next < columns && sums[next] == sums[k];) ++next;
                const int start = (left + k) * f, end = minimum((left + next) * f, from.width);
                if (!one) {
                    upsample_pixel(from, inside, row, left + k, mask);
                    continue;
                }
                for (int y = row * f; y < bottom; ++y) {
                    memset(mask + (size_t)y * from.width + start, sums[k] != 0, (size_t)(end - start));
                }
            }
        }
    }
}

// OUT mask : [height][width], smoothed by a median of 3 x 3 pixels.
static void upsample_mask(const UpsampleInput& from, uint8_t* mask) {
    const size_t small = (size_t)from.rows * from.columns;
    Arena arena(small + BitRoom::bytes(1, from.rows, from.columns, 1) + BitRoom::bytes(2, from.height, from.width, 0));
    uint8_t* const inside = arena.take<uint8_t>(small);
    const BitRoom room(arena, from.rows, from.columns, 1), large(arena, from.height, from.width, 0);
    const Bits bits = room.take(), full = large.take(), smooth = large.take();
    pack(from.whole, bits);
    grow(room, bits, 1, true, bits);
    unpack(bits, inside);
    enlarge(from, inside, mask);
    pack(mask, full);
    median(full, 1, smooth);
    unpack(smooth, mask);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
