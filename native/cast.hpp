// The colours of cast shadows: where a frame is the plate in less and even light of a known hue.
#pragma once
#include "runs.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int CHUNK = 64, AROUND = 2;  // pixels of a word, which are handled together, and those around a pixel

static inline float absolute(float a) { return a < 0.0f ? -a : a; }

constexpr int CHUNK_COLUMNS = (CHUNK + 2 * AROUND + 15) / 16 * 16, WINDOW = 2 * AROUND + 1;
constexpr int SET = 0, LIGHT = 1, SQUARE = 2, SHARES = 3;

// Of a row's chunk and the columns around it: 1 in the mask, the light there, and that squared; 0 elsewhere.
struct LightRow {
    float parts[SHARES][CHUNK_COLUMNS];
    int row = -1;
};

static void fill_light(const CastInput& from, const Bits& mask, const float* light, int y, int word, LightRow& to) {
    const int left = CHUNK * word, columns = minimum(CHUNK, from.width - left);
    const float* const line = light + (size_t)y * from.width;
    const uint64_t here = mask.at[(size_t)y * mask.words() + word];
    const auto put = [&](int k, bool is_in, int column) {
        const float share = is_in ? line[column] : 0.0f;
        to.parts[SET][k] = is_in, to.parts[LIGHT][k] = share, to.parts[SQUARE][k] = share * share;
    };
    for (int k = 0; k < AROUND; ++k) {
        const int before = mirrored(left - AROUND + k, from.width), behind = mirrored(left + columns + k, from.width);
        put(k, is_set(mask, y, before), before), put(AROUND + columns + k, is_set(mask, y, behind), behind);
    }
    int x = 0;
    for (; x + LANES <= columns; x += LANES) {
        const Ints in = lanes_of(here >> x);
        const Floats one = in ? splat(1.0f) : Floats{}, share = in ? read<Floats>(line + left + x) : Floats{};
        const Floats parts[SHARES] = {one, share, share * share};
        for (int k = 0; k < SHARES; ++k) memcpy(to.parts[k] + AROUND + x, parts + k, sizeof *parts);
    }
    for (; x < columns; ++x) put(AROUND + x, here >> x & 1, left + x);
    to.row = y;
}

// Sums over five rows, of a chunk's columns and those around it.
struct Columns {
    double parts[SHARES][CHUNK_COLUMNS];
};

static void add_rows(const LightRow* const* rows, Columns& sums) {
    for (int part = 0; part < SHARES; ++part) {
        const float *const a = rows[0]->parts[part], *const b = rows[1]->parts[part], *const c = rows[2]->parts[part];
        const float *const d = rows[3]->parts[part], *const e = rows[4]->parts[part];
        double* __restrict const to = sums.parts[part];
        for (int k = 0; k < CHUNK_COLUMNS; ++k) {
            to[k] = (double)a[k] + (double)b[k] + (double)c[k] + (double)d[k] + (double)e[k];
        }
    }
}

// The mean over 5 x 5 pixels.
static inline float mean_of(const double* v) { return (float)((v[0] + v[1] + v[2] + v[3] + v[4]) / 25.0); }

// The standard deviation of the light of the mask's pixels within 5 x 5 pixels.
static inline float deviation(const Columns& sums, int k) {
    const float share = mean_of(sums.parts[SET] + k), mean = mean_of(sums.parts[LIGHT] + k) / share;
    const float variance = mean_of(sums.parts[SQUARE] + k) / share - mean * mean;
    return __builtin_sqrtf(variance < 0.0f ? 0.0f : variance);
}

// IN OUT alike: stays where the light near by is even.
static void keep_even(const CastInput& from, const Bits& mask, const float* light, const Bits& alike) {
    for (int word = 0; word < alike.words(); ++word) {
        LightRow ring[WINDOW];
        Columns sums;
        for (int y = 0; y < from.height; ++y) {
            uint64_t& here = alike.at[(size_t)y * alike.words() + word];
            if (!here) continue;
            const LightRow* rows[WINDOW];
            for (int k = 0; k < WINDOW; ++k) {
                const int row = mirrored(y + k - AROUND, from.height);
                LightRow& held = ring[row % WINDOW];
                if (held.row != row) fill_light(from, mask, light, row, word, held);
                rows[k] = &held;
            }
            add_rows(rows, sums);
            for (uint64_t rest = here; rest; rest &= rest - 1) {
                const int k = __builtin_ctzll(rest);
                const size_t p = (size_t)y * from.width + CHUNK * (size_t)word + k;
                const uint8_t* const b = from.ground + 3 * p;
                const float usual = (b[0] + from.dark) + (b[1] + from.dark) + (b[2] + from.dark);
                const float noise = 2.0f * from.levels / (usual / 3.0f);
                const bool even = deviation(sums, k) < from.flat * (1.0f - light[p]) + noise;
                here &= ~((uint64_t)!even << k);
            }
        }
    }
}

// A chunk of a picture, each channel by itself, raised from the dark.
static void separate(const uint8_t* pixels, int columns, float dark, float (&channels)[3][CHUNK]) {
    for (int k = 0; k < columns; k += SPAN) {
        const Channels c = unpack(read_packed(pixels + 3 * k, columns - k));
        for (int at = 0; at < SPAN; at += LANES) {
            const Colour colour = levels(c, at) + dark;
            store(channels[0] + k + at, colour.r, LANES), store(channels[1] + k + at, colour.g, LANES);
            store(channels[2] + k + at, colour.b, LANES);
        }
    }
}

// One chunk of pixels, from `first` on, where the mask has these bits. OUT light : [pixels], there; alike, darker:
// bits.
static void compare_colours(const CastInput& from, size_t first, int columns, uint64_t mask, float* light,
                            uint64_t& alike, uint64_t& darker) {
    float image[3][CHUNK] = {}, plate[3][CHUNK] = {}, shares[CHUNK], off[CHUNK], limit[CHUNK];
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
    alike = mask & judged_word(0, CHUNK, [&](size_t k, auto v) {
                using V = decltype(v);
                const V share = read<V>(shares + k);
                return (read<V>(off + k) < read<V>(limit + k)) & (share > from.deepest) & (share < from.brightest);
            });
    darker = mask & judged_word(0, CHUNK, [&](size_t k, auto v) { return read<decltype(v)>(shares + k) < 1.0f; });
    for (uint64_t rest = mask; rest; rest &= rest - 1) {
        light[first + __builtin_ctzll(rest)] = shares[__builtin_ctzll(rest)];
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
    keep_even(from, mask, light, alike);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
