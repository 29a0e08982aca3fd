// The median of a mask of bits: 64 pixels at a time, by counters of one bit for each pixel.
#pragma once
#include "bits.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int DIGITS = 5;  // of counters to 25

// Adds a number of `digits` digits, each a word, to a counter.
static inline void count_up(uint64_t* counter, const uint64_t* number, int digits) {
    uint64_t carry = 0;
    for (int k = 0; k < DIGITS; ++k) {
        const uint64_t a = counter[k], b = k < digits ? number[k] : 0;
        counter[k] = a ^ b ^ carry;
        carry = (a & b) | (carry & (a ^ b));
    }
}

// Where a counter is at least `least`.
static inline uint64_t at_least(const uint64_t* counter, int least) {
    uint64_t all = ~(uint64_t)0;
    for (int k = 0; k < DIGITS; ++k) all = least >> k & 1 ? counter[k] & all : counter[k] | all;
    return all;
}

// One word of a row and the words on either side, where the picture's outermost pixels are repeated.
struct Beside {
    uint64_t before, here, behind;
};
static inline Beside beside(const uint64_t* row, int k, int words, int width) {
    const int rest = width - 64 * (words - 1);  // pixels of the last word
    const uint64_t last = row[words - 1] >> (rest - 1) & 1 ? ~(uint64_t)0 : 0;
    const uint64_t end = rest < 64 ? row[words - 1] | last << rest : row[words - 1];
    const uint64_t first = row[0] & 1 ? ~(uint64_t)0 : 0;
    return {k ? row[k - 1] : first, k == words - 1 ? end : row[k],
            k == words - 1   ? last
            : k == words - 2 ? end
                             : row[k + 1]};
}

// The bits that any of some rows has in a word, and those that all have; beyond the last word, they are as in it.
struct Column {
    uint64_t some, every;
};
static inline Column all_of(const uint64_t* const* rows, int count, int k, int words) {
    Column found{0, ~(uint64_t)0};
    for (int off = 0; off < count; ++off) {
        const uint64_t word = rows[off][minimum(k, words - 1)];
        found.some |= word, found.every &= word;
    }
    return found;
}

// Where most of the pixels within `radius` of one are set, 1 or 2. Beyond an edge, pixels are repeated.
static void median(const Bits& from, int radius, const Bits& out) {
    const int words = from.words(), side = 2 * radius + 1, digits = radius + 1;
    for (int y = 0; y < from.height; ++y) {
        const uint64_t* rows[5];
        for (int off = 0; off < side; ++off) {
            rows[off] = from.at + (size_t)clamp_index(y + off - radius, from.height) * words;
        }
        Column before{}, here{}, behind = all_of(rows, side, 0, words);
        before.every = ~(uint64_t)0;
        for (int k = 0; k < words; ++k, before = here) {
            here = behind;
            behind = all_of(rows, side, k + 1, words);
            uint64_t& to = out.at[(size_t)y * words + k];
            if (!(before.some | here.some | behind.some) ||
                (before.every & here.every & behind.every) == ~(uint64_t)0) {
                to = here.some;
                continue;
            }
            Beside near[5];
            for (int off = 0; off < side; ++off) near[off] = beside(rows[off], k, words, from.width);
            uint64_t counter[DIGITS] = {};
            uint64_t down[3][DIGITS] = {};  // sums of the columns of the three words
            for (int off = 0; off < side; ++off) {
                count_up(down[0], &near[off].before, 1);
                count_up(down[1], &near[off].here, 1);
                count_up(down[2], &near[off].behind, 1);
            }
            for (int step = -radius; step <= radius; ++step) {
                uint64_t shifted[DIGITS];
                for (int d = 0; d < digits; ++d) {
                    shifted[d] = step < 0   ? down[1][d] << -step | down[0][d] >> (64 + step)
                                 : step > 0 ? down[1][d] >> step | down[2][d] << (64 - step)
                                            : down[1][d];
                }
                count_up(counter, shifted, digits);
            }
            to = at_least(counter, side * side / 2 + 1);
        }
        const int rest = from.width - 64 * (words - 1);
        out.at[(size_t)y * words + words - 1] &= ~(uint64_t)0 >> (64 - rest);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
