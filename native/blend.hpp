// The scene in a mixture of its light states, whose shares may vary over the picture.
#pragma once
#include "simd/arena.hpp"
#include "simd/lanes.hpp"
#include "simd/packed.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr float LEAST_PART = 1e-3f;  // share of a state below which it is not added

// Where one of many lies between few: the first of its two neighbours, and the share of the second.
struct Between {
    int first, second;
    float share;
};
static Between between(int at, int many, int few) {
    const float place = (float)(((double)at + 0.5) * ((double)few / many) - 0.5);
    const int first = place < 0.0f ? 0 : (int)place;
    if (place < 0.0f || first >= few - 1) return {clamp_index(first, few), clamp_index(first, few), 0.0f};
    return {first, first + 1, place - (float)first};
}

// A field at the picture's width. OUT lines : [rows][states + 1][stride].
static void widen_field(const BlendInput& from, size_t stride, Between* places, float* lines) {
    const int planes = from.states + 1;
    for (int x = 0; x < from.width; ++x) places[x] = between(x, from.width, from.columns);
    for (int row = 0; row < from.rows; ++row) {
        for (int k = 0; k < planes; ++k) {
            const float* const cells = from.field + (size_t)row * from.columns * planes + k;
            float* const line = lines + ((size_t)row * planes + k) * stride;
            for (int x = 0; x < from.width; ++x) {
                const Between at = places[x];
                line[x] = cells[at.first * planes] * (1.0f - at.share) + cells[at.second * planes] * at.share;
            }
        }
    }
}

// A row of the field at the picture's size. OUT local : [states + 1][stride].
static void field_row(const BlendInput& from, int y, size_t stride, const float* lines, float* __restrict local) {
    const Between at = between(y, from.height, from.rows);
    const size_t size = (from.states + 1) * stride;
    const float *const one = lines + at.first * size, *const other = lines + at.second * size;
    for (size_t k = 0; k < size; ++k) local[k] = one[k] * (1.0f - at.share) + other[k] * at.share;
}

static bool counts(const BlendInput& from, int state) {
    float most = 0.0f;
    const size_t cells = from.field ? (size_t)from.rows * from.columns : 1;
    for (size_t p = 0; p < cells; ++p) {
        const float local = from.field ? from.field[p * (from.states + 1) + state] : 0.0f;
        for (int c = 0; c < 3; ++c) most = maximum(most, __builtin_fabsf(from.shares[3 * state + c] + local));
    }
    return most > LEAST_PART;
}

static inline Floats channel(const uint8_t* from) { return floats(widen(read<Bytes>(from))); }

// Sixteen pixels, of which each state's are at `at` of its plate. IN local : [states + 1][stride].
static inline Packed blend_span(const BlendInput& from, const bool* used, const uint8_t* const* at, const float* local,
                                size_t stride) {
    Floats sums[3][SPAN / LANES] = {};
    uint8_t bytes[3][SPAN];
    for (int state = 0; state < from.states; ++state) {
        if (!used[state]) continue;
        const Channels plate = unpack(read_packed(at[state]));
        const float *const more = local + state * stride, *const shares = from.shares + 3 * state;
        memcpy(bytes, &plate, sizeof bytes);
        for (int k = 0; k < SPAN / LANES; ++k) {
            const Floats part = read<Floats>(more + k * LANES);
            for (int c = 0; c < 3; ++c) sums[c][k] += channel(bytes[c] + k * LANES) * (shares[c] + part);
        }
    }
    for (int k = 0; k < SPAN / LANES; ++k) {
        const Floats brighter = 1.0f + read<Floats>(local + from.states * stride + k * LANES);
        for (int c = 0; c < 3; ++c) {
            const Ints level = maximum(ints(sums[c][k] * brighter + 0.5f), Ints{});
            store_bytes(bytes[c] + k * LANES, (Words)minimum(level, splat(255)));
        }
    }
    return pack(read<Channels>(bytes));
}

// OUT mixed : [height][width][3].
static void blend(const BlendInput& from, uint8_t* mixed) {
    const size_t stride = whole_spans(from.width), planes = from.states + 1;
    const size_t rows = from.field ? from.rows : 0;
    Arena arena(((rows + 1) * planes * sizeof(float) + sizeof(Between)) * stride + 256);
    float *const lines = arena.take<float>(rows * planes * stride), *const local = arena.take<float>(planes * stride);
    memset(lines, 0, rows * planes * stride * sizeof *lines), memset(local, 0, planes * stride * sizeof *local);
    bool used[MOST_LIGHTS];
    uint8_t rest[MOST_LIGHTS][3 * SPAN] = {};
    for (int k = 0; k < from.states; ++k) used[k] = counts(from, k);
    if (from.field) widen_field(from, stride, arena.take<Between>(from.width), lines);
    for (int y = 0; y < from.height; ++y) {
        if (from.field) field_row(from, y, stride, lines, local);
        const size_t start = 3 * (size_t)y * from.width;
        for (int x = 0; x < from.width; x += SPAN) {
            const int count = minimum(SPAN, from.width - x);
            const uint8_t* at[MOST_LIGHTS];
            for (int k = 0; k < from.states; ++k) {
                at[k] = from.plates[k] + start + 3 * x;
                if (count < SPAN) at[k] = (const uint8_t*)memcpy(rest[k], at[k], 3 * (size_t)count);
            }
            const Packed span = blend_span(from, used, at, local + x, stride);
            memcpy(mixed + start + 3 * x, &span, 3 * (size_t)count);
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
