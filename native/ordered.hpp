// Order statistics of many values.
#pragma once
#include "simd/lanes.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

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
    for (int low = 0, high = few - 1; low < high;) {  // Hoare's selection
        const float pivot = room[(low + high) / 2];
        int i = low, j = high;
        while (i <= j) {
            while (room[i] < pivot) ++i;
            while (room[j] > pivot) --j;
            if (i > j) break;
            const float other = room[i];
            room[i++] = room[j], room[j--] = other;
        }
        if (place <= j)
            high = j;
        else if (place >= i)
            low = i;
        else
            break;
    }
    return room[place];
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
