// Frame and plate side by side, in one pass: their difference, and that of level, of colour, and by the ground's own
// colours, smoothed.
#pragma once
#include "simd/arena.hpp"
#include "simd/lanes.hpp"
#include "simd/packed.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int LEVEL = 0, COLOUR = 1, RED = 2, PLANES = 5;  // red, green and blue have a sign
constexpr int MOST_RADIUS = 16;

// A weighted sum of a row and of those around it; `at` tells where the row so many steps from it is. Rows have room for
// whole vectors. OUT sum : [count].
template <class Place>
static inline void weigh(const float* weights, int radius, int count, float* __restrict sum, Place at) {
    const float *const middle = at(0), *before[MOST_RADIUS], *behind[MOST_RADIUS];
    for (int step = 1; step <= radius; ++step) before[step - 1] = at(-step), behind[step - 1] = at(step);
    for (int k = 0; k < count; k += LANES) {
        Floats v = weights[0] * read<Floats>(middle + k);
        for (int step = 0; step < radius; ++step) {
            v += weights[step + 1] * (read<Floats>(before[step] + k) + read<Floats>(behind[step] + k));
        }
        store(sum + k, v, count - k);
    }
}

// The differences of sixteen pixels. OUT lines : of each plane that is wanted, [SPAN].
static inline void subtract(const Packed& image, const Packed& plate, float* const* lines) {
    constexpr float third = 1.0f / 3.0f;
    const Channels i = unpack(image), b = unpack(plate);
    const Levels red = levels(i.r) - levels(b.r), green = levels(i.g) - levels(b.g), blue = levels(i.b) - levels(b.b);
    const Levels level = third * (absolute(red) + absolute(green) + absolute(blue));
    memcpy(lines[LEVEL], &level, sizeof level);
    if (lines[COLOUR]) {
        const Levels mean = third * (red + green + blue);
        const Levels colour =
            third * absolute(red - mean) + third * absolute(green - mean) + third * absolute(blue - mean);
        memcpy(lines[COLOUR], &colour, sizeof colour);
    }
    if (lines[RED]) {
        memcpy(lines[RED], &red, sizeof red);
        memcpy(lines[RED + 1], &green, sizeof green);
        memcpy(lines[RED + 2], &blue, sizeof blue);
    }
}

// One row. OUT lines : of each plane that is wanted, [width + SPAN].
static void subtract_row(const CompareInput& from, int y, float* const* lines) {
    const size_t start = 3 * (size_t)y * from.width;
    const uint8_t *const image = from.image + start, *const plate = from.plate + start;
    int x = 0;
    float* places[PLANES];
    for (; x < from.width; x += SPAN) {
        for (int k = 0; k < PLANES; ++k) places[k] = lines[k] ? lines[k] + x : nullptr;
        if (x + SPAN <= from.width) {
            subtract(read_packed(image + 3 * x), read_packed(plate + 3 * x), places);
            continue;
        }
        uint8_t seen[3 * SPAN] = {}, ground[3 * SPAN] = {};
        memcpy(seen, image + 3 * x, 3 * (size_t)(from.width - x));
        memcpy(ground, plate + 3 * x, 3 * (size_t)(from.width - x));
        subtract(read_packed(seen), read_packed(ground), places);
    }
}

// Mirrors a line at its outermost pixels: `radius` more on either side.
static void mirror(float* line, int width, int radius) {
    for (int k = 1; k <= radius; ++k) {
        line[-k] = line[mirrored(-k, width)];
        line[width - 1 + k] = line[mirrored(width - 1 + k, width)];
    }
}

// The distance |U d| of a row. IN rows : of red, green and blue, [width]. OUT distance : [width].
static void whiten_row(const CompareInput& from, size_t start, const float* const* rows, float* __restrict distance) {
    const size_t pixels = (size_t)from.height * from.width;
    const float *const rr = from.factors + start, *const rg = rr + pixels, *const rb = rg + pixels;
    const float *const gg = rb + pixels, *const gb = gg + pixels, *const bb = gb + pixels;
    const float *const red = rows[0], *const green = rows[1], *const blue = rows[2];
    for (int k = 0; k < from.width; ++k) {
        const float r = red[k], g = green[k], b = blue[k];
        const float x = rr[k] * r + rg[k] * g + rb[k] * b, y = gg[k] * g + gb[k] * b, z = bb[k] * b;
        distance[k] = __builtin_sqrtf(x * x + y * y + z * z);
    }
}

// Rows of planes: those that were smoothed along themselves, each in its place modulo 2 radius + 1, a line to smooth,
// and sums of rows.
struct CompareRoom {
    float *ring[PLANES], *lines[PLANES], *sums[PLANES];
    size_t stride;  // of a row, whole vectors
};

static CompareRoom make_room(const CompareInput& from, const CompareOut& out, Arena& arena) {
    const int rows = 2 * from.radius + 1;
    CompareRoom room{};
    room.stride = whole_spans(from.width);
    for (int k = 0; k < PLANES; ++k) {
        if (k == COLOUR ? !out.colour : k >= RED && !out.distance) continue;
        room.ring[k] = arena.take<float>(rows * room.stride);
        room.lines[k] = arena.take<float>(room.stride + 2 * from.radius) + from.radius;
        room.sums[k] = arena.take<float>(room.stride);
    }
    return room;
}

static void smooth_along(const CompareInput& from, const CompareOut& out, int y, const CompareRoom& room) {
    const int width = from.width, radius = from.radius;
    subtract_row(from, y, room.lines);
    if (out.difference) memcpy(out.difference + (size_t)y * width, room.lines[LEVEL], width * sizeof(float));
    for (int k = 0; k < PLANES; ++k) {
        if (!room.lines[k]) continue;
        float* const line = room.lines[k];
        mirror(line, width, radius);
        weigh(from.weights, radius, width, room.ring[k] + (size_t)(y % (2 * radius + 1)) * room.stride,
              [=](int step) { return line + step; });
    }
}

static void compare(const CompareInput& from, const CompareOut& out) {
    const int width = from.width, radius = from.radius, rows = 2 * radius + 1;
    Arena arena(PLANES * (((rows + 2) * whole_spans(width) + 2 * radius) * sizeof(float) + 256));
    const CompareRoom room = make_room(from, out, arena);
    float* const outs[PLANES] = {out.level, out.colour, room.sums[RED], room.sums[RED + 1], room.sums[RED + 2]};
    int known = -1;  // rows up to this one are in the ring
    for (int y = 0; y < from.height; ++y) {
        for (; known < minimum(y + radius, from.height - 1); ++known) smooth_along(from, out, known + 1, room);
        const size_t start = (size_t)y * width;
        for (int k = 0; k < PLANES; ++k) {
            if (!room.lines[k]) continue;
            const float* const ring = room.ring[k];
            const size_t stride = room.stride;
            weigh(from.weights, radius, width, k < RED ? outs[k] + start : outs[k],
                  [=](int step) { return ring + mirrored(y + step, from.height) % rows * stride; });
        }
        if (out.distance) whiten_row(from, start, outs + RED, out.distance + start);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
