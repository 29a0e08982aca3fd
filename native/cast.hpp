// The colours of cast shadows: where a frame is the plate in less and even light of a known hue.
#pragma once
#include "runs.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int CHUNK = 64, AROUND = 2;  // pixels of a word, which are handled together, and those around a pixel

static inline float absolute(float a) { return a < 0.0f ? -a : a; }

// Sums over five rows, of a chunk's columns and those around it.
struct Columns {
    double count[CHUNK + 2 * AROUND], total[CHUNK + 2 * AROUND], squares[CHUNK + 2 * AROUND];
};

static void add_rows(const CastInput& from, const Bits& mask, const float* light, int row, int left, int columns,
                     Columns& sums) {
    sums = Columns{};
    for (int dy = -AROUND; dy <= AROUND; ++dy) {
        const int y = mirrored(row + dy, from.height);
        const size_t line = (size_t)y * from.width;
        for (int k = 0; k < columns + 2 * AROUND; ++k) {
            const int at = left - AROUND + k, x = at >= 0 && at < from.width ? at : mirrored(at, from.width);
            if (!is_set(mask, y, x)) continue;
            const float share = light[line + x];
            sums.count[k] += 1.0;
            sums.total[k] += share;
            sums.squares[k] += share * share;
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

// One chunk of a row. IN OUT alike: stays where the light near by is even.
static void keep_even(const CastInput& from, const Bits& mask, const float* light, int row, int word,
                      const Bits& alike) {
    uint64_t& here = alike.at[(size_t)row * alike.words() + word];
    if (!here) return;
    const int left = CHUNK * word;
    Columns sums;
    add_rows(from, mask, light, row, left, minimum(CHUNK, from.width - left), sums);
    for (uint64_t rest = here; rest; rest &= rest - 1) {
        const int k = __builtin_ctzll(rest);
        const size_t p = (size_t)row * from.width + left + k;
        const uint8_t* const b = from.ground + 3 * p;
        const float usual = (b[0] + from.dark) + (b[1] + from.dark) + (b[2] + from.dark);
        const float noise = 2.0f * from.levels / (usual / 3.0f);
        const bool even = deviation(sums, k) < from.flat * (1.0f - light[p]) + noise;
        here &= ~((uint64_t)!even << k);
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

// One chunk of pixels, from `first` on, where the mask has these bits. OUT light : [pixels], there; alike, darker:
// bits.
static void compare_colours(const CastInput& from, size_t first, int columns, uint64_t mask, float* light,
                            uint64_t& alike, uint64_t& darker) {
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
    for (uint64_t rest = mask; rest; rest &= rest - 1) {
        const int k = __builtin_ctzll(rest);
        light[first + k] = shares[k];
        darker |= (uint64_t)(shares[k] < 1.0f) << k;
        const bool like = (off[k] < limit[k]) & (shares[k] > from.deepest) & (shares[k] < from.brightest);
        alike |= (uint64_t)like << k;
    }
}

// OUT light : [height][width], that of the frame as a share of the plate's, in the mask; alike: where the colour may be
// that of a shadow, and the light near by is even; darker: where it is below 1.
static void find_cast(const CastInput& from, const Bits& mask, float* light, const Bits& alike, const Bits& darker) {
    for (int y = 0; y < from.height; ++y) {
        for (int k = 0; k < mask.words(); ++k) {
            const size_t at = (size_t)y * mask.words() + k;
            alike.at[at] = darker.at[at] = 0;
            if (!mask.at[at]) continue;
            const size_t first = (size_t)y * from.width + CHUNK * (size_t)k;
            compare_colours(from, first, minimum(CHUNK, from.width - CHUNK * k), mask.at[at], light, alike.at[at],
                            darker.at[at]);
        }
    }
    for (int y = 0; y < from.height; ++y) {
        for (int k = 0; k < mask.words(); ++k) keep_even(from, mask, light, y, k, alike);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
