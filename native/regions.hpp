// Solid regions from a noisy map of evidence: hysteresis, specks, gaps and holes.
#pragma once
#include "bits.hpp"
#include "components.hpp"
#include "median.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Room to find the regions of masks of one size in.
struct RegionRoom {
    int height, width;
    uint8_t* flags;  // [height][width]
    Run* runs;
    double* sums;   // one of each region
    uint8_t* keep;  // one of each region
    RegionRoom(Arena& arena, int h, int w) : height(h), width(w) {
        flags = arena.take<uint8_t>((size_t)h * w);
        runs = arena.take<Run>((size_t)h * ((w + 1) / 2) + 1);
        sums = arena.take<double>((size_t)h * ((w + 1) / 2) + 1);
        keep = arena.take<uint8_t>((size_t)h * ((w + 1) / 2) + 1);
    }
    static size_t bytes(int h, int w) {
        return (size_t)h * w + ((size_t)h * ((w + 1) / 2) + 1) * (sizeof(Run) + 9) + 256;
    }
    // The regions of the flags that are `value`, with eight neighbours; their sums are set to 0.
    ComponentCounts label(int value) const {
        const ComponentCounts found = label_components(flags, height, width, value, 1, runs);
        for (int k = 0; k < found.components; ++k) sums[k] = 0.0;
        return found;
    }
    // OUT bits: the regions to keep.
    void select(const ComponentCounts& found, const Bits& bits) const {
        memset(flags, 0, (size_t)height * width);
        fill_components(runs, found.runs, keep, width, flags);
        pack(flags, bits);
    }
};

// IN OUT bits: without holes smaller than `hole`.
static void fill_holes(const RegionRoom& room, double hole, const Bits& bits, const Bits& small) {
    unpack(bits, room.flags);
    const ComponentCounts found = room.label(0);
    count_pixels(room.runs, found.runs, nullptr, room.width, room.sums);
    bool some = false;
    for (int k = 0; k < found.components; ++k) some |= room.keep[k] = room.sums[k] < hole;
    if (!some) return;
    room.select(found, small);
    each_word(bits, [&](size_t k) { return bits.at[k] | small.at[k]; });
}

// OUT mask : [height][width], regions of weak evidence that hold strong evidence, smoothed; if `closed`, without gaps,
// holes, and small regions.
static void solid_regions(const RegionInput& from, bool closed, uint8_t* mask) {
    const int height = from.height, width = from.width;
    const size_t pixels = (size_t)height * width;
    Arena arena(BitRoom::bytes(2, height, width, from.reach) + RegionRoom::bytes(height, width));
    const BitRoom bit_room(arena, height, width, from.reach);
    const Bits bits = bit_room.take(), other = bit_room.take();
    const RegionRoom room(arena, height, width);
    for (size_t p = 0; p < pixels; ++p) room.flags[p] = from.ratio[p] > 1.0f;
    ComponentCounts found = room.label(1);
    memset(room.keep, 0, (size_t)found.components);
    for (int k = 0; k < found.runs; ++k) {
        const Run run = room.runs[k];
        const float* const line = from.ratio + (size_t)run.row * width;
        for (int32_t x = run.first; x < run.last && !room.keep[run.component]; ++x) {
            room.keep[run.component] = line[x] > from.seed;
        }
    }
    room.select(found, bits);
    median(bits, 2, other);
    if (closed) {
        close(bit_room, other, from.reach, other);
        unpack(other, room.flags);
        found = room.label(1);
        if (from.trust)
            sum_values(room.runs, found.runs, from.trust, width, room.sums);
        else
            count_pixels(room.runs, found.runs, nullptr, width, room.sums);
        for (int k = 0; k < found.components; ++k) room.keep[k] = room.sums[k] >= from.least;
        room.select(found, other);
        fill_holes(room, from.hole, other, bits);
    }
    unpack(other, mask);
}

// OUT mask : [height][width], small regions of evidence too strong to be noise, away from what is `large`.
static void small_regions(const SmallInput& from, uint8_t* mask) {
    const size_t pixels = (size_t)from.height * from.width;
    Arena arena(RegionRoom::bytes(from.height, from.width) + pixels * 2 + 128);
    const RegionRoom room(arena, from.height, from.width);
    for (size_t p = 0; p < pixels; ++p) room.flags[p] = from.ratio[p] > 1.0f;
    const ComponentCounts found = room.label(1);
    uint8_t* const few = arena.take<uint8_t>((size_t)found.components);
    memset(room.keep, 1, (size_t)found.components), memset(few, 0, (size_t)found.components);
    for (int k = 0; k < found.runs; ++k) {
        const Run run = room.runs[k];
        const size_t line = (size_t)run.row * from.width;
        if (memchr(from.large + line + run.first, 1, (size_t)(run.last - run.first))) room.keep[run.component] = 0;
    }
    for (int k = 0; k < found.runs; ++k) {
        const Run run = room.runs[k];
        const int c = run.component;
        if (!room.keep[c]) continue;
        const size_t line = (size_t)run.row * from.width;
        double sum = 0.0;
        for (int32_t x = run.first; x < run.last; ++x) {
            const size_t p = line + x;
            float certain = from.level[p] / from.noise[p];
            if (from.risen && from.risen[p]) certain = minimum(certain, from.ratio[p]);
            const float strength = certain / from.seed;
            sum += strength * strength;
            if (from.ratio[p] > from.seed && certain > from.clear && few[c] < from.fewest) ++few[c];
        }
        room.sums[c] += sum;
    }
    for (int c = 0; c < found.components; ++c) {
        room.keep[c] &= few[c] >= from.fewest && room.sums[c] >= from.least;
    }
    memset(mask, 0, pixels);
    fill_components(room.runs, found.runs, room.keep, from.width, mask);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
