// The edge of a mask: where it is cut, by how much its inside near by differs from the plate.
#pragma once
#include "regions.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The usual difference inside a mask within `reach` pixels; 0 where too little of the mask is there. Raised by `lift`
// of what the ground reaches by itself. IN inside : the mask without its outermost pixels.
static float inner_difference(const InnerInput& from, const Bits& inside, int y, int x) {
    int count = 0;
    double sum = 0.0;
    const int across = 2 * from.reach + 1;
    const bool within = x >= from.reach && x + from.reach < from.width;
    for (int dy = -from.reach; dy <= from.reach; ++dy) {
        const int row = mirrored(y + dy, from.height);
        const float* const line = from.difference + (size_t)row * from.width;
        if (within) {
            each_part(x - from.reach, x + from.reach + 1, [&](int32_t at, uint64_t bits) {
                uint64_t rest = inside.at[(size_t)row * inside.words() + at] & bits;
                for (count += bits_set(rest); rest; rest &= rest - 1) sum += line[64 * at + __builtin_ctzll(rest)];
            });
            continue;
        }
        for (int dx = -from.reach; dx <= from.reach; ++dx) {
            const int column = mirrored(x + dx, from.width);
            if (!is_set(inside, row, column)) continue;
            ++count;
            sum += line[column];
        }
    }
    const double scale = 1.0 / (across * across);
    const float share = (float)(count * scale);
    if (!(share > from.few)) return 0.0f;
    const float inner = (float)(sum * scale) / share;
    if (!from.ground || !(inner > 0.0f)) return inner;
    return inner + from.lift * from.ground[(size_t)y * from.width + x];
}

constexpr int TRIM_MASKS = 2;  // that `trim` takes

// OUT trimmed : the mask without pixels within `rim` of its edge that show less object than plate, and without small
// holes.
static void trim(const InnerInput& from, const BitRoom& room, Regions& regions, const Bits& mask, int rim, double hole,
                 const Bits& trimmed) {
    const Bits edge = room.take(), inside = room.take();
    grow(room, mask, 1, true, inside);
    grow(room, mask, rim, true, edge);
    each_word(edge, [&](size_t k) { return mask.at[k] & ~edge.at[k]; });
    keep_pixels(edge, edge, [&](size_t p) {
        const float usual = inner_difference(from, inside, (int)(p / from.width), (int)(p % from.width));
        return from.difference[p] < from.edge * usual;
    });
    each_word(edge, [&](size_t k) { return mask.at[k] & ~edge.at[k]; });
    median(edge, 1, trimmed);
    fill_holes(regions, hole, trimmed, edge);
}

// OUT trimmed : [height][width].
static void trim_edges(const InnerInput& from, const uint8_t* mask, int rim, double hole, uint8_t* trimmed) {
    const int height = from.height, width = from.width;
    Arena arena(BitRoom::bytes(4, height, width, rim) + Regions::bytes(height, width));
    const BitRoom room(arena, height, width, rim);
    const Bits whole = room.take(), out = room.take();
    Regions regions(arena, height, width);
    pack(mask, whole);
    trim(from, room, regions, whole, rim, hole, out);
    unpack(out, trimmed);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
