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

// The value at a place of the order, without sorting: the values' upper bits are counted, and those of one bin sorted.
// Values are 0 or more.
static float ordered(const float* values, int count, int place, float* room) {
    int counts[8192] = {};
    for (int k = 0; k < count; ++k) ++counts[read<uint32_t>(values + k) >> 19];
    int bin = 0;
    for (; place >= counts[bin]; ++bin) place -= counts[bin];
    int few = 0;
    for (int k = 0; k < count; ++k) {
        if (read<uint32_t>(values + k) >> 19 == (uint32_t)bin) room[few++] = values[k];
    }
    return select(room, few, place);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
