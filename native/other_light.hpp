// Ground in another light state of the scene, or between it and the frame's.
#pragma once
#include "bits.hpp"
#include "simd/packed.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

static inline Floats positive(Floats v) { return (Floats)((Ints)v & 0x7fffffff); }
static inline Floats between_levels(const uint8_t* a, const uint8_t* b) {
    return floats(ints(widen(read<Bytes>(a))) - ints(widen(read<Bytes>(b))));
}

// Pixels side by side, one per lane: how far they have gone to the other light, and how many thresholds they are from
// all between the two. IN frame, plate and other light, red, green and blue; colour : thresholds, or null.
struct Gone {
    Floats share, ratio;
};
static inline Gone gone(const uint8_t (*bytes)[3][SPAN], int at, const float* thresholds, const float* colour) {
    Floats d[3], to[3], power{}, common{}, off{}, mean{}, tint{};
    for (int c = 0; c < 3; ++c) {
        d[c] = between_levels(bytes[0][c] + at, bytes[1][c] + at);
        to[c] = between_levels(bytes[2][c] + at, bytes[1][c] + at);
        power += to[c] * to[c], common += d[c] * to[c];
    }
    const Floats share = common / maximum(power, splat(1.0f)), within = minimum(maximum(share, Floats{}), splat(1.0f));
    for (int c = 0; c < 3; ++c) {
        d[c] -= within * to[c];
        off += positive(d[c]), mean += d[c];
    }
    const Floats ratio = off / 3.0f / read<Floats>(thresholds + at);
    if (!colour) return {share, ratio};
    mean /= 3.0f;
    for (int c = 0; c < 3; ++c) tint += positive(d[c] - mean);
    return {share, maximum(ratio, tint / 3.0f / read<Floats>(colour + at))};
}

// IN rest : `count` values. OUT all : [room].
template <class T>
static inline const T* padded(const T* rest, int count, int room, T* all) {
    for (int k = 0; k < room; ++k) all[k] = k < count ? rest[k] : (T)1;
    return all;
}

// OUT between, there : [SPAN].
static inline void tell_span(const OtherInput& from, size_t at, int count, uint8_t* between, uint8_t* there) {
    uint8_t rest[3][3 * SPAN];
    float limits[2][SPAN];
    const uint8_t *seen = from.seen + 3 * at, *ground = from.ground + 3 * at, *other = from.other + 3 * at;
    const float *thresholds = from.thresholds + at, *colour = from.colour ? from.colour + at : nullptr;
    if (count < SPAN) {
        seen = padded(seen, 3 * count, 3 * SPAN, rest[0]), ground = padded(ground, 3 * count, 3 * SPAN, rest[1]);
        other = padded(other, 3 * count, 3 * SPAN, rest[2]), thresholds = padded(thresholds, count, SPAN, limits[0]);
        if (colour) colour = padded(colour, count, SPAN, limits[1]);
    }
    const Channels channels[3] = {unpack(read_packed(seen)), unpack(read_packed(ground)), unpack(read_packed(other))};
    uint8_t bytes[3][3][SPAN], near[SPAN], far[SPAN];
    memcpy(bytes, channels, sizeof bytes);
    for (int k = 0; k < SPAN; k += LANES) {
        const Gone pixels = gone(bytes, k, thresholds, colour);
        store_bytes(near + k, (Words)(pixels.ratio < from.between) & 1);
        store_bytes(far + k, (Words)((pixels.ratio < 1.0f) & (pixels.share > from.there)) & 1);
    }
    for (int k = 0; k < count; ++k) between[k] = from.weak[at + k] & near[k], there[k] = from.weak[at + k] & far[k];
}

// OUT found : [height][width], without parts narrower than 3 pixels.
static void other_light(const OtherInput& from, uint8_t* found) {
    const size_t pixels = (size_t)from.height * from.width;
    Arena arena(2 * (pixels + SPAN + 64) + BitRoom::bytes(2, from.height, from.width, 1));
    uint8_t *const between = arena.take<uint8_t>(pixels + SPAN), *const there = arena.take<uint8_t>(pixels + SPAN);
    memset(between, 0, pixels), memset(there, 0, pixels);
    for (size_t p = 0; p < pixels; p += SPAN) {
        const int count = (int)minimum((size_t)SPAN, pixels - p);
        uint8_t some = 0;
        for (int k = 0; k < count; ++k) some |= from.weak[p + k];
        if (some) tell_span(from, p, count, between + p, there + p);
    }
    const BitRoom room(arena, from.height, from.width, 1);
    const Bits one = room.take(), other = room.take();
    pack(between, one), pack(there, other);
    open(room, one, 1, one), open(room, other, 1, other);
    each_word(one, [&](size_t k) { return one.at[k] | other.at[k]; });
    unpack(one, found);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
