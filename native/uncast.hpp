// Shade that nothing proves needs an object that casts it.
#pragma once
#include "bits.hpp"
#include "components.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Of each region: doubtful pixels, those of casters and of proven shade, the light of the doubtful, and whether it
// touches the picture's edge.
struct CastSums {
    double *area, *casters, *light;
    uint8_t *edge, *uncast;
};

static void sum_casts(const UncastInput& from, const Run* runs, size_t count, const uint8_t* doubtful,
                      const uint8_t* casters, const CastSums& sums) {
    for (size_t k = 0; k < count; ++k) {
        const Run run = runs[k];
        const size_t line = (size_t)run.row * from.width;
        double light = 0.0;
        int32_t area = 0, there = 0;
        for (int32_t x = run.first; x < run.last; ++x) {
            area += doubtful[line + x], there += casters[line + x];
            if (doubtful[line + x]) light += from.light[line + x];
        }
        const int c = run.component;
        sums.area[c] += area, sums.casters[c] += there, sums.light[c] += light;
        sums.edge[c] |= run.row == 0 || run.row == from.height - 1 || run.first == 0 || run.last == from.width;
    }
}

static double median_of(double* values, size_t count) {
    for (size_t k = 1; k < count; ++k) {
        for (size_t j = k; j && values[j - 1] > values[j]; --j) {
            const double other = values[j];
            values[j] = values[j - 1], values[j - 1] = other;
        }
    }
    return (values[(count - 1) / 2] + values[count / 2]) / 2.0;
}

// OUT sums.uncast : [count], regions with too little that casts, but for those at the edge in the light of the others.
static void judge_casts(const UncastInput& from, const CastSums& sums, size_t count, double* usual) {
    size_t cast = 0;
    for (size_t k = 0; k < count; ++k) {
        sums.uncast[k] = sums.casters[k] < (double)from.caster_area * sums.area[k];
        sums.light[k] /= maximum(sums.area[k], 1.0);
        if (!sums.uncast[k] && sums.area[k] > 0.0) usual[cast++] = sums.light[k];
    }
    if (!cast) return;
    const double middle = median_of(usual, cast);
    for (size_t k = 0; k < count; ++k) {
        const double off = sums.light[k] - middle;
        sums.uncast[k] &= (off < 0.0 ? -off : off) > (double)from.spread * middle || !sums.edge[k];
    }
}

// IN OUT doubtful : what of it lies in regions without a caster.
static void keep_uncast(const UncastInput& from, const BitRoom& room, const Bits& doubtful, const Bits& casters,
                        const Bits& weak) {
    const size_t pixels = (size_t)from.height * from.width, most = (size_t)from.height * ((from.width + 1) / 2);
    Arena own(3 * pixels + most * (sizeof(Run) + 34) + 1024);
    uint8_t *const flags = own.take<uint8_t>(pixels), *const marked = own.take<uint8_t>(pixels);
    uint8_t* const there = own.take<uint8_t>(pixels);
    Run* const runs = own.take<Run>(most);
    grow(room, weak, from.reach, false, weak);
    unpack(weak, flags), unpack(doubtful, marked), unpack(casters, there);
    const ComponentCounts found = label_components(flags, from.height, from.width, 1, 1, runs);
    const size_t count = (size_t)found.components;
    double* const zero = own.take<double>(3 * count);
    uint8_t* const none = own.take<uint8_t>(2 * count);
    memset(zero, 0, 3 * count * sizeof *zero), memset(none, 0, 2 * count);
    const CastSums sums{zero, zero + count, zero + 2 * count, none, none + count};
    sum_casts(from, runs, found.runs, marked, there, sums);
    judge_casts(from, sums, count, own.take<double>(count));
    memset(flags, 0, pixels);
    fill_components(runs, found.runs, sums.uncast, from.width, flags);
    pack(flags, weak);
    each_word(doubtful, [&](size_t k) { return doubtful.at[k] & weak.at[k]; });
}

// OUT lighter : [height][width], doubtful shade that is lighter than the plate; uncast : other doubtful shade without a
// caster.
static void find_uncast(const UncastInput& from, uint8_t* lighter, uint8_t* uncast) {
    const size_t pixels = (size_t)from.height * from.width;
    const int most = maximum(from.reach, from.rim);
    Arena arena(BitRoom::bytes(6, from.height, from.width, most) + 64);
    const BitRoom room(arena, from.height, from.width, most);
    const Bits shadow = room.take(), proven = room.take(), weak = room.take();
    const Bits doubtful = room.take(), light = room.take(), casters = room.take();
    pack(from.shadow, shadow), pack(from.proven, proven), pack(from.weak, weak);
    each_word(doubtful, [&](size_t k) { return shadow.at[k] & ~proven.at[k]; });
    memset(lighter, 0, pixels);
    each_pixel(doubtful, [&](size_t p) { lighter[p] = from.light[p] > 1.0f; });
    pack(lighter, light);
    each_word(doubtful, [&](size_t k) { return doubtful.at[k] & ~light.at[k]; });
    if (any(doubtful)) {
        each_word(casters, [&](size_t k) { return (weak.at[k] & ~shadow.at[k]) | light.at[k]; });
        open(room, casters, 1, casters);
        grow(room, doubtful, from.rim, false, light);
        each_word(casters, [&](size_t k) { return (casters.at[k] & ~light.at[k]) | proven.at[k]; });
        keep_uncast(from, room, doubtful, casters, weak);
    }
    unpack(doubtful, uncast);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
