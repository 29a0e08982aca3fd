// Soft shade: ground that keeps most of its light, by colours less what fog adds to all of them.
#pragma once
#include "cast.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The level of a channel below which a share of the plate's pixels lies, of every `every`-th row and column.
static uint8_t darkest(const SoftInput& from, int channel) {
    int counts[256] = {}, count = 0;
    for (int y = 0; y < from.height; y += from.every) {
        const uint8_t* const line = from.ground + 3 * (size_t)y * from.width + channel;
        for (int x = 0; x < from.width; x += from.every, ++count) ++counts[line[3 * (size_t)x]];
    }
    int level = 0;
    for (int place = (int)(from.veil * count); place >= counts[level]; ++level) place -= counts[level];
    return (uint8_t)level;
}

// Takes a level off each channel of the words of a picture that are looked at, as far as it is there.
static void without_veil(const uint8_t* pixels, const Bits& where, const uint8_t* veil, uint8_t* __restrict out) {
    constexpr int BYTES = 3 * 64;
    uint8_t least[BYTES];
    for (int k = 0; k < BYTES; ++k) least[k] = veil[k % 3];
    for (int y = 0; y < where.height; ++y) {
        for (int k = 0; k < where.words(); ++k) {
            if (!where.at[(size_t)y * where.words() + k]) continue;
            const size_t start = 3 * ((size_t)y * where.width + 64 * (size_t)k);
            const int bytes = 3 * minimum(64, where.width - 64 * k);
            for (int at = 0; at < bytes; ++at) {
                const uint8_t level = pixels[start + at];
                out[start + at] = level > least[at] ? level - least[at] : 0;
            }
        }
    }
}

constexpr int SOFT_MASKS = 2;  // that `find_soft` takes

// OUT soft: ground in soft shade among the pixels of `where`, without parts narrower than 3 pixels; light : [height]
// [width], the frame's as a share of the plate's there.
static void find_soft(const SoftInput& from, const BitRoom& room, const Bits& where, const Bits& soft, float* light) {
    clear(soft);
    if (!any(where)) return;
    const size_t pixels = (size_t)from.height * from.width;
    Arena arena(6 * pixels + pixels * sizeof(float) + 192);
    uint8_t *const seen = arena.take<uint8_t>(3 * pixels), *const ground = arena.take<uint8_t>(3 * pixels);
    float* const shares = arena.take<float>(pixels);
    const uint8_t veil[3] = {darkest(from, 0), darkest(from, 1), darkest(from, 2)};
    without_veil(from.seen, where, veil, seen), without_veil(from.ground, where, veil, ground);
    constexpr float white[3] = {1.0f, 1.0f, 1.0f};
    const Bits alike = room.take(), darker = room.take();
    find_cast({seen, ground, white, from.height, from.width, from.dark, from.change, from.levels, from.flat,
               from.deepest, from.brightest},
              where, shares, alike, darker);
    open(room, alike, 1, soft);
    each_pixel(soft, [&](size_t p) {
        const uint8_t *const i = from.seen + 3 * p, *const b = from.ground + 3 * p;
        light[p] = ((float)(i[0] + i[1] + i[2]) + 3.0f * from.dark) / ((float)(b[0] + b[1] + b[2]) + 3.0f * from.dark);
    });
}

// OUT soft, light : [height][width], the latter 0 elsewhere.
static void soft_shade(const SoftInput& from, const float* ratio, const float* level, float clear, uint8_t* soft,
                       float* light) {
    Arena arena(BitRoom::bytes(2 + SOFT_MASKS, from.height, from.width, 1));
    const BitRoom room(arena, from.height, from.width, 1);
    const Bits where = room.take(), found = room.take();
    pack_over(ratio, 1.0f, where);
    keep_pixels(where, where, [=](size_t p) { return level[p] > clear; });
    memset(light, 0, (size_t)from.height * from.width * sizeof *light);
    find_soft(from, room, where, found, light);
    unpack(found, soft);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
