// Frame and plate side by side, in one pass: their difference, and that of level, of colour, and by the ground's own
// colours, smoothed. What is smoothed is whole numbers of 16 bits.
#pragma once
#include "simd/arena.hpp"
#include "simd/lanes.hpp"
#include "simd/packed.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int LEVEL = 0, COLOUR = 1, RED = 2, PLANES = 5;  // red, green and blue have a sign
constexpr int MOST_RADIUS = 16;
// Of the sums that are smoothed: 3 times the mean of three differences, 9 times that without what they have in common,
// and differences; twice the largest stays below 2^15.
constexpr int16_t UNITS[PLANES] = {16, 8, 64, 64, 64};
constexpr float LEVEL_UNIT = 1.0f / 48.0f, COLOUR_UNIT = 1.0f / 72.0f, SIGNED_UNIT = 1.0f / 64.0f;  // 8-bit levels

// a w / 2^15, rounded.
static inline int16_t part_of(int16_t a, int16_t w) { return (int16_t)((((int32_t)a * w >> 14) + 1) >> 1); }

// A weighted sum of a row and of those around it, in one pass; `at` tells where the row so many steps from it is. OUT
// sum : [count].
template <int RADIUS, class Place>
static inline void weigh_all(const int16_t* weights, int count, int16_t* __restrict sum, Place at) {
    const int16_t* rows[2 * RADIUS + 1];
    for (int k = 0; k <= 2 * RADIUS; ++k) rows[k] = at(k - RADIUS);
    int16_t w[RADIUS + 1];
    memcpy(w, weights, sizeof w);
    for (int k = 0; k < count; ++k) {
        int16_t all = part_of(rows[RADIUS][k], w[0]);
        for (int step = 1; step <= RADIUS; ++step) {
            all += part_of((int16_t)(rows[RADIUS - step][k] + rows[RADIUS + step][k]), w[step]);
        }
        sum[k] = all;
    }
}

// The same of any radius; 2 and 4 are those of frames that were reduced, and that were not.
template <class Place>
static inline void weigh(const int16_t* weights, int radius, int count, int16_t* __restrict sum, Place at) {
    if (radius == 2) return weigh_all<2>(weights, count, sum, at);
    if (radius == 4) return weigh_all<4>(weights, count, sum, at);
    const int16_t* const middle = at(0);
    for (int k = 0; k < count; ++k) sum[k] = part_of(middle[k], weights[0]);
    for (int step = 1; step <= radius; ++step) {
        const int16_t *const before = at(-step), *const behind = at(step), part = weights[step];
        for (int k = 0; k < count; ++k) sum[k] += part_of((int16_t)(before[k] + behind[k]), part);
    }
}

static inline Sums magnitude(Sums a) { return maximum(a, -a); }

// The differences of sixteen pixels. OUT lines : of each plane that is wanted, [SPAN]; difference : [SPAN].
static inline void subtract(const Packed& image, const Packed& plate, int16_t* const* lines, float* difference) {
    const Channels i = unpack(image), b = unpack(plate);
    const Sums red = __builtin_convertvector(i.r, Sums) - __builtin_convertvector(b.r, Sums);
    const Sums green = __builtin_convertvector(i.g, Sums) - __builtin_convertvector(b.g, Sums);
    const Sums blue = __builtin_convertvector(i.b, Sums) - __builtin_convertvector(b.b, Sums);
    const Sums level = magnitude(red) + magnitude(green) + magnitude(blue);
    const auto put = [&](int plane, Sums sums) {
        const Sums units = sums * UNITS[plane];
        if (lines[plane]) memcpy(lines[plane], &units, sizeof units);
    };
    put(LEVEL, level);
    if (lines[COLOUR]) {
        const Sums common = red + green + blue, three = Sums{} + 3;
        put(COLOUR,
            magnitude(three * red - common) + magnitude(three * green - common) + magnitude(three * blue - common));
    }
    put(RED, red), put(RED + 1, green), put(RED + 2, blue);
    const Levels mean = (1.0f / 3.0f) * levels(level);
    memcpy(difference, &mean, sizeof mean);
}

// One row. OUT lines : of each plane that is wanted, [whole spans]; difference : [width].
static void subtract_row(const CompareInput& from, int y, int16_t* const* lines, float* difference) {
    const size_t start = 3 * (size_t)y * from.width;
    const uint8_t *const image = from.image + start, *const plate = from.plate + start;
    int16_t* places[PLANES];
    int x = 0;
    for (; x + SPAN <= from.width; x += SPAN) {
        for (int k = 0; k < PLANES; ++k) places[k] = lines[k] ? lines[k] + x : nullptr;
        subtract(read_packed(image + 3 * x), read_packed(plate + 3 * x), places, difference + x);
    }
    if (x == from.width) return;
    const size_t rest = (size_t)(from.width - x);
    uint8_t seen[3 * SPAN] = {}, ground[3 * SPAN] = {};
    float last[SPAN];
    memcpy(seen, image + 3 * x, 3 * rest), memcpy(ground, plate + 3 * x, 3 * rest);
    for (int k = 0; k < PLANES; ++k) places[k] = lines[k] ? lines[k] + x : nullptr;
    subtract(read_packed(seen), read_packed(ground), places, last);
    memcpy(difference + x, last, rest * sizeof *last);
}

// Mirrors a line at its outermost pixels: `radius` more on either side.
static void mirror(int16_t* line, int width, int radius) {
    for (int k = 1; k <= radius; ++k) {
        line[-k] = line[mirrored(-k, width)];
        line[width - 1 + k] = line[mirrored(width - 1 + k, width)];
    }
}

// The distance |U d| of a row. IN rows : of red, green and blue, [width]. OUT distance : [width].
static void whiten_row(const CompareInput& from, size_t start, int16_t* const* rows, float* __restrict distance) {
    const size_t pixels = (size_t)from.height * from.width;
    const float *const rr = from.factors + start, *const rg = rr + pixels, *const rb = rg + pixels;
    const float *const gg = rb + pixels, *const gb = gg + pixels, *const bb = gb + pixels;
    const int16_t *const red = rows[0], *const green = rows[1], *const blue = rows[2];
    for (int k = 0; k < from.width; ++k) {
        const float r = (float)red[k] * SIGNED_UNIT, g = (float)green[k] * SIGNED_UNIT;
        const float b = (float)blue[k] * SIGNED_UNIT;
        const float x = rr[k] * r + rg[k] * g + rb[k] * b, y = gg[k] * g + gb[k] * b, z = bb[k] * b;
        distance[k] = __builtin_sqrtf(x * x + y * y + z * z);
    }
}

// Rows of planes: those that were smoothed along themselves, each in its place modulo 2 radius + 1, a line to smooth,
// and sums of rows.
struct CompareRoom {
    int16_t *ring[PLANES], *lines[PLANES], *sums[PLANES];
    int16_t weights[MOST_RADIUS + 1];  // times 2^15
    size_t stride;                     // of a row, whole spans

    CompareRoom(const CompareInput& from, Arena& arena, bool colour) : ring(), lines(), sums() {
        const int rows = 2 * from.radius + 1;
        stride = whole_spans(from.width);
        for (int k = 0; k < PLANES; ++k) {
            if (k == COLOUR ? !colour : k >= RED && !from.factors) continue;
            ring[k] = arena.take<int16_t>(rows * stride);
            lines[k] = arena.take<int16_t>(stride + 2 * MOST_RADIUS) + MOST_RADIUS;
            sums[k] = arena.take<int16_t>(stride);
        }
        for (int k = 0; k <= from.radius; ++k) {
            weights[k] = (int16_t)minimum(32767, (int)(from.weights[k] * 32768.0f + 0.5f));
        }
    }
    static size_t bytes(const CompareInput& from) {
        const size_t line = whole_spans(from.width) + 2 * MOST_RADIUS + 64;
        return PLANES * (2 * from.radius + 3) * line * sizeof(int16_t) + 256;
    }
};

static void smooth_along(const CompareInput& from, int y, const CompareRoom& room, float* difference) {
    const int width = from.width, radius = from.radius;
    subtract_row(from, y, room.lines, difference + (size_t)y * width);
    for (int k = 0; k < PLANES; ++k) {
        if (!room.lines[k]) continue;
        int16_t* const line = room.lines[k];
        mirror(line, width, radius);
        weigh(room.weights, radius, width, room.ring[k] + (size_t)(y % (2 * radius + 1)) * room.stride,
              [=](int step) { return line + step; });
    }
}

// Calls `row` with the number of each row, in order, and its sums of each plane that is wanted, which lie where
// `place`, given the plane and the row, tells. OUT difference : [height][width].
template <class Place, class Row>
static inline void compare_rows(const CompareInput& from, const CompareRoom& room, float* difference, Place place,
                                Row row) {
    const int radius = from.radius, rows = 2 * radius + 1;
    int known = -1;  // rows up to this one are in the ring
    for (int y = 0; y < from.height; ++y) {
        for (; known < minimum(y + radius, from.height - 1); ++known) smooth_along(from, known + 1, room, difference);
        int16_t* sums[PLANES] = {};
        for (int k = 0; k < PLANES; ++k) {
            if (!room.lines[k]) continue;
            const int16_t* const ring = room.ring[k];
            const size_t stride = room.stride;
            sums[k] = place(k, y);
            weigh(room.weights, radius, from.width, sums[k],
                  [=](int step) { return ring + mirrored(y + step, from.height) % rows * stride; });
        }
        row(y, sums);
    }
}

static void compare(const CompareInput& from, const CompareOut& out) {
    Arena arena(CompareRoom::bytes(from));
    const CompareRoom room(from, arena, out.colour != nullptr);
    const auto place = [&](int plane, int) { return room.sums[plane]; };
    compare_rows(from, room, out.difference, place, [&](int y, int16_t* const* sums) {
        const size_t start = (size_t)y * from.width;
        for (int k = 0; k < from.width; ++k) out.level[start + k] = (float)sums[LEVEL][k] * LEVEL_UNIT;
        for (int k = 0; out.colour && k < from.width; ++k) {
            out.colour[start + k] = (float)sums[COLOUR][k] * COLOUR_UNIT;
        }
        if (out.distance) whiten_row(from, start, sums + RED, out.distance + start);
    });
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
