// The edge of a mask: where it is cut, by how much its inside near by differs from the plate.
#pragma once
#include "regions.hpp"
#include "simd/wide_sum.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// So many bits of a row, 1 to 64, from one on.
static inline uint64_t bits_of(const uint64_t* row, int first, int count) {
    const uint64_t* const at = row + first / 64;
    const int off = first % 64;
    const uint64_t bits = off + count > 64 ? at[0] >> off | at[1] << (64 - off) : at[0] >> off;
    return bits & ~(uint64_t)0 >> (64 - count);
}

// How many pixels of a mask lie within `reach` of one. Beyond an edge, the picture is mirrored.
static int count_near(const Bits& mask, int reach, int y, int x) {
    int count = 0;
    const int across = 2 * reach + 1;
    const bool within = x >= reach && x + reach < mask.width && across <= 64;
    for (int dy = -reach; dy <= reach; ++dy) {
        const int row = mirrored(y + dy, mask.height);
        if (within)
            count += bits_set(bits_of(mask.at + (size_t)row * mask.words(), x - reach, across));
        else
            for (int dx = -reach; dx <= reach; ++dx) count += is_set(mask, row, mirrored(x + dx, mask.width));
    }
    return count;
}

// The difference inside a mask, 0 outside, in rows with `reach` mirrored pixels on either side.
struct InnerPlane {
    int reach;
    size_t stride;
    float* at;
    InnerPlane(const InnerInput& from, Arena& arena) : reach(from.reach), stride(wide(from)) {
        at = arena.take<float>(from.height * stride) + reach;
    }
    static size_t wide(const InnerInput& from) { return (size_t)from.width + 2 * (size_t)from.reach + LANES + PAIRED; }
    static size_t bytes(const InnerInput& from) { return from.height * wide(from) * sizeof(float) + 64; }

    void fill(const InnerInput& from, const Bits& inside, RowRange rows) const {
        for (int y = maximum(0, rows.first - reach); y < minimum(from.height, rows.last + reach); ++y) {
            const float* const line = from.difference + (size_t)y * from.width;
            const uint64_t* const bits = inside.at + (size_t)y * inside.words();
            float* const to = at + y * stride;
            int x = 0;
            for (; x + LANES <= from.width; x += LANES) {
                const Floats kept = lanes_of(bits[x / 64] >> x % 64) ? read<Floats>(line + x) : Floats{};
                memcpy(to + x, &kept, sizeof kept);
            }
            for (; x < from.width; ++x) to[x] = bits[x / 64] >> x % 64 & 1 ? line[x] : 0.0f;
            for (int k = 1; k <= reach; ++k) {
                to[-k] = to[mirrored(-k, from.width)];
                to[from.width - 1 + k] = to[mirrored(from.width - 1 + k, from.width)];
            }
        }
    }

    // Of what is within `reach` of each pixel from one on: rows are added up first. OUT sums : [LANES]; columns : room.
    void sum_near(int height, int y, int x, double* columns, double* sums) const {
        typedef float Singles __attribute__((vector_size(PAIRED * 4)));
        const float* const first = at + x - reach;
        for (int k = 0; k < LANES + 2 * reach; k += PAIRED) {
            Doubles sum{};
            for (int dy = -reach; dy <= reach; ++dy) {
                const float* const line = first + mirrored(y + dy, height) * stride;
                sum += __builtin_convertvector(read<Singles>(line + k), Doubles);
            }
            memcpy(columns + k, &sum, sizeof sum);
        }
        Doubles left{}, right{};
        for (int k = 0; k <= 2 * reach; ++k) left += doubles(columns + k), right += doubles(columns + k + PAIRED);
        memcpy(sums, &left, sizeof left), memcpy(sums + PAIRED, &right, sizeof right);
    }
};

// The usual difference inside a mask within `reach` pixels of each that is wanted; 0 where too little of the mask is
// there. Raised by `lift` of what the ground reaches by itself. IN inside : the mask without its outermost pixels. OUT
// usual : [height][width], there.
static void inner_differences(const InnerInput& from, const Bits& inside, const Bits& wanted, float* usual) {
    const size_t near = 2 * (size_t)from.reach + LANES + PAIRED;
    Arena arena(InnerPlane::bytes(from) + near * sizeof(double) + 128);
    const InnerPlane plane(from, arena);
    double* const columns = arena.take<double>(near);
    const RowRange rows = rows_of(wanted.at, wanted.height, wanted.words());
    plane.fill(from, inside, rows);
    const int across = 2 * from.reach + 1;
    const double scale = 1.0 / (across * across);
    const auto tell = [&](int y, int x, double sum) {
        const size_t p = (size_t)y * from.width + x;
        const float share = (float)(count_near(inside, from.reach, y, x) * scale);
        const float inner = share > from.few ? (float)(sum * scale) / share : 0.0f;
        usual[p] = from.ground && inner > 0.0f ? inner + from.lift * from.ground[p] : inner;
    };
    for (int y = rows.first; y < rows.last; ++y) {
        for (int x = 0; x < from.width; x += LANES) {
            uint64_t rest = wanted.at[(size_t)y * wanted.words() + x / 64] >> x % 64 & (((uint64_t)1 << LANES) - 1);
            if (!rest) continue;
            double sums[LANES];
            plane.sum_near(from.height, y, x, columns, sums);
            for (; rest; rest &= rest - 1) tell(y, x + __builtin_ctzll(rest), sums[__builtin_ctzll(rest)]);
        }
    }
}

constexpr int TRIM_MASKS = 2;  // that `trim` takes

// OUT trimmed : the mask without pixels within `rim` of its edge that show less object than plate, and without small
// holes.
static void trim(const InnerInput& from, const BitRoom& room, Regions& regions, const Bits& mask, int rim, double hole,
                 const Bits& trimmed) {
    const Bits edge = room.take(), inside = room.take();
    grow(room, mask, 1, true, inside);
    grow(room, mask, rim, true, edge);
    each_word(edge, [&](size_t k) { return mask.at[k] & ~edge.at[k]; });
    Arena own((size_t)from.height * from.width * sizeof(float) + 64);
    float* const usual = own.take<float>((size_t)from.height * from.width);
    inner_differences(from, inside, edge, usual);
    keep_values(edge, edge, [&](size_t p, auto v) {
        using V = decltype(v);
        return read<V>(from.difference + p) < from.edge * read<V>(usual + p);
    });
    each_word(edge, [&](size_t k) { return mask.at[k] & ~edge.at[k]; });
    median(edge, 1, trimmed);
    fill_holes(regions, hole, trimmed, edge);
}

// OUT trimmed : [height][width].
static void trim_edges(const InnerInput& from, const uint8_t* mask, int rim, double hole, uint8_t* trimmed) {
    const int height = from.height, width = from.width;
    Arena arena(BitRoom::bytes(4, height, width, rim) + Regions::bytes(height, width));
    const BitRoom room(arena, height, width, rim);
    const Bits whole = room.take(), out = room.take();
    Regions regions(arena, height, width);
    pack(mask, whole);
    trim(from, room, regions, whole, rim, hole, out);
    unpack(out, trimmed);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
