// Regions of a mask, held as runs of pixels along its rows: the work is that of the runs, not of the pixels.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

static inline int32_t find_root(Run* runs, int32_t at) {
    while (runs[at].component != at) {
        runs[at].component = runs[runs[at].component].component;  // halves the way
        at = runs[at].component;
    }
    return at;
}

// The earlier root becomes the root of both.
static inline void unite(Run* runs, int32_t a, int32_t b) {
    a = find_root(runs, a), b = find_root(runs, b);
    runs[a < b ? b : a].component = a < b ? a : b;
}

static inline int32_t find_value(const uint8_t* line, int32_t from, int32_t width, int value) {
    const void* const found = from < width ? memchr(line + from, value, (size_t)(width - from)) : nullptr;
    return found ? (int32_t)((const uint8_t*)found - line) : width;
}

// Runs of pixels of one value, each with the number of its component, numbered as they first come. OUT runs : [height ·
// (width + 1) / 2]. With reach 1, neighbours are eight, with 0 four.
static ComponentCounts label_components(const uint8_t* mask, int height, int width, int value, int reach, Run* runs) {
    int32_t count = 0, here = 0;  // this row's runs begin at `here`
    for (int32_t row = 0; row < height; ++row) {
        const uint8_t* const line = mask + (size_t)row * width;
        int32_t other = here;  // of the row above
        here = count;
        for (int32_t first = find_value(line, 0, width, value); first < width;) {
            const int32_t last = find_value(line, first, width, !value);
            runs[count] = Run{row, first, last, count};
            while (other < here && runs[other].last + reach <= first) ++other;
            for (int32_t k = other; k < here && runs[k].first < last + reach; ++k) unite(runs, k, count);
            ++count;
            first = find_value(line, last, width, value);
        }
    }
    int32_t components = 0;  // a run's parent comes before it, so it has its number already
    for (int32_t k = 0; k < count; ++k)
        runs[k].component = runs[k].component == k ? components++ : runs[runs[k].component].component;
    return {count, components};
}

// Pixels of each component that the flags hold; all of them without flags. OUT sums : [components], to which is added.
static void count_pixels(const Run* runs, size_t count, const uint8_t* flags, int width, double* sums) {
    for (size_t k = 0; k < count; ++k) {
        const Run run = runs[k];
        int32_t sum = run.last - run.first;
        if (flags) {
            const uint8_t* const line = flags + (size_t)run.row * width;
            sum = 0;
            for (int32_t x = run.first; x < run.last; ++x) sum += line[x];
        }
        sums[run.component] += sum;
    }
}

// Sum over each component of a picture. OUT sums : [components], to which is added.
static void sum_values(const Run* runs, size_t count, const float* picture, int width, double* sums) {
    for (size_t k = 0; k < count; ++k) {
        const Run run = runs[k];
        const float* const line = picture + (size_t)run.row * width;
        double sum = 0.0;
        for (int32_t x = run.first; x < run.last; ++x) sum += line[x];
        sums[run.component] += sum;
    }
}

// Of each component, the places `reach` pixels from its own, to four sides, that lie in none, and those of them that
// `mask` holds. IN flags : where there are components. OUT rim, held : [components], to which is added.
static void count_border(const Run* runs, size_t count, const uint8_t* flags, const uint8_t* mask, int height,
                         int width, int reach, double* rim, double* held) {
    for (size_t k = 0; k < count; ++k) {
        const Run run = runs[k];
        int32_t outside = 0, in = 0;
        for (int side = 0; side < 4; ++side) {
            const int32_t y = run.row + (side == 0 ? -reach : side == 1 ? reach : 0);
            const int32_t by = side == 2 ? -reach : side == 3 ? reach : 0;
            if (y < 0 || y >= height) continue;
            const int32_t first = run.first + by < 0 ? 0 : run.first + by, last = minimum(run.last + by, width);
            const uint8_t *const there = flags + (size_t)y * width, *const wanted = mask + (size_t)y * width;
            for (int32_t x = first; x < last; ++x) {
                outside += there[x] ^ 1;
                in += (there[x] ^ 1) & wanted[x];
            }
        }
        rim[run.component] += outside;
        held[run.component] += in;
    }
}

// Sets the pixels of the components to keep. OUT mask : [height][width].
static void fill_components(const Run* runs, size_t count, const uint8_t* keep, int width, uint8_t* mask) {
    for (size_t k = 0; k < count; ++k) {
        const Run run = runs[k];
        if (keep[run.component]) memset(mask + (size_t)run.row * width + run.first, 1, (size_t)(run.last - run.first));
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
