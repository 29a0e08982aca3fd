// Soft shade: ground that keeps most of its light, by colours less what fog adds to all of them.
#pragma once
#include "cast.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// What fog adds to red, green and blue.
struct Veil {
    uint8_t level[3];
};

// The levels of the channels below which a share of the plate's pixels lies, of every `every`-th row and column.
static Veil darkest(const SoftInput& from) {
    int counts[3][256] = {}, count = 0;
    for (int y = 0; y < from.height; y += from.every) {
        const uint8_t* const line = from.ground + 3 * (size_t)y * from.width;
        for (int x = 0; x < from.width; x += from.every, ++count) {
            for (int c = 0; c < 3; ++c) ++counts[c][line[3 * (size_t)x + c]];
        }
    }
    Veil veil{};
    for (int c = 0; c < 3; ++c) {
        int place = (int)(from.veil * count);
        for (; place >= counts[c][veil.level[c]]; ++veil.level[c]) place -= counts[c][veil.level[c]];
    }
    return veil;
}

// Takes a level off each channel of the words of a picture that are looked at, as far as it is there.
static void without_veil(const uint8_t* pixels, const Bits& where, const Veil& veil, uint8_t* __restrict out) {
    constexpr int BYTES = 3 * 64;
    uint8_t least[BYTES];
    for (int k = 0; k < BYTES; ++k) least[k] = veil.level[k % 3];
    const auto take = [&](size_t start, int bytes) {
        for (int at = 0; at < bytes; ++at) {
            const uint8_t level = pixels[start + at];
            out[start + at] = level > least[at] ? level - least[at] : 0;
        }
    };
    for (int y = 0; y < where.height; ++y) {
        for (int k = 0; k < where.words(); ++k) {
            if (!where.at[(size_t)y * where.words() + k]) continue;
            const size_t start = 3 * ((size_t)y * where.width + 64 * (size_t)k);
            if (64 * k + 64 <= where.width)
                take(start, BYTES);
            else
                take(start, 3 * (where.width - 64 * k));
        }
    }
}

constexpr int SOFT_MASKS = 2;  // that `find_soft` takes

// OUT soft: ground in soft shade among the pixels of `where`, without parts narrower than 3 pixels; light : [height]
// [width], the frame's as a share of the plate's there.
static void find_soft(const SoftInput& from, const Veil& veil, const BitRoom& room, const Bits& where, const Bits& soft,
                      float* light) {
    clear(soft);
    if (!any(where)) return;
    const size_t pixels = (size_t)from.height * from.width;
    Arena arena(6 * pixels + pixels * sizeof(float) + 192);
    uint8_t *const seen = arena.take<uint8_t>(3 * pixels), *const ground = arena.take<uint8_t>(3 * pixels);
    float* const shares = arena.take<float>(pixels);
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
    keep_values(where, where, [=](size_t p, auto v) { return read<decltype(v)>(level + p) > clear; });
    memset(light, 0, (size_t)from.height * from.width * sizeof *light);
    find_soft(from, darkest(from), room, where, found, light);
    unpack(found, soft);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
