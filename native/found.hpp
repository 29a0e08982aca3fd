// What is in front of the plate in one frame, at the size at which masks are found: the steps of `Observation.found` in
// one call.
#pragma once
#include "cast_shadow.hpp"
#include "edges.hpp"
#include "other_light.hpp"
#include "shade.hpp"
#include "smoothed.hpp"
#include "soft_shade.hpp"
#include "stillplate/mask_kernels.hpp"
#include "uncast.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The masks of one frame, and room.
struct Scene {
    static constexpr int MASKS = 14 + 2 * SHADE_MASKS + 2 * UNCAST_MASKS + SOFT_MASKS + TRIM_MASKS;
    Arena arena;
    BitRoom room;
    Regions regions;
    Bits weak, believed;  // evidence of the frame by itself; and with what is faint and persists
    Bits strong, risen;   // strong evidence; what is faint
    Bits shade, proven;   // what a frame by itself shows
    Bits relit;           // the part of it that is in another of the scene's lights
    Bits shadow, solid, whole, mask;
    Bits smooth;             // words of pixels where the frame is smoothed
    Bits some, others;       // room
    float *light, *softly;   // [height][width], of the frame as a share of the plate's; the latter in soft shade
    uint8_t *seen, *ground;  // [height][width][3], frame and plate, smoothed
    Scene(int height, int width, int reach)
        : arena(BitRoom::bytes(MASKS, height, width, reach) + Regions::bytes(height, width) +
                (size_t)height * width * (2 * sizeof(float) + 6) + 256),
          room(arena, height, width, reach),
          regions(arena, height, width),
          weak(room.take()),
          believed(room.take()),
          strong(room.take()),
          risen(room.take()),
          shade(room.take()),
          proven(room.take()),
          relit(room.take()),
          shadow(room.take()),
          solid(room.take()),
          whole(room.take()),
          mask(room.take()),
          smooth(room.take()),
          some(room.take()),
          others(room.take()) {
        light = arena.take<float>((size_t)height * width), softly = arena.take<float>((size_t)height * width);
        seen = arena.take<uint8_t>((size_t)height * width * 3);
        ground = arena.take<uint8_t>((size_t)height * width * 3);
    }
};

// Joins faint evidence where it persists. OUT out.ratio, out.risen : [height][width].
static void join(const FoundInput& from, Scene& scene, const FoundOut& out) {
    memcpy(out.ratio, from.ratio, (size_t)from.height * from.width * sizeof *out.ratio);
    pack_over(from.ratio, 1.0f, scene.weak);
    copy(scene.weak, scene.believed);
    clear(scene.risen);
    if (from.lasting) {
        const Bits lasting{(uint64_t*)from.lasting, from.height, from.width};
        keep_values(lasting, scene.risen, [&](size_t p, auto v) {
            return read<decltype(v)>(from.faint + p) > read<decltype(v)>(from.ratio + p);
        });
        each_pixel(scene.risen, [&](size_t p) { out.ratio[p] = from.faint[p]; });
        unpack(scene.risen, out.risen);
        keep_values(scene.risen, scene.some,
                    [&](size_t p, auto v) { return read<decltype(v)>(from.faint + p) > 1.0f; });
        each_word(scene.believed, [&](size_t k) { return scene.weak.at[k] | scene.some.at[k]; });
    }
    const float seed = (float)from.limits.seed;
    keep_values(scene.believed, scene.strong,
                [&](size_t p, auto v) { return read<decltype(v)>(out.ratio + p) > seed; });
}

static ShadeInput shade_input(const FoundInput& from, const uint8_t* seen) {
    return {from.image, from.plate, seen, from.ground, from.height, from.width, from.window, from.reach, from.shade};
}

// Takes what no object casts from shade. OUT kept; returns false where the levels of light within it must be told
// apart.
static bool take_uncast(const FoundInput& from, Scene& scene, const Bits& shade, const Bits& proven, const Bits& weak,
                        const float* light, const Bits& kept) {
    const FoundLimits& l = from.limits;
    const UncastInput given{light,      from.height,          from.width,     from.rim,
                            from.reach, (float)l.caster_area, (float)l.spread};
    const Bits lighter = scene.whole, uncast = scene.mask;  // not in use yet
    find_uncast(given, scene.room, scene.regions, shade, proven, weak, lighter, uncast);
    if ((double)count(uncast) >= l.levels_least) return false;
    each_word(kept, [&](size_t k) { return shade.at[k] & ~(lighter.at[k] | uncast.at[k]); });
    return true;
}

// OUT scene.relit: ground in other lights of the scene, which joins scene.shade.
static void find_relit(const FoundInput& from, Scene& scene) {
    const LightsInput& l = *from.lights;
    for (int k = 0; k < l.count; ++k) {
        const OtherInput given{scene.seen, from.ground, l.plates[k], nullptr,   from.sure,
                               l.colour,   from.height, from.width,  l.between, l.there};
        find_other_light(given, scene.room, scene.weak, scene.some, scene.others);
        each_word(scene.relit, [&](size_t k) { return scene.relit.at[k] | scene.some.at[k]; });
    }
    each_word(scene.shade, [&](size_t k) { return scene.shade.at[k] | scene.relit.at[k]; });
}

// OUT scene.proven: proven shade of all evidence, that of the frame by itself if what is faint adds no 3 x 3 pixels and
// the light of both is limited alike.
static void prove(const FoundInput& from, Scene& scene) {
    each_word(scene.some, [&](size_t k) { return scene.believed.at[k] & scene.risen.at[k]; });
    open(scene.room, scene.some, 1, scene.some);
    if (!from.lights && !any(scene.some)) return;
    const ShadeInput given = shade_input(from, scene.seen);
    find_shade(given, scene.room, scene.regions, scene.believed, scene.some, scene.proven, scene.light);
}

// OUT powerful: where the change is so large that the test of hue tells, or would be in a shadow of such ground.
static void find_powerful(const FoundInput& from, const Scene& scene, const Veil& veil, const Bits& powerful) {
    const float power = (float)from.limits.power, deep = (float)from.limits.deep;
    const ShadeLimits& l = from.shade;
    const float fog = (float)(veil.level[0] + veil.level[1] + veil.level[2]);
    keep_colours(scene.shade, powerful, [&](size_t p, int count, uint32_t) {
        const Channels seen = unpack(read_packed(scene.seen + 3 * p, count));
        const Channels ground = unpack(read_packed(from.ground + 3 * p, count));
        return span_bits([&](int at) {
            const Colour i = levels(seen, at), b = levels(ground, at);
            const Floats least = power * (l.hue + l.hue_share * (sum(i) / 3.0f + l.dark)), lit = sum(b) - fog;
            const Floats change = size_of(b.r - i.r) + size_of(b.g - i.g) + size_of(b.b - i.b);
            return (Ints)((change / 3.0f > least) | (lit / 3.0f > deep * least));
        });
    });
}

// OUT scene.shadow: where faint evidence counts, regions of shade that are mostly powerful, and proven shade.
static void keep_powerful(const FoundInput& from, Scene& scene, const Veil& veil) {
    prove(from, scene);
    find_powerful(from, scene, veil, scene.others);
    Regions& regions = scene.regions;
    regions.find(scene.shade, true);
    regions.measure(regions.sums);
    regions.count_in(scene.others, regions.others);
    for (int k = 0; k < regions.count; ++k) regions.keep[k] = regions.others[k] >= from.limits.mostly * regions.sums[k];
    regions.select(scene.shadow);
    each_word(scene.shadow, [&](size_t k) { return scene.shadow.at[k] | scene.proven.at[k]; });
}

// OUT scene.shadow; returns false where it must be told otherwise.
static bool tell_shadow(const FoundInput& from, Scene& scene) {
    const FoundLimits& l = from.limits;
    grow(scene.room, scene.believed, RADIUS, false, scene.smooth);
    smooth_picture(from.image, scene.smooth, scene.seen);
    ShadeInput given = shade_input(from, scene.seen);
    if (from.lights) given.limits.brightest = from.lights->brightest;
    find_shade(given, scene.room, scene.regions, scene.weak, scene.shade, scene.proven, scene.light);
    if (!take_uncast(from, scene, scene.shade, scene.proven, scene.weak, scene.light, scene.shade)) return false;
    if (from.lights) find_relit(from, scene);

    const SoftInput soft{scene.seen,      from.ground,   from.height,      from.width,
                         from.every,      l.veil,        from.shade.dark,  (float)l.change,
                         (float)l.levels, (float)l.flat, (float)l.deepest, (float)l.brightest};
    const Veil veil = darkest(soft);
    const float clearly = (float)l.clear;
    keep_values(scene.believed, scene.some,
                [&](size_t p, auto v) { return read<decltype(v)>(from.level + p) > clearly; });
    find_soft(soft, veil, scene.room, scene.some, scene.solid, scene.softly);
    uint64_t more = 0;
    for (size_t k = 0; k < scene.solid.size(); ++k) {
        more |= scene.solid.at[k] & ~(scene.shade.at[k] | scene.proven.at[k]);
    }
    if (more) {
        each_word(scene.some, [&](size_t k) { return scene.solid.at[k] & scene.proven.at[k]; });
        each_word(scene.others, [&](size_t k) { return scene.believed.at[k] & ~scene.shade.at[k]; });
        if (!take_uncast(from, scene, scene.solid, scene.some, scene.others, scene.softly, scene.solid)) return false;
    }
    if (from.lasting)
        keep_powerful(from, scene, veil);
    else
        copy(scene.shade, scene.shadow);
    each_word(scene.shadow, [&](size_t k) { return scene.shadow.at[k] | scene.solid.at[k]; });
    return true;
}

// Drops weak evidence in regions that are smaller than specks are there. IN OUT ratio : [height][width].
static void drop_specks(const FoundInput& from, Scene& scene, float* ratio) {
    Regions& regions = scene.regions;
    regions.find(scene.believed, true);
    regions.keep_enough(1.0, [&](int y, int x) { return from.specks[(size_t)y * from.width + x]; });
    regions.select(scene.believed);
    unpack(scene.believed, scene.seen);  // not in use any more
    for (size_t p = 0, pixels = (size_t)from.height * from.width; p < pixels; ++p) ratio[p] *= (float)scene.seen[p];
}

// OUT scene.some: regions of shadow that solid regions enclose: dark parts of things.
static void find_enclosed(const FoundInput& from, Scene& scene) {
    Regions& regions = scene.regions;
    each_word(scene.some, [&](size_t k) { return scene.shadow.at[k] & ~scene.solid.at[k]; });
    if (!any(scene.some)) return;
    regions.find(scene.some, true);
    regions.count_border(scene.some, scene.solid, from.beside, regions.sums, regions.others);
    for (int k = 0; k < regions.count; ++k) {
        regions.keep[k] = regions.others[k] / maximum(regions.sums[k], 1.0) > from.limits.enclosed;
    }
    regions.select(scene.some);
}

// Grows what is set up and down by so many pixels, within a mask. IN OUT grown; room : another mask.
static void grow_upright(const Bits& within, int reach, const Bits& grown, const Bits& room) {
    const size_t words = (size_t)within.words(), size = within.size();
    for (int step = 0; step < reach; ++step) {
        copy(grown, room);
        for (size_t k = 0; k < size; ++k) {
            const uint64_t above = k < words ? 0 : room.at[k - words],
                           below = k + words < size ? room.at[k + words] : 0;
            grown.at[k] = (room.at[k] | above | below) & within.at[k];
        }
    }
}

// Adds parts of things that are like shadow: what solid regions enclose, and what is in another light right above or
// below them, such as legs. IN OUT scene.solid.
static void add_parts(const FoundInput& from, Scene& scene) {
    Regions& regions = scene.regions;
    find_enclosed(from, scene);
    if (from.lights && any(scene.relit)) {
        const Bits within = scene.believed, grown = scene.weak;  // not in use any more
        each_word(within, [&](size_t k) { return scene.solid.at[k] | scene.relit.at[k]; });
        copy(scene.solid, grown);
        grow_upright(within, from.lights->upright, grown, scene.others);
        each_word(scene.some, [&](size_t k) { return scene.some.at[k] | (grown.at[k] & scene.relit.at[k]); });
    }
    if (!any(scene.some)) return;
    each_word(scene.solid, [&](size_t k) { return scene.solid.at[k] | scene.some.at[k]; });
    close(scene.room, scene.solid, from.reach, scene.solid);
    fill_holes(regions, from.limits.hole, scene.solid, scene.some);
}

// The weight of each pixel in a region's size: less where the ground is noisy, and where the difference is faint.
static inline float weight_of(const FoundInput& from, const Bits& risen, const float* ratio, int y, int x) {
    const size_t p = (size_t)y * from.width + x;
    const float quiet = from.quietness[p];
    if (is_set(risen, y, x)) return quiet * quiet * minimum(1.0f, ratio[p] / (float)from.limits.seed);
    return quiet * minimum(1.0f, from.level[p] / from.sure[p]);
}

// Takes the shadows that things cast from their mask. IN OUT scene.mask, scene.shadow; ratio : [height][width], 0
// there.
static void take_cast(const FoundInput& from, Scene& scene, const FoundOut& out) {
    each_word(scene.some, [&](size_t k) { return scene.smooth.at[k] ? 0 : scene.mask.at[k]; });
    smooth_picture(from.image, scene.some, scene.seen);
    CastShadowInput given = *from.cast;
    given.colours.seen = scene.seen, given.colours.ground = from.ground;
    given.colours.height = from.height, given.colours.width = from.width;
    const Bits cut = scene.some, rest = scene.others;
    take_cast_shadow(given, scene.mask, cut, rest);
    each_pixel(cut, [&](size_t p) { out.ratio[p] = 0.0f; });
    each_word(scene.shadow, [&](size_t k) { return scene.shadow.at[k] | cut.at[k]; });
    copy(rest, scene.mask), copy(rest, scene.solid);
    unpack(cut, out.cut);
}

// OUT: [height][width] each; the mask, and `whole`, as it was before its edges were trimmed.
static FoundState find_objects(const FoundInput& given, bool shadows, bool closed, const FoundOut& out) {
    FoundInput from = given;
    const FoundLimits& l = from.limits;
    Scene scene(from.height, from.width, maximum(from.reach, from.rim));
    join(from, scene, out);
    if (!any(scene.strong)) return NOTHING;
    clear(scene.shadow), clear(scene.smooth), clear(scene.relit);
    if (!from.ground) {
        each_word(scene.some, [](size_t) { return ~(uint64_t)0; });
        smooth_picture(from.plate, scene.some, scene.ground);
        from.ground = scene.ground;
    }
    if (shadows && !tell_shadow(from, scene)) return UNTOLD;
    each_pixel(scene.shadow, [&](size_t p) { out.ratio[p] = 0.0f; });
    each_word(scene.believed, [&](size_t k) { return scene.believed.at[k] & ~scene.shadow.at[k]; });
    if (from.specks) drop_specks(from, scene, out.ratio);
    each_word(scene.strong, [&](size_t k) { return scene.strong.at[k] & scene.believed.at[k]; });
    copy(scene.believed, scene.weak);
    find_solid(
        {from.reach, l.least, l.hole, closed}, scene.room, scene.regions, scene.weak, scene.strong,
        [&](int y, int x) { return weight_of(from, scene.risen, out.ratio, y, x); }, scene.solid);
    if (closed) {
        add_parts(from, scene);
        trim(from.inner, scene.room, scene.regions, scene.solid, from.trim, l.hole, scene.mask);
    } else {
        copy(scene.solid, scene.mask);
    }
    if (from.cast) take_cast(from, scene, out);
    unpack(scene.shadow, out.shadow), unpack(scene.solid, out.whole), unpack(scene.mask, out.mask);
    return FOUND;
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
