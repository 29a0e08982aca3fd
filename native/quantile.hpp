// Quantiles over samples, cell by cell.
#pragma once
#include "simd/lanes.hpp"
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Sorts each lane by itself: neighbours are exchanged in turns, odd and even, which needs as many rounds as keys.
static void sort_lanes(Floats* keys, int count) {
    for (int round = 0; round < count; ++round) {
        for (int k = round & 1; k + 1 < count; k += 2) {
            const Floats a = keys[k], b = keys[k + 1];
            keys[k] = minimum(a, b), keys[k + 1] = maximum(a, b);
        }
    }
}

// OUT quantiles : [cells], interpolated between two samples; infinite where fewer than `least` count.
static void quantile(const QuantileInput& from, size_t first, size_t last, float* quantiles) {
    Floats keys[MOST_KEYS];
    for (size_t cell = first; cell < last; cell += LANES) {
        const int cells = last - cell < (size_t)LANES ? (int)(last - cell) : LANES;
        int counts[LANES] = {};
        for (int t = 0; t < from.count; ++t) {
            float row[LANES];
            for (int k = 0; k < LANES; ++k) row[k] = __builtin_inff();
            for (int k = 0; k < cells; ++k) {
                const size_t p = (size_t)t * from.cells + cell + k;
                const bool counted = !from.left_out || !from.left_out[p];
                row[k] = counted ? from.values[p] : __builtin_inff();
                counts[k] += counted;
            }
            memcpy(&keys[t], row, sizeof row);
        }
        sort_lanes(keys, from.count);
        for (int k = 0; k < cells; ++k) {
            quantiles[cell + k] = __builtin_inff();
            if (!counts[k] || counts[k] < from.least) continue;
            const double place = from.share * (counts[k] - 1);
            const int below = (int)place, above = minimum(below + 1, counts[k] - 1);
            const float low = keys[below][k], high = keys[above][k];
            quantiles[cell + k] = (float)(low + (double)(high - low) * (place - below));
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
