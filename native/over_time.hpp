// Masks of frames in a row: what lasts, and what flickers.
#pragma once
#include "joining.hpp"
#include "runs.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// What all masks of some run of consecutive frames around frame `here` have, but for its own. IN bits : [count]
// pointers to [words]. OUT lasting : [words].
static void find_lasting(const uint64_t* const* bits, int count, int here, int length, size_t words,
                         uint64_t* lasting) {
    Arena arena(words * sizeof *lasting + 64);
    uint64_t* __restrict const all = arena.take<uint64_t>(words);
    memset(lasting, 0, words * sizeof *lasting);
    for (int first = here - length + 1; first <= here; ++first) {
        if (first < 0 || first + length > count) continue;
        memset(all, 0xff, words * sizeof *all);
        for (int frame = first; frame < first + length; ++frame) {
            const uint64_t* const one = bits[frame];
            for (size_t k = 0; frame != here && k < words; ++k) all[k] &= one[k];
        }
        for (size_t k = 0; k < words; ++k) lasting[k] |= all[k];
    }
}

// IN before, now, after : [words].
static BlinkCounts count_blinks(const uint64_t* before, const uint64_t* now, const uint64_t* after, size_t words) {
    BlinkCounts counts{0, 0};
    for (size_t k = 0; k < words; ++k) {
        counts.blinking += __builtin_popcountll((now[k] ^ before[k]) & ~(before[k] ^ after[k]));
        counts.ever += __builtin_popcountll(before[k] | now[k] | after[k]);
    }
    return counts;
}

// Takes small regions that no other mask has near them. IN OUT mask.
static void take_alone(const SteadyInput& from, const BitRoom& room, Regions& regions, const Bits& neighbours,
                       const Bits& known, const Bits& mask) {
    regions.find(mask, true);
    regions.measure(regions.sums);
    regions.count_in(known, regions.others);
    bool some = false;
    for (int k = 0; k < regions.count; ++k) {
        const bool alone = regions.sums[k] < from.largest && regions.others[k] == 0.0;
        regions.keep[k] = !alone, some |= alone;
    }
    if (!some) return;
    const Bits near = room.take(), aside = room.take();
    grow_by_width(neighbours.at, from.height, from.width, from.radii, from.radius_count, near.at);
    grow(room, neighbours, from.aside, false, aside);
    each_word(near, [&](size_t k) { return near.at[k] | aside.at[k]; });
    for (int k = 0; k < regions.count; ++k) regions.others[k] = 0.0;
    regions.count_in(near, regions.others);
    for (int k = 0; k < regions.count; ++k) regions.keep[k] |= regions.others[k] > 0.0;
    regions.select(mask);
}

// OUT steady : [height][width]; returns whether it is another mask.
static bool steady_mask(const SteadyInput& from, uint8_t* steady) {
    const int height = from.height, width = from.width;
    Arena arena(BitRoom::bytes(9, height, width, from.aside) + Regions::bytes(height, width));
    const BitRoom room(arena, height, width, from.aside);
    const Bits before = room.take(), own = room.take(), after = room.take(), cut = room.take(), known = room.take();
    const Bits beside = room.take(), mask = room.take();
    Regions regions(arena, height, width);
    pack(from.before, before), pack(from.mask, own), pack(from.after, after);
    clear(cut), clear(known);
    if (from.cut) pack(from.cut, cut);
    if (from.further) pack(from.further, known);
    each_word(mask, [&](size_t k) { return before.at[k] & after.at[k]; });
    grow(room, mask, 1, false, beside);
    each_word(after, [&](size_t k) { return before.at[k] | after.at[k]; });
    each_word(beside, [&](size_t k) { return beside.at[k] & ~after.at[k]; });
    each_word(known, [&](size_t k) { return known.at[k] | after.at[k]; });
    // both neighbours' pixels are added where they are uncertain, and weak ones that neither has are taken
    keep_values(mask, before, [&](size_t p, auto v) { return read<decltype(v)>(from.ratio + p) > 1.0f; });
    each_word(mask, [&](size_t k) { return own.at[k] | before.at[k] | (mask.at[k] & cut.at[k]); });
    each_word(beside, [&](size_t k) { return beside.at[k] & mask.at[k]; });
    keep_values(beside, beside, [&](size_t p, auto v) { return read<decltype(v)>(from.ratio + p) <= from.seed; });
    each_word(mask, [&](size_t k) { return mask.at[k] & ~beside.at[k]; });
    take_alone(from, room, regions, after, known, mask);
    uint64_t differs = 0;
    for (size_t k = 0; k < mask.size(); ++k) differs |= mask.at[k] ^ own.at[k];
    if (differs) unpack(mask, steady);
    return differs != 0;
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
