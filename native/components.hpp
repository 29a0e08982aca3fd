// Connected components of a mask as runs of pixels along its rows, joined by union and find: the work grows with the
// number of runs, not of pixels.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

static inline int32_t find_root(Run* runs, int32_t at) {
    while (runs[at].component != at) {
        runs[at].component = runs[runs[at].component].component;  // path halving
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

// Finds runs of pixels and their components, numbered in the order of their first run. A pixel has eight neighbours
// with reach 1, four with reach 0. `next` tells the first column of a row, from one on, that belongs to a run or does
// not. OUT runs : [height · ((width + 1) / 2)].
template <class Next>
static inline ComponentCounts label_runs(int height, int width, int reach, Run* runs, Next next) {
    int32_t count = 0, here = 0;  // runs so far, and the first run of this row
    for (int32_t row = 0; row < height; ++row) {
        int32_t other = here;  // the first run of the row above that can still touch
        here = count;
        for (int32_t first = next(row, 0, true); first < width;) {
            const int32_t last = next(row, first, false);
            runs[count] = Run{row, first, last, count};
            while (other < here && runs[other].last + reach <= first) ++other;
            for (int32_t k = other; k < here && runs[k].first < last + reach; ++k) unite(runs, k, count);
            ++count;
            first = next(row, last, true);
        }
    }
    int32_t components = 0;  // a run's parent comes before it, so it has its component number already
    for (int32_t k = 0; k < count; ++k) {
        runs[k].component = runs[k].component == k ? components++ : runs[runs[k].component].component;
    }
    return {count, components};
}

// Of pixels of `value`.
static ComponentCounts label_components(const uint8_t* mask, int height, int width, int value, int reach, Run* runs) {
    return label_runs(height, width, reach, runs, [=](int32_t row, int32_t from, bool wanted) {
        return find_value(mask + (size_t)row * width, from, width, wanted ? value : !value);
    });
}

// OUT table : [components][7], of each the first row and column, those behind the last, the pixels, and the sums of
// their rows and, twice, of their columns.
static void measure_components(const Run* runs, size_t count, size_t components, int64_t* table) {
    for (size_t k = 0; k < components; ++k) {
        int64_t* const own = table + 7 * k;
        own[0] = own[1] = INT32_MAX;
        for (int part = 2; part < 7; ++part) own[part] = 0;
    }
    for (size_t k = 0; k < count; ++k) {
        const Run run = runs[k];
        const int64_t length = run.last - run.first;
        int64_t* const own = table + 7 * (size_t)run.component;
        own[0] = minimum<int64_t>(own[0], run.row), own[1] = minimum<int64_t>(own[1], run.first);
        own[2] = maximum<int64_t>(own[2], run.row + 1), own[3] = maximum<int64_t>(own[3], run.last);
        own[4] += length, own[5] += run.row * length, own[6] += (run.first + run.last - 1) * length;
    }
}

// Counts the pixels of each component where `flags` is 1, or all of them if it is null. Adds to sums : [components].
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

// Sums a picture over each component. Adds to sums : [components].
static void sum_values(const Run* runs, size_t count, const float* picture, int width, double* sums) {
    for (size_t k = 0; k < count; ++k) {
        const Run run = runs[k];
        const float* const line = picture + (size_t)run.row * width;
        double sum = 0.0;
        for (int32_t x = run.first; x < run.last; ++x) sum += line[x];
        sums[run.component] += sum;
    }
}

// The largest value of a picture in each component. IN OUT maxima : [components], the least that is told.
static void max_values(const Run* runs, size_t count, const float* picture, int width, float* maxima) {
    for (size_t k = 0; k < count; ++k) {
        const Run run = runs[k];
        const float* const line = picture + (size_t)run.row * width;
        float most = maxima[run.component];
        for (int32_t x = run.first; x < run.last; ++x) most = line[x] > most ? line[x] : most;
        maxima[run.component] = most;
    }
}

// Calls `part` with a row and two columns: a run shifted by `reach` pixels to each of the four sides, inside the
// picture.
template <class Part>
static inline void each_side(const Run& run, int height, int width, int reach, Part part) {
    for (int side = 0; side < 4; ++side) {
        const int32_t y = run.row + (side == 0 ? -reach : side == 1 ? reach : 0);
        const int32_t by = side == 2 ? -reach : side == 3 ? reach : 0;
        if (y < 0 || y >= height) continue;
        part(y, run.first + by < 0 ? 0 : run.first + by, minimum(run.last + by, width));
    }
}

// Shifts each component by `reach` pixels to the four sides, and counts the pixels that lie in no component, and those
// of them where `mask` is 1. IN flags : the pixels of all components. Adds to outside, held : [components].
static void count_border(const Run* runs, size_t count, const uint8_t* flags, const uint8_t* mask, int height,
                         int width, int reach, double* outside, double* held) {
    for (size_t k = 0; k < count; ++k) {
        const Run run = runs[k];
        int32_t border = 0, in = 0;
        each_side(run, height, width, reach, [&](int32_t y, int32_t first, int32_t last) {
            const uint8_t *const there = flags + (size_t)y * width, *const wanted = mask + (size_t)y * width;
            for (int32_t x = first; x < last; ++x) {
                border += there[x] ^ 1;
                in += (there[x] ^ 1) & wanted[x];
            }
        });
        outside[run.component] += border;
        held[run.component] += in;
    }
}

// Sets the pixels of the components to keep to 1. IN keep : [components]. IN OUT mask : [height][width].
static void fill_components(const Run* runs, size_t count, const uint8_t* keep, int width, uint8_t* mask) {
    for (size_t k = 0; k < count; ++k) {
        const Run run = runs[k];
        if (keep[run.component]) memset(mask + (size_t)run.row * width + run.first, 1, (size_t)(run.last - run.first));
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
