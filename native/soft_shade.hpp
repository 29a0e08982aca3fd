// Soft shade: ground that keeps most of its light, by colours less what fog adds to all of them.
#pragma once
#include "bits.hpp"
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

// Takes a level off each channel, as far as it is there.
static void without_veil(const uint8_t* pixels, size_t count, const uint8_t* veil, uint8_t* __restrict out) {
    constexpr int PERIOD = 48;  // bytes after which channels and vectors begin together
    uint8_t least[PERIOD];
    for (int k = 0; k < PERIOD; ++k) least[k] = veil[k % 3];
    size_t at = 0;
    for (; at + PERIOD <= 3 * count; at += PERIOD) {
        for (int k = 0; k < PERIOD; ++k) out[at + k] = pixels[at + k] > least[k] ? pixels[at + k] - least[k] : 0;
    }
    for (; at < 3 * count; ++at) out[at] = pixels[at] > veil[at % 3] ? pixels[at] - veil[at % 3] : 0;
}

// OUT soft : [height][width], without parts narrower than 3 pixels; light : the frame's as a share of the plate's
// there, 0 elsewhere.
static void soft_shade(const SoftInput& from, uint8_t* soft, float* light) {
    const size_t pixels = (size_t)from.height * from.width;
    bool some = false;
    for (size_t p = 0; p < pixels; ++p) some |= soft[p] = (from.ratio[p] > 1.0f) & (from.level[p] > from.clear);
    if (!some) {
        memset(light, 0, pixels * sizeof *light);
        return;
    }
    Arena arena(8 * pixels + BitRoom::bytes(1, from.height, from.width, 1) + 256);
    uint8_t *const seen = arena.take<uint8_t>(3 * pixels), *const ground = arena.take<uint8_t>(3 * pixels);
    uint8_t *const alike = arena.take<uint8_t>(pixels), *const darker = arena.take<uint8_t>(pixels);
    const uint8_t veil[3] = {darkest(from, 0), darkest(from, 1), darkest(from, 2)};
    without_veil(from.seen, pixels, veil, seen), without_veil(from.ground, pixels, veil, ground);
    constexpr float white[3] = {1.0f, 1.0f, 1.0f};
    cast_colours({seen, ground, soft, white, from.height, from.width, from.dark, from.change, from.levels, from.flat,
                  from.deepest, from.brightest},
                 light, alike, darker);
    const BitRoom room(arena, from.height, from.width, 1);
    const Bits bits = room.take();
    pack(alike, bits);
    open(room, bits, 1, bits);
    unpack(bits, soft);
    memset(light, 0, pixels * sizeof *light);
    each_pixel(bits, [&](size_t p) {
        const uint8_t *const i = from.seen + 3 * p, *const b = from.ground + 3 * p;
        light[p] = ((float)(i[0] + i[1] + i[2]) + 3.0f * from.dark) / ((float)(b[0] + b[1] + b[2]) + 3.0f * from.dark);
    });
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
