// What the light of a frame differs from a mixture of the scene's lights from place to place: shares of the lights, and
// brightness.
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
        for (int x = 0; x < width; x += SPAN) {
            Floats sums[SPAN / LANES] = {};
            for (int k = 0; k < side; ++k) {
                for (int part = 0; part < SPAN / LANES; ++part) sums[part] += read<Floats>(line + x + k + part * LANES);
            }
            for (Floats& sum : sums) sum *= scale;
            memcpy(means + y * room.stride + x, sums, sizeof sums);
        }
    }
}

// Channels one after the other : [3][height][stride], as far as the picture goes.
struct ColourPlanes {
    float* at;
    size_t size;  // of a plane
    Floats operator()(int c, size_t k) const { return read<Floats>(at + c * size + k); }
    void set(int c, size_t k, Floats v) const { memcpy(at + c * size + k, &v, sizeof v); }
    template <class Of>
    void fill(Of of) const {
        for (int c = 0; c < 3; ++c) {
            for (size_t k = 0; k < size; k += LANES) set(c, k, of(c, k));
        }
    }
};

// OUT planes: 0 beyond the picture.
static void separate(const SharePlanes& room, const uint8_t* picture, const ColourPlanes& planes) {
    memset(planes.at, 0, 3 * planes.size * sizeof *planes.at);
    for (int y = 0; y < room.height; ++y) {
        const uint8_t* const line = picture + 3 * (size_t)y * room.width;
        float* const row = planes.at + y * room.stride;
        for (int x = 0; x < room.width; ++x) {
            for (int c = 0; c < 3; ++c) row[c * planes.size + x] = (float)line[3 * x + c];
        }
    }
}

// Room for a share.
struct ShareRoom {
    static constexpr int PLANES = 7;
    float *power, *common, *left, *more, *top, *bottom, *found;
    ShareRoom(Arena& arena, size_t size) {
        float** const planes[PLANES] = {&power, &common, &left, &more, &top, &bottom, &found};
        for (float** const plane : planes) *plane = arena.take<float>(size);
    }
};

// The share of a light that leaves least of a residual in the square around each pixel, where it leaves little of it,
// smoothed. OUT share : [height][stride].
static void find_share(const LocalInput& from, const SharePlanes& room, const ShareRoom& own,
                       const ColourPlanes& residual, const ColourPlanes& light, int side, float low, float high,
                       float* share) {
    const auto product = [&](const ColourPlanes& one, const ColourPlanes& other, size_t k) {
        return one(0, k) * other(0, k) + one(1, k) * other(1, k) + one(2, k) * other(2, k);
    };
    // What a share leaves of the residual, the greatest of the channels.
    const auto remaining = [&](Floats part, size_t k) {
        Floats greatest{};
        for (int c = 0; c < 3; ++c) greatest = maximum(greatest, size_of(residual(c, k) - part * light(c, k)));
        return greatest;
    };
    room.fill(own.power, [&](size_t k) { return product(light, light, k); });
    room.fill(own.common, [&](size_t k) { return product(light, residual, k); });
    room.fill(own.found, [](size_t) { return Floats{}; });
    float scale = from.first;
    for (int round = 0; round < from.rounds; ++round) {
        room.fill(own.left, [&](size_t k) {
            const Floats part = remaining(read<Floats>(own.found + k), k) / scale, spread = 1.0f + part * part;
            const Floats weight = 1.0f / (spread * spread), more = weight * read<Floats>(own.power + k);
            memcpy(own.more + k, &more, sizeof more);
            return weight * read<Floats>(own.common + k);
        });
        box_means(room, own.left, side, own.top), box_means(room, own.more, side, own.bottom);
        room.fill(own.found, [&](size_t k) {
            const Floats best = read<Floats>(own.top + k) / (read<Floats>(own.bottom + k) + from.ridge);
            return minimum(maximum(best, splat(low)), splat(high));
        });
        scale *= from.annealing;
    }
    room.fill(own.left, [&](size_t k) { return minimum(remaining(Floats{}, k), splat(from.cap)); });
    room.fill(own.more, [&](size_t k) { return minimum(remaining(read<Floats>(own.found + k), k), splat(from.cap)); });
    box_means(room, own.left, side, own.top), box_means(room, own.more, side, own.bottom);
    room.fill(own.left, [&](size_t k) {
        const Ints kept = read<Floats>(own.bottom + k) < from.remaining * read<Floats>(own.top + k);
        return kept ? read<Floats>(own.found + k) : Floats{};
    });
    box_means(room, own.left, side / 2, share);
}

// Whether the mean of residuals, the greatest of the channels each, is more than noise.
static bool is_left(const LocalInput& from, const SharePlanes& room, const ColourPlanes& residual, float* greatest) {
    room.fill(greatest, [&](size_t k) {
        const Floats most = maximum(maximum(size_of(residual(0, k)), size_of(residual(1, k))), size_of(residual(2, k)));
        return minimum(most, splat(from.residual));
    });
    double sum = 0.0;
    for (int y = 0; y < room.height; ++y) {
        for (int x = 0; x < room.width; ++x) sum += (double)greatest[y * room.stride + x];
    }
    return sum >= (double)from.least * room.height * room.width;
}

// OUT field : [height][width][states + 1], what is added to the shares, and brightness; returns whether it is
// noticeable, and else it may not be written.
static bool local_shares(const LocalInput& from, float* field) {
    constexpr int pictures = 4;
    const int most = maximum(from.sides[0], from.sides[1]), planes = from.states + 1;
    Arena arena(SharePlanes::bytes(3 * pictures + ShareRoom::PLANES + 1, from.height, from.width, most));
    const SharePlanes room(arena, from.height, from.width, most);
    const ShareRoom own(arena, room.size());
    const auto picture = [&] { return ColourPlanes{arena.take<float>(3 * room.size()), room.size()}; };
    const ColourPlanes relit = picture(), residual = picture(), light = picture(), main = picture();
    float* const share = arena.take<float>(room.size());
    separate(room, from.image, relit), separate(room, from.mixed, residual);
    relit.fill([&](int c, size_t k) { return (relit(c, k) - from.offset[c]) / from.scale[c]; });
    residual.fill([&](int c, size_t k) { return relit(c, k) - residual(c, k); });
    if (!is_left(from, room, residual, share)) return false;

    memset(field, 0, (size_t)from.height * from.width * planes * sizeof *field);
    const auto each_cell = [&](auto visit) {
        for (int y = 0; y < from.height; ++y) {
            for (int x = 0; x < from.width; ++x) {
                visit(field + ((size_t)y * from.width + x) * planes, share[y * room.stride + x]);
            }
        }
    };
    separate(room, from.plates[from.main], main);
    for (int number = 0; number < from.count; ++number) {
        const auto& [state, low, high] = from.beside[number];
        separate(room, from.plates[state], light);
        light.fill([&](int c, size_t k) { return light(c, k) - main(c, k); });
        find_share(from, room, own, residual, light, from.sides[0], low, high, share);
        each_cell([&, at = state](float* cell, float part) { cell[at] += part, cell[from.main] -= part; });
        residual.fill([&](int c, size_t k) { return residual(c, k) - read<Floats>(share + k) * light(c, k); });
    }
    light.fill([&](int c, size_t k) { return relit(c, k) - residual(c, k); });
    find_share(from, room, own, residual, light, from.sides[1], from.darkest, from.brightest, share);
    float greatest = 0.0f;
    each_cell([&](float* cell, float part) {
        cell[from.states] = part;
        for (int k = 0; k < planes; ++k) greatest = maximum(greatest, cell[k] < 0.0f ? -cell[k] : cell[k]);
    });
    return greatest > from.noticed;
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
