// Small regions, cut out of the frame at its own size by where it differs most from the plate.
#pragma once
#include "pieces.hpp"
#include "upsample_mask.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Rows and columns of a region at the frame's size, the last ones excluded.
struct Box {
    int top, bottom, left, right;
    size_t area(int around) const { return (size_t)(bottom - top + 2 * around) * (size_t)(right - left + 2 * around); }
};

// The boxes of regions of a mask that is smaller by `factor`.
static void find_boxes(const Regions& regions, int factor, int height, int width, Box* boxes) {
    for (int k = 0; k < regions.count; ++k) boxes[k] = {height, 0, width, 0};
    for (size_t k = 0; k < regions.run_count; ++k) {
        const Run run = regions.runs[k];
        Box& box = boxes[run.component];
        box.top = minimum(box.top, run.row * factor), box.left = minimum(box.left, run.first * factor);
        box.bottom = maximum(box.bottom, minimum((run.row + 1) * factor, height));
        box.right = maximum(box.right, minimum(run.last * factor, width));
    }
}

static inline void take_larger(const int16_t* other, int count, int16_t* larger) {
    for (int k = 0; k < count; ++k) larger[k] = larger[k] > other[k] ? larger[k] : other[k];
}

// The largest sums within `around` pixels. OUT across : [height + 2 · around][width]; largest : [height][width].
static void largest_around(const int16_t* sums, int height, int width, int around, int16_t* across, int16_t* largest) {
    const int rows = height + 2 * around, columns = width + 2 * around;
    for (int y = 0; y < rows; ++y) {
        const int16_t* const from = sums + (size_t)y * columns;
        int16_t* const to = across + (size_t)y * width;
        memcpy(to, from, (size_t)width * sizeof *to);
        for (int k = 1; k <= 2 * around; ++k) take_larger(from + k, width, to);
    }
    memcpy(largest, across, (size_t)height * width * sizeof *largest);
    for (int k = 1; k <= 2 * around; ++k) take_larger(across + (size_t)k * width, height * width, largest);
}

// Calls `visit` with the runs of a mask, smaller by `factor`, within rows `top` to `bottom` - 1 and such columns of the
// frame: row, first column, and the one after the last.
template <class Visit>
static inline void each_near(const Bits& near, int factor, int top, int bottom, int left, int right, Visit visit) {
    for (int y = top; y < bottom; ++y) {
        const uint64_t* const row = near.at + (size_t)(y / factor) * near.words();
        for (int32_t first = next_pixel(row, left / factor, near.width, 0); first < near.width;) {
            if (first * factor >= right) break;
            const int32_t last = next_pixel(row, first, near.width, ~(uint64_t)0);
            visit(y, maximum(left, first * factor), minimum(right, last * factor));
            first = next_pixel(row, last, near.width, 0);
        }
    }
}

// Sums of the channels' differences in a box and `around` it: 0 away from the mask `near`, and beyond the picture.
static void fill_sums(const UpsampleInput& from, const Bits& near, const Box& box, int around, int16_t* sums) {
    const int columns = box.right - box.left + 2 * around;
    memset(sums, 0, box.area(around) * sizeof *sums);
    const int top = maximum(0, box.top - around), bottom = minimum(from.height, box.bottom + around);
    const int left = maximum(0, box.left - around), right = minimum(from.width, box.right + around);
    each_near(near, from.factor, top, bottom, left, right, [&](int y, int first, int last) {
        int16_t* const to = sums + (ptrdiff_t)(y - box.top + around) * columns + around - box.left;
        for (int x = first; x < last; ++x) to[x] = (int16_t)summed_difference(from, (size_t)y * from.width + x);
    });
}

// Of the pixels in and beside small regions, adds those to the mask whose difference is more than a part of the largest
// near by. `room` is of the small size.
static void cut_out(const FinishInput& from, const BitRoom& room, const Bits& small, const Bits& mask) {
    constexpr float THIRD = 1.0f / 3.0f;  // as of `kernels.difference`
    const UpsampleInput& up = from.up;
    const int f = up.factor, around = from.around;
    const Bits near = room.take();
    grow(room, small, 1, false, near);
    convert_where(from.pieces, near, f);
    Arena own(Regions::bytes(up.rows, up.columns));
    Regions regions(own, up.rows, up.columns);
    regions.find(near, true);
    Arena more((size_t)regions.count * sizeof(Box) + 64);
    Box* const boxes = more.take<Box>((size_t)regions.count);
    find_boxes(regions, f, up.height, up.width, boxes);
    size_t most = 0;
    for (int k = 0; k < regions.count; ++k) most = maximum(most, boxes[k].area(around));
    Arena maps(3 * (most * sizeof(int16_t) + 64));
    int16_t *const sums = maps.take<int16_t>(most), *const across = maps.take<int16_t>(most),
                   *const largest = maps.take<int16_t>(most);
    for (int k = 0; k < regions.count; ++k) {
        const Box box = boxes[k];
        const int columns = box.right - box.left, wide = columns + 2 * around;
        fill_sums(up, near, box, around, sums);
        largest_around(sums, box.bottom - box.top, columns, around, across, largest);
        each_near(near, f, box.top, box.bottom, box.left, box.right, [&](int y, int first, int last) {
            const int16_t* const own = sums + (ptrdiff_t)(y - box.top + around) * wide + around - box.left;
            const int16_t* const peak = largest + (ptrdiff_t)(y - box.top) * columns - box.left;
            uint64_t* const row = mask.at + (size_t)y * mask.words();
            for (int x = first; x < last; ++x) {
                const bool set = THIRD * (float)own[x] > from.part * (THIRD * (float)peak[x]);
                row[x / 64] |= (uint64_t)set << (x % 64);
            }
        });
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
