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

// OUT cut, rest: the shadows in a mask of things, and what is left. Only rows near the mask are looked at.
static void take_cast_shadow(const CastShadowInput& whole, const Bits& mask, const Bits& cut, const Bits& rest) {
    constexpr int MASKS = 8, MARGIN = 3;  // rows beside the mask that steps look at
    clear(cut), clear(rest);
    const RowRange some = rows_of(mask.at, mask.height, mask.words());
    if (some.first >= some.last) return;
    const int top = maximum(0, some.first - MARGIN), bottom = minimum(mask.height, some.last + MARGIN);
    const int height = bottom - top, width = mask.width;
    const auto part = [&](const Bits& of) { return Bits{of.at + (size_t)top * of.words(), height, width}; };
    CastShadowInput from = whole;
    const size_t first = 3 * (size_t)top * width;
    from.colours.seen += first, from.colours.ground += first, from.colours.height = height;
    Arena arena(BitRoom::bytes(MASKS, height, width, from.rim) + Regions::bytes(height, width));
    const BitRoom room(arena, height, width, from.rim);
    const Bits small = room.take();
    Regions regions(arena, height, width);
    find_cast_shadow(from, room, regions, part(mask), part(cut));
    spare_small(from, regions, part(mask), part(cut), part(rest), small);
}

// OUT cut, rest : [height][width].
static void cast_shadow(const CastShadowInput& from, uint8_t* cut, uint8_t* rest) {
    const int height = from.colours.height, width = from.colours.width;
    Arena arena(BitRoom::bytes(3, height, width, 0));
    const BitRoom room(arena, height, width, 0);
    const Bits mask = room.take(), found = room.take(), left = room.take();
    pack(from.mask, mask);
    take_cast_shadow(from, mask, found, left);
    unpack(found, cut), unpack(left, rest);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
