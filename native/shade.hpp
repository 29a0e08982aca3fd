// Ground in another light: the hue of what differs from the plate, and how much of the plate's texture it keeps.
#pragma once
#include "kernels.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

static inline int inside(int at, int size) { return at < 0 ? 0 : at >= size ? size - 1 : at; }
static inline float level(const uint8_t* p) { return (float)(p[0] + p[1] + p[2]); }

// s = <I, B> / <B, B> and mean |I - s B| of every weak pixel, both pictures smoothed and lifted by `dark`.
static void hue(const Hue& from, size_t first, size_t last, uint8_t* alike, float* light) {
    for (size_t p = first; p < last; ++p) {
        alike[p] = 0;
        light[p] = 0.0f;
        if (!from.weak[p]) continue;
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

// Whether I / B hardly varies over 5 x 5 pixels: its deviation under `flat` times its mean.
static bool flat(const Texture& from, int y, int x) {
    float sum = 0.0f, squares = 0.0f;
    for (int dy = -2; dy <= 2; ++dy) {
        const size_t row = (size_t)inside(y + dy, from.height) * from.width;
        for (int dx = -2; dx <= 2; ++dx) {
            const size_t q = 3 * (row + inside(x + dx, from.width));
            const float r = (level(from.seen + q) + 3.0f * from.dark) / (level(from.ground + q) + 3.0f * from.dark);
            sum += r;
            squares += r * r;
        }
    }
    return 25.0f * squares - sum * sum < from.flat * from.flat * sum * sum;
}

// Grey level less its mean over 5 x 5 pixels.
static float detail(const uint8_t* picture, const Texture& from, int y, int x) {
    float sum = 0.0f;
    for (int dy = -2; dy <= 2; ++dy) {
        const size_t row = (size_t)inside(y + dy, from.height) * from.width;
        for (int dx = -2; dx <= 2; ++dx) sum += level(picture + 3 * (row + inside(x + dx, from.width)));
    }
    return (level(picture + 3 * ((size_t)y * from.width + x)) - sum / 25.0f) / 3.0f;
}

// Whether the pixel and its eight neighbours, those of them in the picture, are all alike.
static bool amidst(const Texture& from, int y, int x) {
    for (int dy = -1; dy <= 1; ++dy) {
        const size_t row = (size_t)inside(y + dy, from.height) * from.width;
        for (int dx = -1; dx <= 1; ++dx) {
            if (!from.alike[row + inside(x + dx, from.width)]) return false;
        }
    }
    return true;
}

// Rows `first` to `last` of the cells. OUT flats : [height][width], sums : [rows of cells][cells][5].
static void texture(const Texture& from, int first, int last, uint8_t* flats, float* sums) {
    const int cells = (from.width + from.cell - 1) / from.cell;
    for (int row = first; row < last; ++row) {
        float* const out = sums + (size_t)row * cells * 5;
        for (int k = 0; k < cells * 5; ++k) out[k] = 0.0f;
        for (int y = row * from.cell; y < (row + 1) * from.cell && y < from.height; ++y) {
            for (int x = 0; x < from.width; ++x) {
                const size_t p = (size_t)y * from.width + x;
                flats[p] = from.alike[p] && flat(from, y, x);
                if (!from.alike[p] || !amidst(from, y, x)) continue;
                const float own = detail(from.image, from, y, x);
                const float expected = from.light[p] * detail(from.plate, from, y, x);
                float* const sum = out + 5 * (x / from.cell);
                sum[0] += 1.0f;
                sum[1] += own * own;
                sum[2] += own * expected;
                sum[3] += expected * expected;
                sum[4] += level(from.image + 3 * p) / 3.0f;
            }
        }
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
