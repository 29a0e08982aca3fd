// The share of a light that explains what is left of a frame near each pixel.
#pragma once
#include "simd/arena.hpp"
#include "simd/lanes.hpp"
#include "simd/packed.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Planes of rows that have room for whole vectors, and what their means are made in.
struct SharePlanes {
    int height, width;
    size_t stride;  // of a row
    double* column;
    float* line;  // with what the squares reach beyond the edges
    SharePlanes(Arena& arena, int h, int w, int side) : height(h), width(w), stride(whole_spans(w)) {
        column = arena.take<double>(stride);
        line = arena.take<float>(stride + 2 * (size_t)side);
    }
    size_t size() const { return height * stride; }
    static size_t bytes(int planes, int h, int w, int side) {
        const size_t stride = whole_spans(w);
        return planes * (h * stride * sizeof(float) + 64) + stride * 12 + 2 * (size_t)side * sizeof(float) + 128;
    }
    // Calls `of` with the place of each vector, where it stores what it returns. OUT plane : [height][stride].
    template <class Of>
    void fill(float* plane, Of of) const {
        for (size_t k = 0; k < size(); k += LANES) {
            const Floats v = of(k);
            memcpy(plane + k, &v, sizeof v);
        }
    }
};

// Means over squares of `side` pixels; beyond an edge, the picture is mirrored at its outermost pixels. IN plane and
// OUT means : [height][stride], not the same.
static void box_means(const SharePlanes& room, const float* plane, int side, float* means) {
    const int height = room.height, width = room.width, before = side / 2, behind = side - before;
    const float scale = (float)(1.0 / ((double)side * side));
    double* __restrict const column = room.column;
    float* __restrict const line = room.line;
    const auto row = [&](int y) { return plane + mirrored(y, height) * room.stride; };
    for (int x = 0; x < width; ++x) column[x] = 0.0;
    for (int y = -before - 1; y < behind - 1; ++y) {
        const float* const added = row(y);
        for (int x = 0; x < width; ++x) column[x] += (double)added[x];
    }
    for (int y = 0; y < height; ++y) {
        const float *const added = row(y + behind - 1), *const dropped = row(y - before - 1);
        for (int x = 0; x < width; ++x) column[x] += (double)added[x] - (double)dropped[x];
        for (int x = 0; x < width; ++x) line[x + before] = (float)column[x];
        for (int x = -before; x < 0; ++x) line[x + before] = (float)column[mirrored(x, width)];
        for (int x = width; x < width + behind; ++x) line[x + before] = (float)column[mirrored(x, width)];
        for (int x = 0; x < width; x += LANES) {
            Floats sum{};
            for (int k = 0; k < side; ++k) sum += read<Floats>(line + x + k);
            sum *= scale;
            memcpy(means + y * room.stride + x, &sum, sizeof sum);
        }
    }
}

// The channels one after the other. OUT planes : [3][height][stride].
static void separate(const SharePlanes& room, const float* picture, float* planes) {
    memset(planes, 0, 3 * room.size() * sizeof *planes);
    for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < room.height; ++y) {
            float* const row = planes + c * room.size() + y * room.stride;
            const float* const line = picture + 3 * (size_t)y * room.width + c;
            for (int x = 0; x < room.width; ++x) row[x] = line[3 * (size_t)x];
        }
    }
}

// OUT share : [height][width].
static void local_share(const ShareInput& from, float* share) {
    constexpr int planes = 13;
    Arena arena(SharePlanes::bytes(planes, from.height, from.width, from.side));
    const SharePlanes room(arena, from.height, from.width, from.side);
    const size_t size = room.size();
    float *const residual = arena.take<float>(3 * size), *const light = arena.take<float>(3 * size);
    float *const power = arena.take<float>(size), *const common = arena.take<float>(size);
    float *const left = arena.take<float>(size), *const more = arena.take<float>(size);
    float *const top = arena.take<float>(size), *const bottom = arena.take<float>(size);
    float* const found = arena.take<float>(size);
    separate(room, from.residual, residual), separate(room, from.light, light);
    const auto at = [=](const float* of, int c, size_t k) { return read<Floats>(of + c * size + k); };
    const auto product = [=](const float* one, const float* other, size_t k) {
        return at(one, 0, k) * at(other, 0, k) + at(one, 1, k) * at(other, 1, k) + at(one, 2, k) * at(other, 2, k);
    };
    // What a share leaves of the residual, the greatest of the channels.
    const auto remaining = [=](Floats part, size_t k) {
        Floats greatest{};
        for (int c = 0; c < 3; ++c) {
            greatest = maximum(greatest, size_of(at(residual, c, k) - part * at(light, c, k)));
        }
        return greatest;
    };
    room.fill(power, [=](size_t k) { return product(light, light, k); });
    room.fill(common, [=](size_t k) { return product(light, residual, k); });
    room.fill(found, [](size_t) { return Floats{}; });
    float scale = from.scale;
    for (int round = 0; round < from.rounds; ++round) {
        room.fill(left, [=](size_t k) {
            const Floats part = remaining(read<Floats>(found + k), k) / scale, spread = 1.0f + part * part;
            const Floats weight = 1.0f / (spread * spread), own = weight * read<Floats>(power + k);
            memcpy(more + k, &own, sizeof own);
            return weight * read<Floats>(common + k);
        });
        box_means(room, left, from.side, top), box_means(room, more, from.side, bottom);
        room.fill(found, [=](size_t k) {
            const Floats best = read<Floats>(top + k) / (read<Floats>(bottom + k) + from.ridge);
            return minimum(maximum(best, splat(from.low)), splat(from.high));
        });
        scale *= from.annealing;
    }
    room.fill(left, [=](size_t k) { return minimum(remaining(Floats{}, k), splat(from.cap)); });
    room.fill(more, [=](size_t k) { return minimum(remaining(read<Floats>(found + k), k), splat(from.cap)); });
    box_means(room, left, from.side, top), box_means(room, more, from.side, bottom);
    room.fill(left, [=](size_t k) {
        const Ints kept = read<Floats>(bottom + k) < from.remaining * read<Floats>(top + k);
        return kept ? read<Floats>(found + k) : Floats{};
    });
    box_means(room, left, from.side / 2, top);
    for (int y = 0; y < from.height; ++y) {
        memcpy(share + (size_t)y * from.width, top + y * room.stride, from.width * sizeof *share);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
