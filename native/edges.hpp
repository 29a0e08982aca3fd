// The edge of a mask: where it is cut, by how much its inside near by differs from the plate.
#pragma once
#include "regions.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The usual difference inside a mask within `reach` pixels; 0 where too little of the mask is there. Raised by `lift`
// of what the ground reaches by itself. IN inside : the mask without its outermost pixels.
static float inner_difference(const InnerInput& from, const uint8_t* inside, int y, int x) {
    int count = 0;
    double sum = 0.0;
    const int across = 2 * from.reach + 1;
    const bool within = x >= from.reach && x + from.reach < from.width;
    for (int dy = -from.reach; dy <= from.reach; ++dy) {
        const size_t line = (size_t)mirrored(y + dy, from.height) * from.width;
        if (within) {
            const uint8_t* const in = inside + line + x - from.reach;
            const float* const difference = from.difference + line + x - from.reach;
            for (int k = 0; k < across; ++k) count += in[k], sum += in[k] ? difference[k] : 0.0f;
            continue;
        }
        for (int dx = -from.reach; dx <= from.reach; ++dx) {
            const int column = x + dx;
            const size_t p = line + (column < 0 || column >= from.width ? mirrored(column, from.width) : column);
            if (!inside[p]) continue;
            ++count;
            sum += from.difference[p];
        }
    }
    const double scale = 1.0 / (across * across);
    const float share = (float)(count * scale);
    if (!(share > from.few)) return 0.0f;
    const float inner = (float)(sum * scale) / share;
    if (!from.ground || !(inner > 0.0f)) return inner;
    return inner + from.lift * from.ground[(size_t)y * from.width + x];
}

// OUT trimmed : [height][width], the mask without pixels within `rim` of its edge that show less object than plate, and
// without small holes.
static void trim_edges(const InnerInput& from, const uint8_t* mask, int rim, double hole, uint8_t* trimmed) {
    const int height = from.height, width = from.width;
    Arena arena(BitRoom::bytes(3, height, width, rim) + RegionRoom::bytes(height, width));
    const BitRoom bit_room(arena, height, width, rim);
    const Bits whole = bit_room.take(), edge = bit_room.take(), inside = bit_room.take();
    const RegionRoom room(arena, height, width);
    pack(mask, whole);
    grow(bit_room, whole, 1, true, inside);
    unpack(inside, trimmed);
    grow(bit_room, whole, rim, true, edge);
    each_word(edge, [&](size_t k) { return whole.at[k] & ~edge.at[k]; });
    memset(room.flags, 0, (size_t)height * width);
    each_pixel(edge, [&](size_t p) {
        const float usual = inner_difference(from, trimmed, (int)(p / width), (int)(p % width));
        room.flags[p] = from.difference[p] < from.edge * usual;
    });
    pack(room.flags, edge);
    each_word(whole, [&](size_t k) { return whole.at[k] & ~edge.at[k]; });
    median(whole, 1, inside);
    fill_holes(room, hole, inside, edge);
    unpack(inside, trimmed);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
