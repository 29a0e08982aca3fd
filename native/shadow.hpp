// Shadow and highlight: where a frame has the plate's hue in another light, and how much of the plate's texture it
// keeps.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

static inline float grey_sum(const uint8_t* p) { return (float)(p[0] + p[1] + p[2]); }

// At every weak pixel light s = <I, B> / <B, B>; `alike` where mean |I − s B| and s are within the limits. `dark` is
// added to both images. OUT alike, light : [pixels], 0 at other pixels.
static void hue(const HueInput& from, size_t first, size_t last, uint8_t* alike, float* light) {
    memset(alike + first, 0, last - first);
    memset(light + first, 0, (last - first) * sizeof *light);
    const uint8_t* const end = from.weak + last;
    for (const uint8_t* at = from.weak + first; at < end; ++at) {
        at = (const uint8_t*)memchr(at, 1, (size_t)(end - at));
        if (!at) return;
        const size_t p = (size_t)(at - from.weak);
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
        alike[p] = off < 3.0f * from.hue + from.hue_share * total && s > from.deepest && s < from.brightest;
    }
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
static void fill_row(const TextureInput& from, size_t line, int left, int columns, int row, int at, Patch& patch) {
    const size_t p = line + left, q = 3 * p;
    for (int k = 0; k < columns; ++k) patch.image[row][at + k] = grey_sum(from.image + q + 3 * k);
    for (int k = 0; k < columns; ++k) patch.plate[row][at + k] = grey_sum(from.plate + q + 3 * k);
    for (int k = 0; k < columns; ++k) {
        const float lit = grey_sum(from.seen + q + 3 * k) + 3.0f * from.dark;
        patch.ratio[row][at + k] = lit / (grey_sum(from.ground + q + 3 * k) + 3.0f * from.dark);
    }
    memcpy(&patch.alike[row][at], from.alike + p, (size_t)columns);
}

// Fills a patch. Beyond the images' edges, edge pixels are repeated.
static void fill_patch(const TextureInput& from, int top, int rows, int left, int columns, Patch& patch) {
    const int before = minimum(left, RADIUS), behind = minimum(from.width - left - columns, RADIUS);
    for (int row = 0; row < rows + 2 * RADIUS; ++row) {
        const size_t line = (size_t)clamp_index(top + row - RADIUS, from.height) * from.width;
        fill_row(from, line, left - before, before + columns + behind, row, RADIUS - before, patch);
        for (int k = before; k < RADIUS; ++k) fill_row(from, line, 0, 1, row, RADIUS - 1 - k, patch);
        for (int k = behind; k < RADIUS; ++k) fill_row(from, line, from.width - 1, 1, row, RADIUS + columns + k, patch);
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

// One row of a patch. OUT flats: where the ratio's standard deviation is below `flat` times its mean; sums: the
// products of the textures.
static void texture_row(const TextureInput& from, const Patch& patch, int row, int left, int columns,
                        const float* light, uint8_t* flats, float* sums) {
    float image[PATCH], plate[PATCH], ratio[PATCH], squares[PATCH];
    box_sums(patch.image, row, columns, false, image);
    box_sums(patch.plate, row, columns, false, plate);
    box_sums(patch.ratio, row, columns, false, ratio);
    box_sums(patch.ratio, row, columns, true, squares);
    for (int x = 0; x < columns; ++x) {
        if (!patch.alike[row + RADIUS][x + RADIUS]) continue;
        flats[x] = 25.0f * squares[x] - ratio[x] * ratio[x] < from.flat * from.flat * ratio[x] * ratio[x];
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

// Cell rows [first, last). OUT flats : [height][width], sums : [cell rows][cells][5].
static void texture(const TextureInput& from, int first, int last, uint8_t* flats, float* sums) {
    const int cells = (from.width + from.cell - 1) / from.cell;
    Patch patch = {};
    for (int cell = first; cell < last; ++cell) {
        const int top = cell * from.cell, bottom = minimum(top + from.cell, from.height);
        memset(sums + (size_t)cell * cells * 5, 0, (size_t)cells * 5 * sizeof *sums);
        memset(flats + (size_t)top * from.width, 0, (size_t)(bottom - top) * from.width);
        for (int start = 0; start < from.width; start += PATCH) {
            int left = start + PATCH, right = start;  // columns between which pixels are alike
            for (int y = top; y < bottom; ++y) {
                const uint8_t* const line = from.alike + (size_t)y * from.width;
                const int end = minimum(start + PATCH, from.width);
                const void* const first = memchr(line + start, 1, (size_t)(end - start));
                if (!first) continue;
                left = minimum(left, (int)((const uint8_t*)first - line));
                for (int x = end; x > right; --x) {
                    if (line[x - 1]) right = x;
                }
            }
            if (left >= right) continue;
            const int columns = right - left;
            fill_patch(from, top, bottom - top, left, columns, patch);
            for (int y = top; y < bottom; ++y) {
                const size_t p = (size_t)y * from.width + left;
                texture_row(from, patch, y - top, left, columns, from.light + p, flats + p,
                            sums + (size_t)cell * cells * 5);
            }
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
