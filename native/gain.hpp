// Gain and bias of a frame against the plate: a regression that objects do not move.
#pragma once
#include "simd/arena.hpp"
#include "simd/lanes.hpp"
#include "simd/packed.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int PARTS = 16, BINS = 80;  // sums side by side, the same at any instruction set; bins of the ratio
constexpr float BIN = 0.02f;

struct PartSums {
    Floats parts[PARTS / LANES] = {};
    void add(int at, Floats v) { parts[at % PARTS / LANES] += v; }
    float total() const {
        float sum = 0.0f;
        for (int k = 0; k < PARTS; ++k) sum += parts[k / LANES][k % LANES];
        return sum;
    }
};
static inline Floats floats(const float* from) { return read<Floats>(from); }
// The pixels that count, each channel by itself; behind the last, pixels of no weight fill the part.
struct GainPixels {
    float *seen[3], *ground[3];
    float* counted;  // 1, or 0 behind the last
    int count, room;
};

static bool is_usable(const GainInput& from, const uint8_t* seen, const uint8_t* ground) {
    bool usable = true;
    for (int c = 0; c < 3; ++c) {
        usable &= minimum(seen[c], ground[c]) > from.dark && maximum(seen[c], ground[c]) < from.bright;
    }
    return usable;
}

// OUT counts : [BINS], of the ratio of brightness; returns the pixels that are usable.
static GainPixels gather(const GainInput& from, Arena& arena, int* counts) {
    const int most = ((from.height - 1) / from.step + 1) * ((from.width - 1) / from.step + 1) + PARTS;
    GainPixels pixels{};
    for (int c = 0; c < 3; ++c) pixels.seen[c] = arena.take<float>(most), pixels.ground[c] = arena.take<float>(most);
    pixels.counted = arena.take<float>(most);
    int count = 0;
    for (int y = 0; y < from.height; y += from.step) {
        for (int x = 0; x < from.width; x += from.step) {
            const size_t at = 3 * ((size_t)y * from.width + x);
            const uint8_t *const seen = from.image + at, *const ground = from.plate + at;
            if (!is_usable(from, seen, ground)) continue;
            for (int c = 0; c < 3; ++c) pixels.seen[c][count] = seen[c], pixels.ground[c][count] = ground[c];
            pixels.counted[count++] = 1.0f;
            const float ratio = from.logs[seen[0] + seen[1] + seen[2]] - from.logs[ground[0] + ground[1] + ground[2]];
            const float place = ratio / BIN + (float)(BINS / 2);
            if (place >= 0.0f && place < (float)BINS) ++counts[(int)place];
        }
    }
    pixels.count = count, pixels.room = (count + PARTS - 1) / PARTS * PARTS;
    for (int k = count; k < pixels.room; ++k) {
        for (int c = 0; c < 3; ++c) pixels.seen[c][k] = pixels.ground[c][k] = 0.0f;
        pixels.counted[k] = 0.0f;
    }
    return pixels;
}

// The mode of the ratios of brightness, smoothed over five bins.
static float commonest(const int* counts) {
    int best = 0, most = -1;
    for (int k = 0; k < BINS; ++k) {
        int sum = 0;
        for (int off = -2; off <= 2; ++off) {
            if (k + off >= 0 && k + off < BINS) sum += (3 - (off < 0 ? -off : off)) * counts[k + off];
        }
        if (sum > most) most = sum, best = k;
    }
    return (float)__builtin_exp(((double)best + 0.5 - BINS / 2) * 0.02);
}

// Geman and McClure's weight of each pixel by its largest error. OUT weights : [room]; returns their sum.
static float weigh_errors(const GainPixels& pixels, const float* gain, float scale, float* weights) {
    PartSums sum;
    for (int first = 0; first < pixels.room; first += PARTS) {
        for (int k = first; k < first + PARTS; k += LANES) {
            Floats error{};
            for (int c = 0; c < 3; ++c) {
                const Floats explained = gain[c] * floats(pixels.ground[c] + k) + gain[3 + c];
                error = maximum(error, size_of(floats(pixels.seen[c] + k) - explained));
            }
            const Floats share = error / scale, spread = share * share + 1.0f;
            const Floats weight = floats(pixels.counted + k) / (spread * spread);
            memcpy(weights + k, &weight, sizeof weight);
            sum.add(k, weight);
        }
    }
    return sum.total();
}

static float clipped(float value, const float* bounds) { return minimum(maximum(value, bounds[0]), bounds[1]); }

// One channel's weighted regression. OUT gain : [channel], [3 + channel].
static void regress(const GainInput& from, const GainPixels& pixels, const float* weights, float whole, int c,
                    float* gain) {
    PartSums seen, ground, covariance, variance;
    for (int first = 0; first < pixels.room; first += PARTS) {
        for (int k = first; k < first + PARTS; k += LANES) {
            const Floats weight = floats(weights + k);
            seen.add(k, weight * floats(pixels.seen[c] + k)), ground.add(k, weight * floats(pixels.ground[c] + k));
        }
    }
    const float mean_seen = seen.total() / whole, mean_ground = ground.total() / whole;
    for (int first = 0; first < pixels.room; first += PARTS) {
        for (int k = first; k < first + PARTS; k += LANES) {
            const Floats weight = floats(weights + k), off = floats(pixels.ground[c] + k) - mean_ground;
            covariance.add(k, weight * (off * (floats(pixels.seen[c] + k) - mean_seen)));
            variance.add(k, weight * (off * off));
        }
    }
    const float slope = (covariance.total() / whole + from.ridge) / (variance.total() / whole + from.ridge);
    gain[c] = clipped(slope, from.gains);
    gain[3 + c] = clipped(mean_seen - slope * mean_ground, from.offsets);
}

// OUT gain : [6], scale and offset of red, green and blue; returns whether enough pixels are usable.
static bool robust_gain(const GainInput& from, float* gain) {
    const size_t most = (size_t)((from.height - 1) / from.step + 1) * ((from.width - 1) / from.step + 1) + PARTS;
    Arena arena(8 * (most * sizeof(float) + 64));
    int counts[BINS] = {};
    const GainPixels pixels = gather(from, arena, counts);
    if (pixels.count < from.fewest) return false;
    float* const weights = arena.take<float>(most);
    for (int c = 0; c < 3; ++c) gain[c] = commonest(counts), gain[3 + c] = 0.0f;
    float scale = from.robust[0];
    for (int round = 0; round < from.rounds; ++round) {
        const float whole = weigh_errors(pixels, gain, scale, weights);
        for (int c = 0; c < 3; ++c) regress(from, pixels, weights, whole, c, gain);
        scale = maximum(from.robust[1], scale * from.robust[2]);
    }
    return true;
}

// OUT table : [256][3], a frame's levels in the plate's light, (level - offset) / scale, rounded. IN gain : [2][3].
static void gain_table(const float* gain, uint8_t* table) {
    for (int level = 0; level < 256; ++level) {
        for (int c = 0; c < 3; ++c) {
            const double lit = ((double)level - (double)gain[3 + c]) / (double)gain[c] + 0.5;
            table[3 * level + c] = (uint8_t)(lit < 0.0 ? 0.0 : lit > 255.0 ? 255.0 : lit);
        }
    }
}

// Levels of pixels, each channel by its own column of a table : [256][3].
static void look_up(const uint8_t* image, const uint8_t* table, size_t first, size_t last, uint8_t* out) {
    uint8_t columns[3][256];
    for (int level = 0; level < 256; ++level) {
        for (int c = 0; c < 3; ++c) columns[c][level] = table[3 * level + c];
    }
    for (size_t at = 3 * first; at < 3 * last; at += 3) {
        const uint8_t red = columns[0][image[at]], green = columns[1][image[at + 1]], blue = columns[2][image[at + 2]];
        out[at] = red, out[at + 1] = green, out[at + 2] = blue;
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
