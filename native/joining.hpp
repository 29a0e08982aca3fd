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

// Where either of two maps is above 1; the second may be null. OUT bits : [height][words].
static void pack_weak(const float* ratio, const float* faint, int height, int width, uint64_t* bits) {
    const int words = (width + 63) / 64;
    uint8_t flags[64];
    for (int y = 0; y < height; ++y) {
        for (int k = 0; k < words; ++k) {
            const size_t start = (size_t)y * width + 64 * (size_t)k;
            const int count = minimum(64, width - 64 * k);
            for (int x = 0; x < count; ++x) flags[x] = ratio[start + x] > 1.0f;
            for (int x = 0; faint && x < count; ++x) flags[x] |= faint[start + x] > 1.0f;
            memset(flags + count, 0, (size_t)(64 - count));
            bits[(size_t)y * words + k] = pack_word(flags);
        }
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
