// Where the seeds of a partition come from: several axes through a pixel's colours.
#pragma once
#include "exact.hpp"
#include "halves.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

static inline Spread spread(const Palette& p) {
    double n = 0, r = 0, g = 0, b = 0, rr = 0, rg = 0, rb = 0, gg = 0, gb = 0, bb = 0;
    for (int i = 0; i < p.colours; ++i) {
        const double m = p.n[i], x = p.r[i], y = p.g[i], z = p.b[i];
        n += m, r += m * x, g += m * y, b += m * z;
        rr += m * x * x, rg += m * x * y, rb += m * x * z, gg += m * y * y, gb += m * y * z, bb += m * z * z;
    }
    const double s = n > 0 ? 1.0 / n : 0.0;
    const auto wide = [](double x) { return all((float)x); };
    Spread out = spread(wide(rr - r * r * s), wide(rg - r * g * s), wide(rb - r * b * s), wide(gg - g * g * s),
                        wide(gb - g * b * s), wide(bb - b * b * s));
    return out;
}

static inline void try_axis(Workshop& w, float r, float g, float b, Partition& best) {
    Partition part;
    sort_along(w, r, g, b);
    split_sorted(w);
    measure(w, part);
    descend(w, part);
    if (part.gain > best.gain * (1.0 + 1e-9) || best.gain < 0.0) best = part;
}

static inline Partition search(Workshop& w) {
    Partition best{};
    if (w.palette.colours == 0) return best;
    const Spread s = spread(w.palette);
    const Axis one = s.first, two = second(s);
    const float r1 = one.r[0], g1 = one.g[0], b1 = one.b[0], r2 = two.r[0], g2 = two.g[0], b2 = two.b[0];
    const float n1 = r1 * r1 + g1 * g1 + b1 * b1, n2 = r2 * r2 + g2 * g2 + b2 * b2;
    best.gain = -1.0;
    try_axis(w, r1, g1, b1, best);
    const float k = n2 > 0.0f ? __builtin_sqrtf(n1 / n2) : 0.0f;
    for (int turn = -1; turn <= 1; ++turn) {
        const float f = (float)turn;
        try_axis(w, k * r2 + f * r1, k * g2 + f * g1, k * b2 + f * b1, best);
    }
    return best;
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
