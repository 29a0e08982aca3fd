// The light of a frame as a mixture of the scene's light states: a regression that objects do not move.
#pragma once
#include "gain.hpp"
#include "linear.hpp"
#include "simd/arena.hpp"
#include "simd/wide_sum.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The pixels that count, each channel by itself; behind the last, pixels of no weight fill the vector.
struct MixturePixels {
    double *seen[3], *ground[MOST_LIGHTS][3];
    double* counted;                      // 1, or 0 behind the last
    double *useful, *weights, *weighted;  // room for the regression
    int count, room;
};

// Slopes of each channel and light state, and offsets: seen = Σ slopes · ground + offset.
struct MixtureFit {
    double slopes[3][MOST_LIGHTS], offset[3];
};

static bool is_usable(const MixtureInput& from, size_t at) {
    for (int c = 0; c < 3; ++c) {
        int brightest = from.image[at + c];
        for (int k = 0; k < from.states; ++k) brightest = maximum(brightest, (int)from.plates[k][at + c]);
        if (brightest <= from.dark || brightest >= from.bright) return false;
    }
    return true;
}

static MixturePixels gather(const MixtureInput& from, Arena& arena, int most) {
    MixturePixels pixels{};
    size_t* const places = arena.take<size_t>(most);
    int all = 0, usable = 0;
    for (int y = 0; y < from.height; y += from.step) {
        for (int x = 0; x < from.width; x += from.step) places[all++] = 3 * ((size_t)y * from.width + x);
    }
    for (int k = 0; k < all; ++k) usable += is_usable(from, places[k]);
    if (usable >= from.fewest) {
        usable = 0;
        for (int k = 0; k < all; ++k) {
            if (is_usable(from, places[k])) places[usable++] = places[k];
        }
        all = usable;
    }
    pixels.count = all, pixels.room = (all + WIDE - 1) / WIDE * WIDE;
    const auto line = [&](const uint8_t* picture) {
        double* const levels = arena.take<double>(most);
        for (int k = 0; k < pixels.room; ++k) levels[k] = k < all ? (double)picture[places[k]] : 0.0;
        return levels;
    };
    for (int c = 0; c < 3; ++c) {
        pixels.seen[c] = line(from.image + c);
        for (int k = 0; k < from.states; ++k) pixels.ground[k][c] = line(from.plates[k] + c);
    }
    pixels.counted = arena.take<double>(most), pixels.useful = arena.take<double>(most);
    pixels.weights = arena.take<double>(most), pixels.weighted = arena.take<double>(most);
    for (int k = 0; k < pixels.room; ++k) pixels.counted[k] = k < all;
    return pixels;
}

// The residual of so many pixels, the greatest of their channels; states are `first` and those behind it.
static inline Doubles residual(const MixturePixels& pixels, int first, int states, const MixtureFit& fit, int at) {
    Doubles most{};
    for (int c = 0; c < 3; ++c) {
        Doubles predicted{};
        for (int k = 0; k < states; ++k) predicted += fit.slopes[c][k] * doubles(pixels.ground[first + k][c] + at);
        const Doubles lit = minimum(predicted + fit.offset[c], Doubles{} + 255.0);
        const Doubles off = doubles(pixels.seen[c] + at) - lit, size = off < 0.0 ? -off : off;
        most = maximum(most, size);
    }
    return most;
}

static double mean_residual(const MixtureInput& from, const MixturePixels& pixels, int first, int states,
                            const MixtureFit& fit) {
    const double sum = wide_sum(pixels.room, [&](int k) {
        return doubles(pixels.counted + k) * minimum(residual(pixels, first, states, fit, k), Doubles{} + from.cap);
    });
    return sum / pixels.count;
}

// Clipped pixels, which do not follow the light, are hardly useful.
static void weigh_clipped(const MixtureInput& from, const MixturePixels& pixels, int first, int states) {
    for (int k = 0; k < pixels.room; ++k) {
        double brightest = 0.0;
        for (int c = 0; c < 3; ++c) {
            brightest = maximum(brightest, pixels.seen[c][k]);
            for (int s = 0; s < states; ++s) brightest = maximum(brightest, pixels.ground[first + s][c][k]);
        }
        pixels.useful[k] = pixels.counted[k] * (brightest >= from.bright ? from.clipped : 1.0);
    }
}

// Geman and McClure's weight of each pixel by its residual; returns their sum.
static double weigh_residuals(const MixturePixels& pixels, int first, int states, const MixtureFit& fit, double scale) {
    return wide_sum(pixels.room, [&](int k) {
        const Doubles share = residual(pixels, first, states, fit, k) / scale, spread = share * share + 1.0;
        const Doubles weight = doubles(pixels.useful + k) / (spread * spread);
        memcpy(pixels.weights + k, &weight, sizeof weight);
        return weight;
    });
}

static double bounded(double value, const double* bounds) { return minimum(maximum(value, bounds[0]), bounds[1]); }

// One channel's weighted regression, drawn to a prior. IN whole : sum of the weights.
static void regress_channel(const MixtureInput& from, const MixturePixels& pixels, int first, int states,
                            const double* prior, double whole, int c, MixtureFit& fit) {
    double covariance[MOST_LIGHTS][MOST_LIGHTS], slopes[MOST_LIGHTS], means[MOST_LIGHTS], sum = 0.0;
    const double mean_seen = product(pixels.weights, pixels.seen[c], pixels.room) / whole;
    for (int k = 0; k < states; ++k) {
        const double* const ground = pixels.ground[first + k][c];
        means[k] = wide_sum(pixels.room, [&](int p) {
            const Doubles weighted = doubles(pixels.weights + p) * doubles(ground + p);
            memcpy(pixels.weighted + p, &weighted, sizeof weighted);
            return weighted;
        });
        means[k] /= whole;
        const double shared = product(pixels.weighted, pixels.seen[c], pixels.room) / whole;
        slopes[k] = shared - means[k] * mean_seen + from.ridge * prior[k];
        for (int other = 0; other <= k; ++other) {
            const double both = product(pixels.weighted, pixels.ground[first + other][c], pixels.room) / whole;
            covariance[k][other] = covariance[other][k] = both - means[k] * means[other];
        }
        covariance[k][k] += from.ridge;
    }
    solve(covariance, slopes, states);
    for (int k = 0; k < states; ++k) sum += slopes[k];
    const double scale = bounded(sum, from.scales) / (sum > 1e-6 || sum < -1e-6 ? sum : 1e-6);
    double offset = mean_seen;
    for (int k = 0; k < states; ++k) {
        fit.slopes[c][k] = slopes[k] * scale;
        offset -= fit.slopes[c][k] * means[k];
    }
    fit.offset[c] = bounded(offset, from.offsets);
}

// IN OUT fit : where the regression starts and ends.
static void regress(const MixtureInput& from, const MixturePixels& pixels, int first, int states,
                    const double (*prior)[MOST_LIGHTS], double scale, MixtureFit& fit) {
    weigh_clipped(from, pixels, first, states);
    for (int round = 0; round < from.rounds; ++round) {
        const double whole = weigh_residuals(pixels, first, states, fit, scale);
        for (int c = 0; c < 3; ++c) regress_channel(from, pixels, first, states, prior[c], whole, c, fit);
        scale = maximum(from.least, scale * from.annealing);
    }
}

// One state alone, from the commonest ratio of brightness, since an object may cover half of the image.
static MixtureFit fit_alone(const MixtureInput& from, const MixturePixels& pixels, int state) {
    int counts[BINS] = {};
    for (int k = 0; k < pixels.count; ++k) {
        int seen = 0, ground = 0;
        for (int c = 0; c < 3; ++c) {
            seen += maximum((int)pixels.seen[c][k], 1), ground += maximum((int)pixels.ground[state][c][k], 1);
        }
        const float place = (from.logs[seen] - from.logs[ground]) / BIN + (float)(BINS / 2);
        if (place >= 0.0f && place < (float)BINS) ++counts[(int)place];
    }
    const double ones[3][MOST_LIGHTS] = {{1.0}, {1.0}, {1.0}};
    MixtureFit fit{};
    for (int c = 0; c < 3; ++c) fit.slopes[c][0] = (double)commonest(counts);
    regress(from, pixels, state, 1, ones, from.alone, fit);
    return fit;
}

// The median of the levels of all channels, each times its slope, which is above 0.
static double median_level(double* const* channels, const double* slopes, int count) {
    int counts[3][256] = {}, at[3] = {}, passed = 0;
    for (int c = 0; c < 3; ++c) {
        for (int k = 0; k < count; ++k) ++counts[c][(int)channels[c][k]];
    }
    const int lower = (3 * count - 1) / 2, upper = 3 * count / 2;
    double low = 0.0;
    for (bool known = false;;) {
        int next = -1;
        for (int c = 0; c < 3; ++c) {
            while (at[c] < 256 && !counts[c][at[c]]) ++at[c];
            if (at[c] < 256 && (next < 0 || slopes[c] * at[c] < slopes[next] * at[next])) next = c;
        }
        const double level = slopes[next] * at[next];
        passed += counts[next][at[next]++];
        if (!known && passed > lower) low = level, known = true;
        if (passed > upper) return (low + level) / 2.0;
    }
}

// All states together, drawn to the nearest.
static MixtureFit fit_together(const MixtureInput& from, const MixturePixels& pixels, int nearest,
                               const MixtureFit& alone) {
    constexpr double same[3] = {1.0, 1.0, 1.0};
    const double slopes[3] = {alone.slopes[0][0], alone.slopes[1][0], alone.slopes[2][0]};
    const double usual = median_level(pixels.ground[nearest], slopes, pixels.count);
    const double gain = median_level(pixels.seen, same, pixels.count) / maximum(1.0, usual);
    double prior[3][MOST_LIGHTS] = {};
    MixtureFit fit{};
    for (int c = 0; c < 3; ++c) prior[c][nearest] = slopes[c], fit.slopes[c][nearest] = gain * slopes[c];
    regress(from, pixels, 0, from.states, prior, from.together, fit);
    return fit;
}

// OUT slopes : [3][states]; offset : [3]. Returns the number of the state that explains the frame best by itself.
static int fit_mixture(const MixtureInput& from, double* slopes, double* offset) {
    const int most = ((from.height - 1) / from.step + 1) * ((from.width - 1) / from.step + 1) + WIDE;
    Arena arena((size_t)(3 * from.states + 8) * (most * sizeof(double) + 64));
    const MixturePixels pixels = gather(from, arena, most);
    MixtureFit best{};
    int nearest = 0;
    double least = 0.0;
    for (int k = 0; k < from.states; ++k) {
        const MixtureFit alone = fit_alone(from, pixels, k);
        const double left = mean_residual(from, pixels, k, 1, alone);
        if (k == 0 || left < least) nearest = k, least = left, best = alone;
    }
    MixtureFit fit{};
    for (int c = 0; c < 3; ++c) fit.slopes[c][nearest] = best.slopes[c][0], fit.offset[c] = best.offset[c];
    if (from.states > 1) {
        const MixtureFit mixed = fit_together(from, pixels, nearest, best);
        if (mean_residual(from, pixels, 0, from.states, mixed) < from.remaining * least) fit = mixed;
    }
    for (int c = 0; c < 3; ++c) {
        for (int k = 0; k < from.states; ++k) slopes[c * from.states + k] = fit.slopes[c][k];
        offset[c] = fit.offset[c];
    }
    return nearest;
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
