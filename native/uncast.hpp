// Shade that nothing proves needs an object that casts it.
#pragma once
#include "runs.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Of each region: doubtful pixels, those of casters and of proven shade, the light of the doubtful, and whether it
// touches the picture's edge.
struct CastSums {
    double *area, *casters, *light;
    uint8_t *edge, *uncast;
};

// OUT sums : of each region.
static void sum_casts(const UncastInput& from, const Regions& regions, const Bits& doubtful, const Bits& casters,
                      const CastSums& sums) {
    regions.count_in(doubtful, sums.area);
    regions.count_in(casters, sums.casters);
    for (size_t k = 0; k < regions.run_count; ++k) {
        const Run run = regions.runs[k];
        const uint64_t* const row = doubtful.at + (size_t)run.row * doubtful.words();
        const float* const line = from.light + (size_t)run.row * from.width;
        double light = 0.0;
        each_part(run.first, run.last, [&](int32_t at, uint64_t bits) {
            for (uint64_t rest = row[at] & bits; rest; rest &= rest - 1) light += line[64 * at + __builtin_ctzll(rest)];
        });
        sums.light[run.component] += light;
        sums.edge[run.component] |=
            run.row == 0 || run.row == from.height - 1 || run.first == 0 || run.last == from.width;
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

// IN OUT doubtful: what of it lies in regions without a caster. IN OUT weak : room.
static void keep_uncast(const UncastInput& from, const BitRoom& room, Regions& regions, const Bits& doubtful,
                        const Bits& casters, const Bits& weak) {
    grow(room, weak, from.reach, false, weak);
    regions.find(weak, true);
    const size_t count = (size_t)regions.count;
    Arena own(2 * (count * 8 + 64) + count + 128);
    double* const light = own.take<double>(2 * count);
    uint8_t* const edge = own.take<uint8_t>(count);
    memset(light, 0, count * sizeof *light), memset(edge, 0, count);
    const CastSums sums{regions.sums, regions.others, light, edge, regions.keep};
    sum_casts(from, regions, doubtful, casters, sums);
    judge_casts(from, sums, count, light + count);
    regions.select(weak);
    each_word(doubtful, [&](size_t k) { return doubtful.at[k] & weak.at[k]; });
}

constexpr int UNCAST_MASKS = 2;  // that `find_uncast` takes

// OUT lighter: doubtful shade that is lighter than the plate; uncast: other doubtful shade without a caster.
static void find_uncast(const UncastInput& from, const BitRoom& room, Regions& regions, const Bits& shadow,
                        const Bits& proven, const Bits& weak, const Bits& lighter, const Bits& uncast) {
    const Bits casters = room.take(), near = room.take();
    each_word(uncast, [&](size_t k) { return shadow.at[k] & ~proven.at[k]; });
    keep_values(uncast, lighter, [&](size_t p, auto v) { return read<decltype(v)>(from.light + p) > 1.0f; });
    each_word(uncast, [&](size_t k) { return uncast.at[k] & ~lighter.at[k]; });
    if (!any(uncast)) return;
    each_word(casters, [&](size_t k) { return (weak.at[k] & ~shadow.at[k]) | lighter.at[k]; });
    open(room, casters, 1, casters);
    grow(room, uncast, from.rim, false, near);
    each_word(casters, [&](size_t k) { return (casters.at[k] & ~near.at[k]) | proven.at[k]; });
    copy(weak, near);
    keep_uncast(from, room, regions, uncast, casters, near);
}

// IN shadow, proven, weak : [height][width]. OUT lighter, uncast : [height][width].
static void uncast_shade(const UncastInput& from, const uint8_t* const* masks, uint8_t* lighter, uint8_t* uncast) {
    const int height = from.height, width = from.width, most = maximum(from.reach, from.rim);
    Arena arena(BitRoom::bytes(5 + UNCAST_MASKS, height, width, most) + Regions::bytes(height, width));
    const BitRoom room(arena, height, width, most);
    const Bits shadow = room.take(), proven = room.take(), weak = room.take();
    const Bits bright = room.take(), without = room.take();
    Regions regions(arena, height, width);
    pack(masks[0], shadow), pack(masks[1], proven), pack(masks[2], weak);
    find_uncast(from, room, regions, shadow, proven, weak, bright, without);
    unpack(bright, lighter), unpack(without, uncast);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
