// Smoothing of a grid along one of its axes, with 0 outside of it. Stretches of zeros, of which a grid has many, are
// passed over.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr size_t STRETCH = 256;  // cells that are smoothed at once
constexpr size_t NARROW = 16;    // cells of a row below which whole lines are taken together

static inline bool any_set(const float* cells, size_t count) {
    uint32_t bits = 0;
    for (size_t i = 0; i < count; ++i) bits |= cells[i] != 0.0f;
    return bits != 0;
}
static inline void add_weighted(const float* cells, float weight, size_t count, float* sums) {
    for (size_t i = 0; i < count; ++i) sums[i] += weight * cells[i];
}

// Smooths rows of `width` cells, `from.inner` apart.
static inline void smooth_rows(const GridInput& from, const float* cells, size_t width, float* out) {
    const ptrdiff_t length = (ptrdiff_t)from.length, inner = (ptrdiff_t)from.inner, radius = from.radius;
    uint64_t set = 0;  // bit k: whether a cell is not 0 in the k-th row before the last that was looked at
    for (ptrdiff_t row = -radius; row < length; ++row) {
        const ptrdiff_t ahead = row + radius;
        set = set << 1 | (ahead < length && any_set(cells + ahead * inner, width));
        if (row < 0) continue;
        float* const sums = out + row * inner;
        memset(sums, 0, width * sizeof(float));
        if (set >> radius & 1) add_weighted(cells + row * inner, from.weights[0], width, sums);
        for (ptrdiff_t shift = 1; shift <= radius; ++shift) {
            const float weight = from.weights[shift];
            if (set >> (radius + shift) & 1) add_weighted(cells + (row - shift) * inner, weight, width, sums);
            if (set >> (radius - shift) & 1) add_weighted(cells + (row + shift) * inner, weight, width, sums);
        }
    }
}

// Smooths whole short lines, `size` cells in sum. IN row : of each cell, where it lies on its line.
static inline void smooth_lines(const GridInput& from, const float* cells, const int32_t* row, size_t size,
                                float* out) {
    memset(out, 0, size * sizeof(float));
    if (!any_set(cells, size)) return;
    const int32_t length = (int32_t)from.length;
    add_weighted(cells, from.weights[0], size, out);
    for (int32_t shift = 1; shift <= from.radius && shift < length; ++shift) {
        const float weight = from.weights[shift];
        const size_t away = (size_t)shift * from.inner;
        for (size_t i = away; i < size; ++i) out[i] += row[i] >= shift ? weight * cells[i - away] : 0.0f;
        for (size_t i = away; i < size; ++i) out[i - away] += row[i] >= shift ? weight * cells[i] : 0.0f;
    }
}

static void smooth_grid(const GridInput& from, size_t first, size_t last, float* out) {
    const size_t block = from.length * from.inner, stretches = (from.inner + STRETCH - 1) / STRETCH;
    if (from.inner >= NARROW || block > STRETCH) {
        for (size_t at = first; at < last; ++at) {
            const size_t start = at % stretches * STRETCH, rest = from.inner - start;
            const size_t place = at / stretches * block + start;
            smooth_rows(from, from.grid + place, rest < STRETCH ? rest : STRETCH, out + place);
        }
        return;
    }
    int32_t row[STRETCH];
    const size_t blocks = STRETCH / block;
    for (size_t i = 0; i < blocks * block; ++i) row[i] = (int32_t)(i / from.inner % from.length);
    for (size_t at = first; at < last; at += blocks) {
        const size_t count = last - at < blocks ? last - at : blocks;
        smooth_lines(from, from.grid + at * block, row, count * block, out + at * block);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
