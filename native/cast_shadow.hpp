// Shadows that things cast on one side, taken from the mask of the things.
#pragma once
#include "cast.hpp"
#include "nearest.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// How far pixels of things are from the ground around them, and in which direction it is nearest.
struct Depths {
    float* distances;  // [height][width]
    uint8_t* sectors;  // [height][width]
};

// Marks pixels as near to the outside as the usual depth in their direction, and those within `rim` pixels of it.
static void find_rims(const CastShadowInput& from, const Regions& things, const Depths& depths, const Bits& within,
                      const Bits& shallow) {
    const int width = from.colours.width;
    for (size_t k = 0; k < things.run_count; ++k) {
        const Run run = things.runs[k];
        const float* const row = depths.distances + (size_t)run.row * width;
        double& deepest = things.sums[run.component];
        for (int32_t x = run.first; x < run.last; ++x) deepest = maximum(deepest, (double)row[x]);
    }
    clear(within), clear(shallow);
    for (size_t k = 0; k < things.run_count; ++k) {
        const Run run = things.runs[k];
        const size_t line = (size_t)run.row * width;
        const float deepest = (float)things.sums[run.component];
        each_part(run.first, run.last, [&](int32_t at, uint64_t part) {
            uint64_t in = 0, near = 0;
            for (uint64_t rest = part; rest; rest &= rest - 1) {
                const int bit = __builtin_ctzll(rest);
                const size_t p = line + 64 * (size_t)at + bit;
                in |= (uint64_t)(depths.distances[p] <= from.depth[depths.sectors[p]] * deepest) << bit;
                near |= (uint64_t)(depths.distances[p] <= (float)from.rim) << bit;
            }
            within.at[(size_t)run.row * within.words() + at] |= in;
            shallow.at[(size_t)run.row * shallow.words() + at] |= near;
        });
    }
}

// Nothing is cut from things so small that too little would be left of them. IN OUT cut; OUT rest: what is left.
static void spare_small(const CastShadowInput& from, Regions& regions, const Bits& mask, const Bits& cut,
                        const Bits& rest, const Bits& small) {
    each_word(rest, [&](size_t k) { return mask.at[k] & ~cut.at[k]; });
    regions.find(rest, true);
    regions.measure(regions.sums);
    for (int k = 0; k < regions.count; ++k) regions.keep[k] = regions.sums[k] >= from.least;
    regions.select(rest);
    regions.find(mask, true);
    regions.measure(regions.sums);
    regions.keep_with(rest);
    for (int k = 0; k < regions.count; ++k) regions.keep[k] = !regions.keep[k] && regions.sums[k] < from.small;
    regions.select(small);
    each_word(cut, [&](size_t k) { return cut.at[k] & ~small.at[k]; });
    each_word(rest, [&](size_t k) { return rest.at[k] | small.at[k]; });
}

// OUT cut: the shadows in a mask of things. `room` has seven masks left.
static void find_cast_shadow(const CastShadowInput& from, const BitRoom& room, Regions& regions, const Bits& mask,
                             const Bits& cut) {
    const int height = from.colours.height, width = from.colours.width;
    const size_t pixels = (size_t)height * width, padded = (size_t)(height + 2 * PADDING) * (width + 2 * PADDING);
    const Bits alike = room.take(), darker = room.take(), within = room.take(), shallow = room.take();
    const Bits near = room.take(), rest = room.take(), wide = room.take();
    Arena maps(2 * pixels * sizeof(float) + pixels + 2 * padded * sizeof(int32_t) + 320);
    find_cast(from.colours, mask, maps.take<float>(pixels), alike, darker);
    regions.find(mask, true);
    const Depths depths{maps.take<float>(pixels), maps.take<uint8_t>(pixels)};
    int32_t *const paths = maps.take<int32_t>(padded), *const sources = maps.take<int32_t>(padded);
    nearest_outside(regions.runs, regions.run_count, height, width, paths, sources, depths.distances, depths.sectors);
    find_rims(from, regions, depths, within, shallow);
    regions.find(alike, true, 0);
    regions.keep_with(shallow);
    regions.select(cut);
    each_word(cut, [&](size_t k) { return cut.at[k] & within.at[k]; });
    if (!any(cut)) return;
    close(room, cut, 1, cut);
    open(room, cut, 1, cut);
    each_word(cut, [&](size_t k) { return cut.at[k] & mask.at[k]; });
    grow(room, cut, from.rim, false, near);
    each_word(cut, [&](size_t k) { return cut.at[k] | (within.at[k] & near.at[k] & shallow.at[k] & darker.at[k]); });
    each_word(rest, [&](size_t k) { return mask.at[k] & ~cut.at[k]; });
    open(room, rest, 1, wide);
    each_word(cut, [&](size_t k) { return cut.at[k] | (rest.at[k] & near.at[k] & ~wide.at[k]); });
}

// The same input for rows `top` to `bottom` - 1.
static CastShadowInput rows_of(const CastShadowInput& from, int top, int bottom) {
    CastShadowInput part = from;
    const size_t first = (size_t)top * from.colours.width;
    part.mask += first, part.colours.seen += 3 * first, part.colours.ground += 3 * first;
    part.colours.height = bottom - top;
    return part;
}

// OUT cut, rest : [height][width].
static void cast_shadow(const CastShadowInput& whole, uint8_t* cut, uint8_t* rest) {
    constexpr int MASKS = 11, MARGIN = 3;  // rows beside the mask that steps look at
    const int height = whole.colours.height, width = whole.colours.width;
    const size_t pixels = (size_t)height * width;
    memset(cut, 0, pixels), memset(rest, 0, pixels);
    const uint8_t* const some = (const uint8_t*)memchr(whole.mask, 1, pixels);
    if (!some) return;
    int last = height - 1;
    while (!memchr(whole.mask + (size_t)last * width, 1, (size_t)width)) --last;
    const int top = maximum(0, (int)((some - whole.mask) / width) - MARGIN);
    const int bottom = minimum(height, last + MARGIN + 1);
    const CastShadowInput from = rows_of(whole, top, bottom);
    Arena arena(BitRoom::bytes(MASKS, bottom - top, width, from.rim) + Regions::bytes(bottom - top, width));
    const BitRoom room(arena, bottom - top, width, from.rim);
    const Bits mask = room.take(), found = room.take(), left = room.take(), small = room.take();
    Regions regions(arena, bottom - top, width);
    pack(from.mask, mask);
    find_cast_shadow(from, room, regions, mask, found);
    spare_small(from, regions, mask, found, left, small);
    unpack(found, cut + (size_t)top * width), unpack(left, rest + (size_t)top * width);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
