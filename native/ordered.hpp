// Order statistics of many values.
#pragma once
#include "simd/lanes.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The value at a place of the order, by Hoare's selection. IN OUT values : [count], in another order.
static float select(float* values, int count, int place) {
    for (int low = 0, high = count - 1; low < high;) {
        const float pivot = values[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (values[i] < pivot) ++i;
            while (values[j] > pivot) --j;
            if (i > j) break;
            const float other = values[i];
            values[i++] = values[j], values[j--] = other;
        }
        if (place <= j)
            high = j;
        else if (place >= i)
            low = i;
        else
            break;
    }
    return values[place];
}

// The median, of an even number the mean of the middle two. IN OUT values : [count], in another order.
static float median(float* values, int count) {
    const float low = select(values, count, (count - 1) / 2);
    return count % 2 ? low : (low + select(values, count, count / 2)) / 2.0f;
}

// How many values are below one. Both are 0 or more, so that their bits are in the same order.
static inline int count_below(const float* values, int count, int32_t bits) {
    Ints sums{};
    int k = 0, below = 0;
    for (; k + LANES <= count; k += LANES) sums -= read<Ints>(values + k) < bits;
    for (; k < count; ++k) below += read<int32_t>(values + k) < bits;
    for (int lane = 0; lane < LANES; ++lane) below += sums[lane];
    return below;
}

// The value at a place of the order, without sorting: the bits of it are told from the highest on. Values are 0 or
// more.
static float ordered(const float* values, int count, int place) {
    int32_t bits = 0;
    for (int32_t bit = 1 << 30; bit; bit >>= 1) {
        if (count_below(values, count, bits | bit) <= place) bits |= bit;
    }
    return read<float>(&bits);
}

// The one after it in the order.
static float next_ordered(const float* values, int count, int place, float value) {
    const int32_t bits = read<int32_t>(&value) + 1;
    if (count_below(values, count, bits) > place + 1) return value;
    int32_t least = INT32_MAX;
    for (int k = 0; k < count; ++k) {
        const int32_t other = read<int32_t>(values + k);
        least = minimum(least, other < bits ? INT32_MAX : other);
    }
    return read<float>(&least);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
