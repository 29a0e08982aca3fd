// Sums over many values, in an order that is the same at any instruction set.
#pragma once
#include "simd/lanes.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// Sums side by side, the same at any instruction set, in vectors of its width.
constexpr int WIDE = 16, PAIRED = LANES / 2;
typedef double Doubles __attribute__((vector_size(PAIRED * 8)));
static inline Doubles doubles(const double* from) { return read<Doubles>(from); }

struct WideSum {
    Doubles parts[WIDE / PAIRED] = {};
    void add(int part, Doubles v) { parts[part / PAIRED] += v; }
    double total() const {
        double sum = 0.0;
        for (int k = 0; k < WIDE; ++k) sum += parts[k / PAIRED][k % PAIRED];
        return sum;
    }
};
// Calls `of` with the place of each vector, and adds what it returns.
template <class Of>
static inline double wide_sum(int room, Of of) {
    WideSum sum;
    for (int k = 0; k < room; k += WIDE) {
        for (int part = 0; part < WIDE; part += PAIRED) sum.add(part, of(k + part));
    }
    return sum.total();
}
static inline double product(const double* a, const double* b, int room) {
    return wide_sum(room, [=](int k) { return doubles(a + k) * doubles(b + k); });
}

// Σ a · b of floats, in sums side by side.
static inline float product(const float* a, const float* b, int room) {
    constexpr int parts = 2 * WIDE / LANES;
    Floats sums[parts] = {};
    for (int k = 0; k < room; k += 2 * WIDE) {
        for (int part = 0; part < parts; ++part) {
            const int at = k + part * LANES;
            sums[part] += read<Floats>(a + at) * read<Floats>(b + at);
        }
    }
    float sum = 0.0f;
    for (int k = 0; k < 2 * WIDE; ++k) sum += sums[k / LANES][k % LANES];
    return sum;
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
