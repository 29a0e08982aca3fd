// Sorting networks (K. E. Batcher, 1968). Every lane is sorted by itself; runs of 16 keys are sorted in registers, then
// merged.
#pragma once
#include "simd/lanes.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int RUN = 16;
#define STILLPLATE_INLINE static inline __attribute__((always_inline))

STILLPLATE_INLINE void exchange(Words& low, Words& high) {
    const Words a = low, b = high;
    low = minimum(a, b), high = maximum(a, b);
}

// Reads or writes RUN keys one by one: of a block that large, GCC makes a call for memory, which costs as much as a
// merge.
template <int at = 0>
STILLPLATE_INLINE void read_run(const Words* keys, Words* r) {
    r[at] = keys[at];
    if constexpr (at + 1 < RUN) read_run<at + 1>(keys, r);
}
template <int at = 0>
STILLPLATE_INLINE void write_run(const Words* r, Words* keys) {
    keys[at] = r[at];
    if constexpr (at + 1 < RUN) write_run<at + 1>(r, keys);
}

// Compares and exchanges keys i and i + step for i = from, from + stride, … < to. Unrolled, so that `r` stays in
// registers.
template <int from, int to, int stride, int step>
STILLPLATE_INLINE void exchange_all(Words* r) {
    if constexpr (from < to) {
        exchange(r[from], r[from + step]);
        exchange_all<from + stride, to, stride, step>(r);
    }
}
template <int at, int size, int step>
STILLPLATE_INLINE void merge_odd_even(Words* r) {
    if constexpr (2 * step < size) {
        merge_odd_even<at, size, 2 * step>(r);
        merge_odd_even<at + step, size, 2 * step>(r);
        exchange_all<at + step, at + size - step, 2 * step, step>(r);
    } else {
        exchange(r[at], r[at + step]);
    }
}
template <int at, int size>
STILLPLATE_INLINE void sort_registers(Words* r) {
    if constexpr (size > 1) {
        sort_registers<at, size / 2>(r);
        sort_registers<at + size / 2, size / 2>(r);
        merge_odd_even<at, size, 1>(r);
    }
}

static inline void sort_run(Words* keys) {
    Words r[RUN];
    read_run(keys, r);
    sort_registers<0, RUN>(r);
    write_run(r, keys);
}
// The last four stages of a bitonic merge, on RUN keys.
static inline void clean_run(Words* keys) {
    Words r[RUN];
    read_run(keys, r);
    exchange_all<0, 8, 1, 8>(r);
    exchange_all<0, 4, 1, 4>(r), exchange_all<8, 12, 1, 4>(r);
    exchange_all<0, 2, 1, 2>(r), exchange_all<4, 6, 1, 2>(r), exchange_all<8, 10, 1, 2>(r),
        exchange_all<12, 14, 1, 2>(r);
    exchange_all<0, 16, 2, 1>(r);
    write_run(r, keys);
}

// Merges the two sorted halves of `size` keys. The first stage compares mirrored keys, which leaves bitonic halves.
static inline void merge_halves(Words* keys, int size) {
    const int half = size / 2, quarter = half / 2;
    for (int i = 0; i < quarter; ++i) {
        Words r[4] = {keys[i], keys[i + quarter], keys[size - 1 - i - quarter], keys[size - 1 - i]};
        exchange(r[0], r[3]), exchange(r[1], r[2]);
        if (half > RUN) exchange(r[0], r[1]), exchange(r[2], r[3]);
        keys[i] = r[0], keys[i + quarter] = r[1], keys[size - 1 - i - quarter] = r[2], keys[size - 1 - i] = r[3];
    }
    for (int step = quarter / 2; step >= RUN; step /= 2) {
        for (int at = 0; at < size; at += 2 * step) {
            for (int i = at; i < at + step; ++i) exchange(keys[i], keys[i + step]);
        }
    }
    for (int at = 0; at < size; at += RUN) clean_run(keys + at);
}

// The number of keys that sort_lanes needs for `count` keys; the caller fills the rest with the largest key.
static inline int padded_size(int count) {
    int size = RUN;
    while (size < count) size *= 2;
    return size;
}

// IN OUT keys : [size], with size from padded_size; on return keys[0] <= keys[1] <= … in every lane.
static inline void sort_lanes(Words* keys, int size) {
    for (int at = 0; at < size; at += RUN) sort_run(keys + at);
    for (int run = 2 * RUN; run <= size; run *= 2) {
        for (int at = 0; at < size; at += run) merge_halves(keys + at, run);
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
