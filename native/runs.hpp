// Regions of masks of bits: runs of pixels along rows, found a word at a time, and what is counted and summed over
// them.
#pragma once
#include "bits.hpp"
#include "components.hpp"
#include "simd/packed.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The first pixel of a row, from `from` on, that is set, or, if `flip` has all bits, that is not; the width if none is.
static inline int32_t next_pixel(const uint64_t* row, int32_t from, int32_t width, uint64_t flip) {
    if (from >= width) return width;
    const int32_t last = (width - 1) / 64;
    int32_t k = from / 64;
    uint64_t word = (row[k] ^ flip) & (~(uint64_t)0 << (from % 64));
    while (!word) {
        if (++k > last) return width;
        word = row[k] ^ flip;
    }
    return minimum(64 * k + (int32_t)__builtin_ctzll(word), width);
}

// Calls `part` with each word of a row's pixels `first` to `last` − 1, and the bits of these in it.
template <class Part>
static inline void each_part(int32_t first, int32_t last, Part part) {
    for (int32_t k = first / 64; 64 * k < last; ++k) {
        uint64_t bits = ~(uint64_t)0;
        if (first > 64 * k) bits &= ~(uint64_t)0 << (first - 64 * k);
        if (last < 64 * k + 64) bits &= ~(uint64_t)0 >> (64 * k + 64 - last);
        part(k, bits);
    }
}

// Keeps the pixels of `where` that `judge`, that of `judged_word`, keeps. OUT out may be `where`.
template <class Judge>
static inline void keep_values(const Bits& where, const Bits& out, Judge judge) {
    for (int y = 0; y < where.height; ++y) {
        for (int k = 0; k < where.words(); ++k) {
            const size_t at = (size_t)y * where.words() + k, start = (size_t)y * where.width + 64 * (size_t)k;
            const uint64_t word = where.at[at];
            out.at[at] = word ? word & judged_word(start, minimum(64, where.width - 64 * k), judge) : 0;
        }
    }
}

// The same for colours: `judge` is given the number of the first of up to SPAN pixels, how many these are, and which of
// them are set; it returns the bits of those that it keeps.
template <class Judge>
static inline void keep_colours(const Bits& where, const Bits& out, Judge judge) {
    for (int y = 0; y < where.height; ++y) {
        for (int k = 0; k < where.words(); ++k) {
            const size_t at = (size_t)y * where.words() + k, start = (size_t)y * where.width + 64 * (size_t)k;
            const uint64_t word = where.at[at];
            uint64_t kept = 0;
            for (int x = 0; x < 64 && word >> x; x += SPAN) {
                const uint32_t wanted = (uint32_t)(word >> x) & ((1u << SPAN) - 1);
                if (!wanted) continue;
                const uint32_t bits = judge(start + x, minimum(SPAN, where.width - 64 * k - x), wanted);
                kept |= (uint64_t)(bits & wanted) << x;
            }
            out.at[at] = kept;
        }
    }
}

static inline bool is_set(const Bits& bits, int y, int x) {
    return bits.at[(size_t)y * bits.words() + x / 64] >> (x % 64) & 1;
}

// The regions of a mask, and room for what is known of each.
struct Regions {
    Run* runs;
    double *sums, *others;
    uint8_t* keep;
    int count, height, width;
    size_t run_count;

    Regions(Arena& arena, int h, int w) : count(0), height(h), width(w), run_count(0) {
        runs = arena.take<Run>(most(h, w));
        sums = arena.take<double>(most(h, w)), others = arena.take<double>(most(h, w));
        keep = arena.take<uint8_t>(most(h, w));
    }
    static size_t most(int h, int w) { return (size_t)h * ((w + 1) / 2) + 1; }
    static size_t bytes(int h, int w) { return most(h, w) * (sizeof(Run) + 17) + 256; }

    // Finds the regions of what is set, or is not; with eight neighbours or four. Their sums are 0, none is kept.
    void find(const Bits& bits, bool value, int reach = 1) {
        const ComponentCounts found =
            label_runs(height, width, reach, runs, [&](int32_t row, int32_t from, bool wanted) {
                return next_pixel(bits.at + (size_t)row * bits.words(), from, width,
                                  wanted == value ? 0 : ~(uint64_t)0);
            });
        run_count = (size_t)found.runs, count = found.components;
        memset(sums, 0, (size_t)count * sizeof *sums), memset(others, 0, (size_t)count * sizeof *others);
        memset(keep, 0, (size_t)count);
    }
    // Adds up the pixels of each region.
    void measure(double* to) const {
        for (size_t k = 0; k < run_count; ++k) to[runs[k].component] += runs[k].last - runs[k].first;
    }
    // Adds up those that are set in a mask.
    void count_in(const Bits& mask, double* to) const {
        for (size_t k = 0; k < run_count; ++k) {
            const Run run = runs[k];
            const uint64_t* const row = mask.at + (size_t)run.row * mask.words();
            int32_t sum = 0;
            each_part(run.first, run.last, [&](int32_t at, uint64_t bits) { sum += bits_set(row[at] & bits); });
            to[run.component] += sum;
        }
    }
    // Keeps regions that have enough: adds up a value of each pixel, 0 or more, given its row and column, run by run,
    // of regions that have not.
    template <class Value>
    void keep_enough(double enough, Value value) const {
        for (size_t k = 0; k < run_count; ++k) {
            const Run run = runs[k];
            if (sums[run.component] >= enough) continue;
            double sum = 0.0;
            for (int32_t x = run.first; x < run.last; ++x) sum += value(run.row, x);
            sums[run.component] += sum;
        }
        for (int k = 0; k < count; ++k) keep[k] = sums[k] >= enough;
    }
    // Keeps regions that hold a pixel of a mask.
    void keep_with(const Bits& mask) const {
        for (size_t k = 0; k < run_count; ++k) {
            const Run run = runs[k];
            if (keep[run.component]) continue;
            const uint64_t* const row = mask.at + (size_t)run.row * mask.words();
            uint64_t some = 0;
            each_part(run.first, run.last, [&](int32_t at, uint64_t bits) { some |= row[at] & bits; });
            keep[run.component] = some != 0;
        }
    }
    // Of each region shifted by `reach` pixels to the four sides, counts the pixels that lie in no region, and those of
    // them in a mask. IN own : the pixels of all regions.
    void count_border(const Bits& own, const Bits& mask, int reach, double* outside, double* held) const {
        for (size_t k = 0; k < run_count; ++k) {
            const Run run = runs[k];
            int32_t border = 0, in = 0;
            each_side(run, height, width, reach, [&](int32_t y, int32_t first, int32_t last) {
                const uint64_t* const there = own.at + (size_t)y * own.words();
                const uint64_t* const wanted = mask.at + (size_t)y * mask.words();
                each_part(first, last, [&](int32_t at, uint64_t bits) {
                    border += bits_set(~there[at] & bits), in += bits_set(~there[at] & wanted[at] & bits);
                });
            });
            outside[run.component] += border, held[run.component] += in;
        }
    }
    bool keeps_any() const { return memchr(keep, 1, (size_t)count) != nullptr; }
    bool keeps_all() const { return memchr(keep, 0, (size_t)count) == nullptr; }
    // OUT bits: the regions to keep.
    void select(const Bits& bits) const {
        memset(bits.at, 0, bits.size() * sizeof *bits.at);
        for (size_t k = 0; k < run_count; ++k) {
            const Run run = runs[k];
            if (!keep[run.component]) continue;
            uint64_t* const row = bits.at + (size_t)run.row * bits.words();
            each_part(run.first, run.last, [&](int32_t at, uint64_t part) { row[at] |= part; });
        }
    }
};

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
