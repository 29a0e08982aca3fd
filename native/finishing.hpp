// The mask of a frame at its own size: edges that follow the frame, small regions, and no specks.
#pragma once
#include "stillplate/mask_kernels.hpp"
#include "upsample_mask.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// OUT small : [rows][columns], regions of evidence too small for the mask, away from it and from shadows; returns
// whether there are any.
static bool tell_small(const FinishInput& from, uint8_t* small) {
    const int rows = from.small.height, columns = from.small.width;
    Arena arena(BitRoom::bytes(3, rows, columns, 1) + Regions::bytes(rows, columns) +
                Regions::most(rows, columns) * sizeof(int) + 64);
    const BitRoom room(arena, rows, columns, 1);
    const Bits weak = room.take(), large = room.take(), shadow = room.take();
    Regions regions(arena, rows, columns);
    pack_over(from.small.ratio, 1.0f, weak), pack(from.small.large, large), pack(from.shadow, shadow);
    grow(room, shadow, 1, false, shadow);
    each_word(large, [&](size_t k) { return large.at[k] | shadow.at[k]; });
    find_small(from.small, regions, weak, large, arena.take<int>(Regions::most(rows, columns)), weak);
    if (!any(weak)) return false;
    unpack(weak, small);
    return true;
}

// OUT mask : [height][width]; small : as above, if these are asked for. Where there are some, specks are not dropped.
static bool finish_mask(const FinishInput& from, bool smalls, uint8_t* mask, uint8_t* small) {
    const UpsampleInput& up = from.up;
    Arena arena(BitRoom::bytes(UPSAMPLE_MASKS, up.rows, up.columns, 1) + BitRoom::bytes(2, up.height, up.width, 0));
    const BitRoom room(arena, up.rows, up.columns, 1), full(arena, up.height, up.width, 0);
    const Bits large = full.take(), smooth = full.take();
    if (up.factor == 1)
        pack(up.mask, smooth);
    else
        upsample(up, room, large, smooth);
    const bool some = smalls && tell_small(from, small);
    if (!some && from.specks && any(smooth)) {
        Arena own(Regions::bytes(up.height, up.width));
        Regions regions(own, up.height, up.width);
        regions.find(smooth, true);
        regions.add_up(regions.sums, [&](int y, int x) { return from.specks[(size_t)y * up.width + x]; });
        for (int k = 0; k < regions.count; ++k) regions.keep[k] = regions.sums[k] >= 1.0;
        if (!regions.keeps_all()) regions.select(smooth);
    }
    unpack(smooth, mask);
    return some;
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
