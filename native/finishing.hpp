// The mask of a frame at its own size: edges that follow the frame, small regions, and no specks.
#pragma once
#include "cutting.hpp"
#include "regions.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Regions of evidence too small for the mask, away from it and from shadows. OUT small : of the reduced frame.
static void tell_small(const FinishInput& from, const BitRoom& room, const Bits& small) {
    const int rows = from.small.height, columns = from.small.width;
    pack_over(from.small.ratio, from.small.seed, small);
    if (!any(small)) return;  // nothing is strong
    Arena arena(Regions::bytes(rows, columns) + Regions::most(rows, columns) * sizeof(int) + 64);
    const Bits large = room.take(), shadow = room.take();
    Regions regions(arena, rows, columns);
    pack_over(from.small.ratio, 1.0f, small), pack(from.small.large, large), pack(from.shadow, shadow);
    grow(room, shadow, 1, false, shadow);
    each_word(large, [&](size_t k) { return large.at[k] | shadow.at[k]; });
    find_small(from.small, regions, small, large, arena.take<int>(Regions::most(rows, columns)), small);
}

// Drops regions whose weights sum up to less than 1. IN weights : [height][width].
static void drop_specks(const float* weights, const Bits& mask) {
    Arena own(Regions::bytes(mask.height, mask.width));
    Regions regions(own, mask.height, mask.width);
    regions.find(mask, true);
    regions.keep_enough(1.0, [&](int y, int x) { return weights[(size_t)y * mask.width + x]; });
    if (!regions.keeps_all()) regions.select(mask);
}

// OUT mask : [height][width].
static void finish_mask(const FinishInput& from, bool smalls, uint8_t* mask) {
    const UpsampleInput& up = from.up;
    Arena arena(BitRoom::bytes(UPSAMPLE_MASKS + 4, up.rows, up.columns, 1) + BitRoom::bytes(2, up.height, up.width, 0));
    const BitRoom room(arena, up.rows, up.columns, 1), full(arena, up.height, up.width, 0);
    const Bits large = full.take(), smooth = full.take();
    if (up.factor == 1)
        pack(up.mask, smooth);
    else
        upsample(up, from.pieces, room, large, smooth);
    if (smalls) {
        const Bits small = room.take();
        tell_small(from, room, small);
        if (any(small)) cut_out(from, room, small, smooth);
    }
    if (from.specks && any(smooth)) drop_specks(from.specks, smooth);
    unpack(smooth, mask);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
