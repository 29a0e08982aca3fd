// The colours of cast shadows: where a frame is the plate in less and even light of a known hue.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int CHUNK = 64, AROUND = 2;  // pixels of a row that are handled together, and those around a pixel

static inline float absolute(float a) { return a < 0.0f ? -a : a; }

// Sums over five rows, of a chunk's columns and those around it.
struct Columns {
    double count[CHUNK + 2 * AROUND], total[CHUNK + 2 * AROUND], squares[CHUNK + 2 * AROUND];
};

static void add_rows(const CastInput& from, const float* light, int row, int left, int columns, Columns& sums) {
    sums = Columns{};
    for (int dy = -AROUND; dy <= AROUND; ++dy) {
        const size_t line = (size_t)mirrored(row + dy, from.height) * from.width;
        for (int k = 0; k < columns + 2 * AROUND; ++k) {
            const int x = left - AROUND + k;
            const size_t p = line + (x >= 0 && x < from.width ? x : mirrored(x, from.width));
            sums.count[k] += from.mask[p];
            sums.total[k] += light[p];
            sums.squares[k] += light[p] * light[p];
        }
    }
}

static inline double five(const double* v) { return v[0] + v[1] + v[2] + v[3] + v[4]; }

// The standard deviation of the light of the mask's pixels within 5 x 5 pixels.
static inline float deviation(const Columns& sums, int k) {
    const float share = (float)(five(sums.count + k) / 25.0), mean = (float)(five(sums.total + k) / 25.0) / share;
    const float variance = (float)(five(sums.squares + k) / 25.0) / share - mean * mean;
    return __builtin_sqrtf(variance < 0.0f ? 0.0f : variance);
}

// One chunk of a row. IN OUT alike : [pixels], stays where the light near by is even.
static void keep_even(const CastInput& from, const float* light, int row, int left, int columns, uint8_t* alike) {
    const size_t line = (size_t)row * from.width + left;
    if (!memchr(alike + line, 1, columns)) return;
    Columns sums;
    add_rows(from, light, row, left, columns, sums);
    for (int k = 0; k < columns; ++k) {
        const size_t p = line + k;
        if (!alike[p]) continue;
        const uint8_t* const b = from.ground + 3 * p;
        const float usual = (b[0] + from.dark) + (b[1] + from.dark) + (b[2] + from.dark);
        const float noise = 2.0f * from.levels / (usual / 3.0f);
        alike[p] = deviation(sums, k) < from.flat * (1.0f - light[p]) + noise;
    }
}

// A chunk of a picture, each channel by itself, raised from the dark.
static void separate(const uint8_t* pixels, int columns, float dark, float (&channels)[3][CHUNK]) {
    uint8_t packed[3 * CHUNK] = {};
    memcpy(packed, pixels, 3 * (size_t)columns);
    for (int c = 0; c < 3; ++c) {
        for (int k = 0; k < CHUNK; ++k) channels[c][k] = (float)packed[3 * k + c] + dark;
    }
}

// One chunk of pixels, from `first` on. OUT light, alike, darker : [pixels], 0 outside the mask.
static void compare_colours(const CastInput& from, size_t first, int columns, float* light, uint8_t* alike,
                            uint8_t* darker) {
    float image[3][CHUNK], plate[3][CHUNK], shares[CHUNK], off[CHUNK], limit[CHUNK];
    separate(from.seen + 3 * first, columns, from.dark, image);
    separate(from.ground + 3 * first, columns, from.dark, plate);
    const float red = from.hue[0], green = from.hue[1], blue = from.hue[2], part = from.change, levels = from.levels;
    for (int k = 0; k < CHUNK; ++k) {
        const float total = image[0][k] + image[1][k] + image[2][k], usual = plate[0][k] + plate[1][k] + plate[2][k];
        const float r = plate[0][k] * red, g = plate[1][k] * green, b = plate[2][k] * blue;
        const float level = total / (r + g + b);
        const float change = absolute(image[0][k] - plate[0][k]) + absolute(image[1][k] - plate[1][k]) +
                             absolute(image[2][k] - plate[2][k]);
        shares[k] = total / usual;
        off[k] = (absolute(image[0][k] - r * level) + absolute(image[1][k] - g * level) +
                  absolute(image[2][k] - b * level)) /
                 3.0f;
        limit[k] = part * (change / 3.0f) + levels;
    }
    for (int k = 0; k < columns; ++k) {
        const size_t p = first + k;
        if (!from.mask[p]) continue;
        light[p] = shares[k];
        darker[p] = shares[k] < 1.0f;
        alike[p] = (off[k] < limit[k]) & (shares[k] > from.deepest) & (shares[k] < from.brightest);
    }
}

// OUT light, alike, darker : [height][width], 0 outside the mask. Light is that of the frame as a share of the plate's;
// alike where the colour may be that of a shadow, and the light near by is even; darker where it is below 1.
static void cast_colours(const CastInput& from, float* light, uint8_t* alike, uint8_t* darker) {
    const size_t pixels = (size_t)from.height * from.width;
    memset(light, 0, pixels * sizeof *light);
    memset(alike, 0, pixels);
    memset(darker, 0, pixels);
    for (size_t p = 0; p < pixels; p += CHUNK) {
        const int columns = pixels - p < CHUNK ? (int)(pixels - p) : CHUNK;
        if (memchr(from.mask + p, 1, columns)) compare_colours(from, p, columns, light, alike, darker);
    }
    for (int y = 0; y < from.height; ++y) {
        for (int x = 0; x < from.width; x += CHUNK) keep_even(from, light, y, x, minimum(CHUNK, from.width - x), alike);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
