// Evidence of a frame and of its neighbours, pixel by pixel.
#pragma once
#include "bits.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Faint evidence where it persists and is more. OUT joined, risen : [pixels].
static void join_faint(const float* ratio, const float* faint, const uint8_t* lasting, size_t pixels,
                       float* __restrict joined, uint8_t* __restrict risen) {
    for (size_t p = 0; p < pixels; ++p) risen[p] = lasting[p] & (faint[p] > ratio[p]);
    for (size_t p = 0; p < pixels; ++p) joined[p] = risen[p] ? faint[p] : ratio[p];
}

// The weight of each pixel in a region's size. IN risen : null for nowhere. OUT trust : [pixels].
static void weigh_pixels(const TrustInput& from, size_t pixels, float* __restrict trust) {
    for (size_t p = 0; p < pixels; ++p) trust[p] = from.quietness[p] * minimum(1.0f, from.level[p] / from.sure[p]);
    if (!from.risen) return;
    for (size_t p = 0; p < pixels; ++p) {
        const float faint = from.quietness[p] * from.quietness[p] * minimum(1.0f, from.ratio[p] / from.seed);
        trust[p] = from.risen[p] ? faint : trust[p];
    }
}

// Where either of two rows is above 1; the second may be null. OUT bits : [words].
static void pack_weak_row(const float* ratio, const float* faint, int width, uint64_t* bits) {
    for (int first = 0; first < width; first += 64) {
        const int count = minimum(64, width - first);
        const uint64_t own = word_over(ratio + first, count, 1.0f);
        bits[first / 64] = faint ? own | word_over(faint + first, count, 1.0f) : own;
    }
}

// Where either of two maps is above 1; the second may be null. OUT bits : [height][words].
static void pack_weak(const float* ratio, const float* faint, int height, int width, uint64_t* bits) {
    const size_t words = ((size_t)width + 63) / 64;
    for (int y = 0; y < height; ++y) {
        const size_t start = (size_t)y * width;
        pack_weak_row(ratio + start, faint ? faint + start : nullptr, width, bits + y * words);
    }
}

// What squares of these radii, each larger than the last, fit into one after another, each grown by its side less 1.
// OUT near : [height][words].
static void grow_by_width(const uint64_t* bits, int height, int width, const int32_t* radii, int count,
                          uint64_t* near) {
    const int most = count ? 2 * radii[count - 1] : 1;
    Arena arena(BitRoom::bytes(2, height, width, most));
    const BitRoom room(arena, height, width, most);
    const Bits wide = room.take(), grown = room.take(), out{near, height, width};
    memcpy(wide.at, bits, wide.size() * sizeof *bits);
    memset(near, 0, wide.size() * sizeof *near);
    for (int k = 0; k < count; ++k) {
        open(room, wide, radii[k], wide);
        if (!any(wide)) return;
        grow(room, wide, 2 * radii[k], false, grown);
        each_word(out, [&](size_t at) { return out.at[at] | grown.at[at]; });
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
