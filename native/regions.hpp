// Solid regions from a noisy map of evidence: hysteresis, specks, gaps and holes.
#pragma once
#include "median.hpp"
#include "runs.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// IN OUT bits: without holes smaller than `hole`.
static void fill_holes(Regions& room, double hole, const Bits& bits, const Bits& small) {
    room.find(bits, false);
    room.measure(room.sums);
    for (int k = 0; k < room.count; ++k) room.keep[k] = room.sums[k] < hole;
    if (!room.keeps_any()) return;
    room.select(small);
    each_word(bits, [&](size_t k) { return bits.at[k] | small.at[k]; });
}

// What regions must have to be solid.
struct SolidLimits {
    int reach;           // pixels over which gaps are closed
    double least, hole;  // pixels: smallest region and smallest hole that stay
    bool closed;         // whether gaps and holes are closed, and small regions dropped
};

// OUT solid : regions of weak evidence that hold strong evidence, smoothed; if closed, without gaps, holes, and small
// regions. `trust` tells the weight of a pixel, given its row and column. IN OUT weak : room.
template <class Trust>
static void find_solid(const SolidLimits& limits, const BitRoom& room, Regions& regions, const Bits& weak,
                       const Bits& strong, Trust trust, const Bits& solid) {
    regions.find(weak, true);
    regions.keep_with(strong);
    regions.select(weak);
    median(weak, 2, solid);
    if (!limits.closed) return;
    close(room, solid, limits.reach, solid);
    regions.find(solid, true);
    regions.keep_enough(limits.least, trust);
    if (!regions.keeps_all()) regions.select(solid);
    fill_holes(regions, limits.hole, solid, weak);
}

// OUT mask : [height][width].
static void solid_regions(const RegionInput& from, bool closed, uint8_t* mask) {
    const int height = from.height, width = from.width;
    Arena arena(BitRoom::bytes(3, height, width, from.reach) + Regions::bytes(height, width));
    const BitRoom room(arena, height, width, from.reach);
    const Bits weak = room.take(), strong = room.take(), solid = room.take();
    Regions regions(arena, height, width);
    pack_over(from.ratio, 1.0f, weak), pack_over(from.ratio, from.seed, strong);
    const SolidLimits limits{from.reach, from.least, from.hole, closed};
    const float* const trust = from.trust;
    find_solid(
        limits, room, regions, weak, strong, [=](int y, int x) { return trust ? trust[(size_t)y * width + x] : 1.0f; },
        solid);
    unpack(solid, mask);
}

// OUT small : [height][width], small regions of evidence too strong to be noise, away from what is large.
static void find_small(const SmallInput& from, Regions& regions, const Bits& weak, const Bits& large, int* few,
                       const Bits& small) {
    regions.find(weak, true);
    regions.keep_with(large);
    for (int k = 0; k < regions.count; ++k) regions.keep[k] = !regions.keep[k], few[k] = 0;
    for (size_t k = 0; k < regions.run_count; ++k) {
        const Run run = regions.runs[k];
        const int c = run.component;
        if (!regions.keep[c]) continue;
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
        regions.sums[c] += sum;
    }
    for (int c = 0; c < regions.count; ++c) {
        regions.keep[c] &= few[c] >= from.fewest && regions.sums[c] >= from.least;
    }
    regions.select(small);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
