// Shadow and highlight: where a frame has the plate's hue in another light, and how much of the plate's texture it
// keeps.
#pragma once
#include "runs.hpp"
#include "simd/packed.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// IN: image and plate, both smoothed. Limits are those of `ShadeLimits`.
struct HueInput {
    const uint8_t *seen, *ground;  // [pixels][3]
    float dark, hue, hue_share, deepest, brightest;
};

// At every pixel of `where`, light s = <I, B> / <B, B>; `alike` where mean |I − s B| and s are within the limits.
// `dark` is added to both images. OUT light : [pixels], only there.
static void hue(const HueInput& from, const Bits& where, const Bits& alike, float* light) {
    keep_colours(where, alike, [&](size_t p, int count, uint32_t wanted) {
        const Channels seen = unpack(read_packed(from.seen + 3 * p, count));
        const Channels ground = unpack(read_packed(from.ground + 3 * p, count));
        float shares[SPAN];
        const uint32_t kept = span_bits([&](int at) {
            const Colour i = levels(seen, at) + from.dark, b = levels(ground, at) + from.dark;
            const Floats common = i.r * b.r + i.g * b.g + i.b * b.b, square = b.r * b.r + b.g * b.g + b.b * b.b;
            const Floats s = common / square, total = i.r + i.g + i.b;
            const Floats off = size_of(i.r - s * b.r) + size_of(i.g - s * b.g) + size_of(i.b - s * b.b);
            memcpy(shares + at, &s, sizeof s);
            return (Ints)((off < 3.0f * from.hue + from.hue_share * total) & (s > from.deepest) & (s < from.brightest));
        });
        for (uint32_t rest = wanted; rest; rest &= rest - 1)
            light[p + __builtin_ctz(rest)] = shares[__builtin_ctz(rest)];
        return kept;
    });
}

// IN: image and plate, original and smoothed, and what has the plate's hue in another light.
struct TextureInput {
    const uint8_t *image, *plate, *seen, *ground;  // [height][width][3]
    Bits alike;
    const float* light;  // [height][width], there
    int cell;            // pixels: sums are taken over squares of this side
    float dark;          // 8-bit levels, added to the smoothed images
    float flat;          // largest deviation of the smoothed images' ratio, as a share of its mean
};

constexpr int PATCH = 64, RADIUS = 2, SIDE = 2 * RADIUS + 1;
constexpr int PATCH_COLUMNS = (PATCH + 2 * RADIUS + SPAN - 1) / SPAN * SPAN;
constexpr int SUMS = 5;  // of each cell: pixels, own texture, common, plate's, level

// A row of a word of pixels and RADIUS pixels on either side: R + G + B of image and plate, and the ratio of those of
// the smoothed images.
struct PatchRow {
    float image[PATCH_COLUMNS], plate[PATCH_COLUMNS], ratio[PATCH_COLUMNS];
    int row = -1;
};

// R + G + B from a column on; beyond the picture's edges, edge pixels are repeated. OUT sums : [PATCH_COLUMNS].
static void grey_sums(const uint8_t* row, int width, int left, float* sums) {
    for (int k = 0; k < PATCH_COLUMNS; k += SPAN) {
        const int first = left + k;
        Packed pixels;
        if (first >= 0 && first + SPAN <= width) {
            pixels = read_packed(row + 3 * (size_t)first);
        } else {
            uint8_t padded[3 * SPAN];
            for (int x = 0; x < SPAN; ++x) memcpy(padded + 3 * x, row + 3 * (size_t)clamp_index(first + x, width), 3);
            pixels = read_packed(padded);
        }
        const Levels grey = levels(sum(unpack(pixels)));
        memcpy(sums + k, &grey, sizeof grey);
    }
}

static void fill_row(const TextureInput& from, int y, int left, PatchRow& to) {
    const int width = from.alike.width;
    const size_t start = 3 * (size_t)y * width;
    float lit[PATCH_COLUMNS], usual[PATCH_COLUMNS];
    grey_sums(from.image + start, width, left, to.image), grey_sums(from.plate + start, width, left, to.plate);
    grey_sums(from.seen + start, width, left, lit), grey_sums(from.ground + start, width, left, usual);
    const float dark = 3.0f * from.dark;
    for (int k = 0; k < PATCH_COLUMNS; ++k) to.ratio[k] = (lit[k] + dark) / (usual[k] + dark);
    to.row = y;
}

// OUT sums : [PATCH], over 5 x 5 values around each, or of their squares.
static void box_sums(const float* const* rows, bool squares, float* __restrict sums) {
    float down[PATCH_COLUMNS];
    const float *const a = rows[0], *const b = rows[1], *const c = rows[2], *const d = rows[3], *const e = rows[4];
    if (squares)
        for (int x = 0; x < PATCH_COLUMNS; ++x) {
            down[x] = a[x] * a[x] + b[x] * b[x] + c[x] * c[x] + d[x] * d[x] + e[x] * e[x];
        }
    else
        for (int x = 0; x < PATCH_COLUMNS; ++x) down[x] = a[x] + b[x] + c[x] + d[x] + e[x];
    for (int x = 0; x < PATCH; ++x) sums[x] = down[x] + down[x + 1] + down[x + 2] + down[x + 3] + down[x + 4];
}

// The pixels of a word that are set with their eight neighbours. Beyond an edge, pixels are repeated.
static uint64_t inner_word(const Bits& bits, int y, int word) {
    const int words = bits.words();
    const auto all = [&](int k) {
        uint64_t set = ~(uint64_t)0;
        for (int off = -1; off <= 1; ++off) {
            set &= bits.at[(size_t)clamp_index(y + off, bits.height) * words + k];
        }
        return set;
    };
    const uint64_t here = all(word), last = (uint64_t)1 << ((bits.width - 1) % 64);
    const uint64_t before = word ? all(word - 1) >> 63 : here & 1;
    const uint64_t behind = word + 1 < words ? all(word + 1) << 63 : here & last;
    return here & (here << 1 | before) & (here >> 1 | behind);
}

// One row of a word of pixels, of five rows around it. Adds the products of the textures to sums : [SUMS][cells], and
// returns where the ratio's standard deviation is below `flat` times its mean. IN places : [PATCH], cells of columns.
static uint64_t texture_row(const TextureInput& from, const PatchRow* const* rows, int y, int word, const int* places,
                            int cells, float* sums) {
    const float *images[SIDE], *plates[SIDE], *ratios[SIDE];
    for (int k = 0; k < SIDE; ++k) images[k] = rows[k]->image, plates[k] = rows[k]->plate, ratios[k] = rows[k]->ratio;
    float image[PATCH], plate[PATCH], ratio[PATCH], squares[PATCH];
    box_sums(ratios, false, ratio), box_sums(ratios, true, squares);
    const uint64_t flats = judged_word(0, PATCH, [&](size_t x, auto v) {
        const auto mean = read<decltype(v)>(ratio + x), square = read<decltype(v)>(squares + x);
        return 25.0f * square - mean * mean < from.flat * from.flat * mean * mean;
    });
    const uint64_t inner = inner_word(from.alike, y, word);
    if (!inner) return flats;
    box_sums(images, false, image), box_sums(plates, false, plate);
    const float* const light = from.light + (size_t)y * from.alike.width + PATCH * (size_t)word;
    for (uint64_t rest = inner; rest; rest &= rest - 1) {
        const int x = __builtin_ctzll(rest);
        const float grey = images[RADIUS][x + RADIUS];
        const float own = (grey - image[x] / 25.0f) / 3.0f;
        const float expected = light[x] * ((plates[RADIUS][x + RADIUS] - plate[x] / 25.0f) / 3.0f);
        float* const sum = sums + places[x];
        sum[0] += 1.0f;
        sum[cells] += own * own;
        sum[2 * cells] += own * expected;
        sum[3 * cells] += expected * expected;
        sum[4 * cells] += grey / 3.0f;
    }
    return flats;
}

// OUT flats: pixels whose light near by is even; sums : [cell rows][SUMS][cells].
static void texture(const TextureInput& from, const Bits& flats, float* sums) {
    const int height = flats.height, width = flats.width, cells = (width + from.cell - 1) / from.cell;
    memset(sums, 0, (size_t)((height + from.cell - 1) / from.cell) * SUMS * cells * sizeof *sums);
    for (int word = 0; word < flats.words(); ++word) {
        const int left = PATCH * word;
        int places[PATCH];
        for (int x = 0; x < PATCH; ++x) places[x] = (left + x) / from.cell;
        PatchRow ring[SIDE];
        for (int y = 0; y < height; ++y) {
            const size_t at = (size_t)y * flats.words() + word;
            const uint64_t here = from.alike.at[at];
            flats.at[at] = 0;
            if (!here) continue;
            const PatchRow* rows[SIDE];
            for (int k = 0; k < SIDE; ++k) {
                const int row = clamp_index(y + k - RADIUS, height);
                PatchRow& held = ring[row % SIDE];
                if (held.row != row) fill_row(from, row, left - RADIUS, held);
                rows[k] = &held;
            }
            float* const sum = sums + (size_t)(y / from.cell) * SUMS * cells;
            flats.at[at] = here & texture_row(from, rows, y, word, places, cells, sum);
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
