// Ground in another light state of the scene, or between it and the frame's.
#pragma once
#include "runs.hpp"
#include "simd/packed.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Pixels side by side, one per lane: how far they have gone to the other light, and how many thresholds they are from
// all between the two.
struct Gone {
    Floats share, ratio;
};
// IN seen, ground, other : frame, plate, and plate in the other light; colour : thresholds, or null.
static inline Gone gone(const Colour& seen, const Colour& ground, const Colour& other, Floats threshold,
                        const Floats* colour) {
    const Colour to{other.r - ground.r, other.g - ground.g, other.b - ground.b};
    const Colour off{seen.r - ground.r, seen.g - ground.g, seen.b - ground.b};
    const Floats power = to.r * to.r + to.g * to.g + to.b * to.b, common = off.r * to.r + off.g * to.g + off.b * to.b;
    const Floats share = common / maximum(power, splat(1.0f)), within = minimum(maximum(share, Floats{}), splat(1.0f));
    const Colour left{off.r - within * to.r, off.g - within * to.g, off.b - within * to.b};
    const Floats ratio = (size_of(left.r) + size_of(left.g) + size_of(left.b)) / 3.0f / threshold;
    if (!colour) return {share, ratio};
    const Floats mean = (left.r + left.g + left.b) / 3.0f;
    const Floats tint = size_of(left.r - mean) + size_of(left.g - mean) + size_of(left.b - mean);
    return {share, maximum(ratio, tint / 3.0f / *colour)};
}

// Pixels of `where`, which differ, in the other light or between the two, without parts narrower than 3 pixels; `weak`
// is not looked at. OUT some : room.
static void find_other_light(const OtherInput& from, const BitRoom& room, const Bits& where, const Bits& found,
                             const Bits& some) {
    const auto keep = [&](auto judge, const Bits& out) {
        keep_colours(where, out, [&](size_t p, int count, uint32_t) {
            const Channels seen = unpack(read_packed(from.seen + 3 * p, count));
            const Channels ground = unpack(read_packed(from.ground + 3 * p, count));
            const Channels other = unpack(read_packed(from.other + 3 * p, count));
            return span_bits([&](int at) {
                const Floats threshold = read_floats(from.thresholds + p + at, count - at);
                const Floats colour = from.colour ? read_floats(from.colour + p + at, count - at) : Floats{};
                return judge(gone(levels(seen, at), levels(ground, at), levels(other, at), threshold,
                                  from.colour ? &colour : nullptr));
            });
        });
        open(room, out, 1, out);
    };
    keep([&](const Gone& pixels) { return (Ints)(pixels.ratio < from.between); }, found);
    keep([&](const Gone& pixels) { return (Ints)((pixels.ratio < 1.0f) & (pixels.share > from.there)); }, some);
    each_word(found, [&](size_t k) { return found.at[k] | some.at[k]; });
}

// OUT found : [height][width].
static void other_light(const OtherInput& from, uint8_t* found) {
    Arena arena(BitRoom::bytes(3, from.height, from.width, 1));
    const BitRoom room(arena, from.height, from.width, 1);
    const Bits where = room.take(), told = room.take(), some = room.take();
    pack(from.weak, where);
    find_other_light(from, room, where, told, some);
    unpack(told, found);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
