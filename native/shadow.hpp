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

// At every pixel of `where`, light s = <I, B> / <B, B>; `alike` where mean |I − s B| and s are within the limits. `dark`
// is added to both images. OUT light : [pixels], only there.
static void hue(const HueInput& from, const Bits& where, const Bits& alike, float* light) {
    keep_pixels(where, alike, [&](size_t p) {
        const uint8_t *const i = from.seen + 3 * p, *const b = from.ground + 3 * p;
        float common = 0.0f, square = 0.0f, total = 0.0f, off = 0.0f;
        for (int c = 0; c < 3; ++c) {
            const float x = (float)i[c] + from.dark, y = (float)b[c] + from.dark;
            common += x * y;
            square += y * y;
            total += x;
        }
        const float s = common / square;
        for (int c = 0; c < 3; ++c) {
            const float d = (float)i[c] + from.dark - s * ((float)b[c] + from.dark);
            off += d < 0.0f ? -d : d;
        }
        light[p] = s;
        return off < 3.0f * from.hue + from.hue_share * total && s > from.deepest && s < from.brightest;
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

// OUT sums : [count], R + G + B of each pixel.
static inline void grey_sums(const uint8_t* pixels, int count, float* sums) {
    int k = 0;
    for (; k + SPAN <= count; k += SPAN) {
        const Levels grey = levels(sum(unpack(read_packed(pixels + 3 * k))));
        memcpy(sums + k, &grey, sizeof grey);
    }
    for (; k < count; ++k) sums[k] = (float)(pixels[3 * k] + pixels[3 * k + 1] + pixels[3 * k + 2]);
}

constexpr int PATCH = 64, RADIUS = 2, LARGEST_CELL = 8;
constexpr int PATCH_ROWS = LARGEST_CELL + 2 * RADIUS, PATCH_COLUMNS = PATCH + 2 * RADIUS;

// A block of a row of cells and RADIUS pixels around it: R + G + B of image and plate, the ratio of those of the
// smoothed images, and `alike`.
struct Patch {
    float image[PATCH_ROWS][PATCH_COLUMNS], plate[PATCH_ROWS][PATCH_COLUMNS], ratio[PATCH_ROWS][PATCH_COLUMNS];
    uint8_t alike[PATCH_ROWS][PATCH_COLUMNS];
};

// Fills a row of a patch, from its column `at` on, with `columns` pixels of the images, from column `left` on.
static void fill_row(const TextureInput& from, int y, int left, int columns, int row, int at, Patch& patch) {
    const size_t q = 3 * ((size_t)y * from.alike.width + left);
    float lit[PATCH_COLUMNS], usual[PATCH_COLUMNS];
    grey_sums(from.image + q, columns, &patch.image[row][at]);
    grey_sums(from.plate + q, columns, &patch.plate[row][at]);
    grey_sums(from.seen + q, columns, lit);
    grey_sums(from.ground + q, columns, usual);
    for (int k = 0; k < columns; ++k) {
        patch.ratio[row][at + k] = (lit[k] + 3.0f * from.dark) / (usual[k] + 3.0f * from.dark);
        patch.alike[row][at + k] = is_set(from.alike, y, left + k);
    }
}

// Fills a patch. Beyond the images' edges, edge pixels are repeated.
static void fill_patch(const TextureInput& from, int top, int rows, int left, int columns, Patch& patch) {
    const int width = from.alike.width;
    const int before = minimum(left, RADIUS), behind = minimum(width - left - columns, RADIUS);
    for (int row = 0; row < rows + 2 * RADIUS; ++row) {
        const int y = clamp_index(top + row - RADIUS, from.alike.height);
        fill_row(from, y, left - before, before + columns + behind, row, RADIUS - before, patch);
        for (int k = before; k < RADIUS; ++k) fill_row(from, y, 0, 1, row, RADIUS - 1 - k, patch);
        for (int k = behind; k < RADIUS; ++k) fill_row(from, y, width - 1, 1, row, RADIUS + columns + k, patch);
    }
}

// OUT sums: those over 5 x 5 pixels around each pixel of a row of the patch, of the values or their squares.
static void box_sums(const float (&values)[PATCH_ROWS][PATCH_COLUMNS], int row, int columns, bool squares,
                     float (&sums)[PATCH]) {
    float down[PATCH_COLUMNS];
    for (int x = 0; x < columns + 2 * RADIUS; ++x) {
        float sum = 0.0f;
        for (int dy = 0; dy <= 2 * RADIUS; ++dy) {
            const float v = values[row + dy][x];
            sum += squares ? v * v : v;
        }
        down[x] = sum;
    }
    for (int x = 0; x < columns; ++x) sums[x] = down[x] + down[x + 1] + down[x + 2] + down[x + 3] + down[x + 4];
}

// Whether `alike` is 1 at a pixel and at its eight neighbours.
static bool all_neighbours_alike(const Patch& patch, int row, int x) {
    uint8_t all = 1;
    for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx) all &= patch.alike[row + RADIUS + dy][x + RADIUS + dx];
    }
    return all;
}

// One row of a patch, from column `left` on. OUT flats: where the ratio's standard deviation is below `flat` times its
// mean; sums: the products of the textures.
static void texture_row(const TextureInput& from, const Patch& patch, int row, int left, int columns,
                        const float* light, uint64_t& flats, float* sums) {
    float image[PATCH], plate[PATCH], ratio[PATCH], squares[PATCH];
    box_sums(patch.image, row, columns, false, image);
    box_sums(patch.plate, row, columns, false, plate);
    box_sums(patch.ratio, row, columns, false, ratio);
    box_sums(patch.ratio, row, columns, true, squares);
    for (int x = 0; x < columns; ++x) {
        if (!patch.alike[row + RADIUS][x + RADIUS]) continue;
        const bool flat = 25.0f * squares[x] - ratio[x] * ratio[x] < from.flat * from.flat * ratio[x] * ratio[x];
        flats |= (uint64_t)flat << ((left + x) % PATCH);
        if (!all_neighbours_alike(patch, row, x)) continue;
        const float grey = patch.image[row + RADIUS][x + RADIUS];
        const float own = (grey - image[x] / 25.0f) / 3.0f;
        const float expected = light[x] * ((patch.plate[row + RADIUS][x + RADIUS] - plate[x] / 25.0f) / 3.0f);
        float* const sum = sums + 5 * ((left + x) / from.cell);
        sum[0] += 1.0f;
        sum[1] += own * own;
        sum[2] += own * expected;
        sum[3] += expected * expected;
        sum[4] += grey / 3.0f;
    }
}

// OUT flats: pixels whose light near by is even; sums : [cell rows][cells][5].
static void texture(const TextureInput& from, const Bits& flats, float* sums) {
    const int height = flats.height, width = flats.width, cells = (width + from.cell - 1) / from.cell;
    Patch patch = {};
    clear(flats);
    memset(sums, 0, (size_t)((height + from.cell - 1) / from.cell) * cells * 5 * sizeof *sums);
    for (int top = 0; top < height; top += from.cell) {
        const int bottom = minimum(top + from.cell, height);
        for (int k = 0; k < flats.words(); ++k) {
            uint64_t some = 0;
            for (int y = top; y < bottom; ++y) some |= from.alike.at[(size_t)y * flats.words() + k];
            if (!some) continue;
            const int left = PATCH * k + __builtin_ctzll(some), columns = PATCH * k + PATCH - __builtin_clzll(some) - left;
            fill_patch(from, top, bottom - top, left, columns, patch);
            for (int y = top; y < bottom; ++y) {
                texture_row(from, patch, y - top, left, columns, from.light + (size_t)y * width + left,
                            flats.at[(size_t)y * flats.words() + k], sums + (size_t)(top / from.cell) * cells * 5);
            }
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
