// Minimum barrier distance: raster scans in alternating directions, as for a distance transform.
#pragma once
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Extends the best path to pixel `from` by pixel `to`, if that is better than the best path to `to` so far.
static inline void extend_path(const BarrierInput& in, int32_t from, int32_t to, const BarrierOut& out) {
    if (out.squares[from] >= UNREACHED) return;
    float high[2], low[2], square = 0.0f;
    for (int k = 0; k < 2; ++k) {
        const float value = in.field[2 * to + k];
        high[k] = value > out.high[2 * from + k] ? value : out.high[2 * from + k];
        low[k] = value < out.low[2 * from + k] ? value : out.low[2 * from + k];
        square += (high[k] - low[k]) * (high[k] - low[k]);
    }
    if (square >= out.squares[to]) return;
    out.squares[to] = square;
    for (int k = 0; k < 2; ++k) out.high[2 * to + k] = high[k], out.low[2 * to + k] = low[k];
}

static void barrier_distance(const BarrierInput& in, const BarrierOut& out) {
    const int32_t height = in.height, width = in.width, last = height * width - 1;
    for (int scan = 0; scan < in.scans; ++scan) {
        const int32_t sign = scan % 2 ? -1 : 1, start = scan % 2 ? last : 0;
        for (int32_t y = 0; y < height; ++y) {
            for (int32_t x = 0; x < width; ++x) {
                const int32_t at = start + sign * (y * width + x);
                if (y > 0) extend_path(in, at - sign * width, at, out);
                if (x > 0) extend_path(in, at - sign, at, out);
            }
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
