// The agreement of samples patch by patch, on downscaled pictures. The Python front pads pictures of less than SLAB + 2
// pixels.
#pragma once
#include "kmeans/tile.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int SLAB = 4 * LANES;  // pixels handled at once
typedef uint8_t Slab __attribute__((vector_size(SLAB)));

// Calls work(i) for the first pixel of every slab of `size` pixels. If the last slab is not full, it overlaps the one
// before.
template <class F>
static inline void for_each_slab(int size, F&& work) {
    for (int i = 0; i < size; i += SLAB) work(i + SLAB <= size ? i : size - SLAB);
}
static inline Slab load_slab(const uint8_t* from) {
    Slab v;
    memcpy(&v, from, sizeof v);
    return v;
}

// d = min(full, max over the channels of |a − b|). IN a, b : [3][pixels], SLAB pixels or more.
static inline void clipped_difference(const uint8_t* a, const uint8_t* b, int pixels, uint8_t full, uint8_t* d) {
    for_each_slab(pixels, [&](int i) {
        Slab far{};
        for (int c = 0; c < 3; ++c) {
            const Slab x = load_slab(a + c * pixels + i), y = load_slab(b + c * pixels + i);
            far = maximum(far, (Slab)(maximum(x, y) - minimum(x, y)));
        }
        far = minimum(far, (Slab)(Slab{} + full));
        memcpy(d + i, &far, sizeof far);
    });
}

// Sums over 3 x 3 pixels, with edge pixels repeated. IN d : [height][width]. OUT sum : [height][width].
// Scratch column : [height][width], the sums over three rows.
static inline void patch_sums(const uint8_t* d, int height, int width, uint8_t* column, uint8_t* sum) {
    const int pixels = height * width;
    const auto three = [](const uint8_t* before, const uint8_t* here, const uint8_t* after, uint8_t* out, int size) {
        for (int i = 0; i < size; ++i) out[i] = (uint8_t)(before[i] + here[i] + after[i]);
    };
    const int last = pixels - width;
    three(d, d, height > 1 ? d + width : d, column, width);
    if (height > 1) three(d + last - width, d + last, d + last, column + last, width);
    const int inner = last - width;
    if (inner >= SLAB) {
        for_each_slab(inner, [&](int i) {
            const Slab out = load_slab(d + i) + load_slab(d + i + width) + load_slab(d + i + 2 * width);
            memcpy(column + width + i, &out, sizeof out);
        });
    } else if (inner > 0) {
        three(d, d + width, d + 2 * width, column + width, inner);
    }
    for_each_slab(pixels - 2, [&](int i) {  // wrong at both ends of a row, which the next loop sets
        const Slab out = load_slab(column + i) + load_slab(column + i + 1) + load_slab(column + i + 2);
        memcpy(sum + i + 1, &out, sizeof out);
    });
    for (int y = 0; y < height; ++y) {
        const uint8_t* const row = column + y * width;
        const int end = width - 1;
        sum[y * width] = (uint8_t)(2 * row[0] + row[end ? 1 : 0]);
        sum[y * width + end] = (uint8_t)(row[end ? end - 1 : 0] + 2 * row[end]);
    }
}

// sums[k][t] = Σ_u agreement[patch sum of the clipped differences of t and u] · votes[k][u], added in the order of u,
// for the samples t in [first, last).
static void patch_agreement(const AgreementInput& from, size_t first, size_t last, float* sums) {
    const int pixels = from.height * from.width;
    const size_t voter_stride = (size_t)from.voters * pixels, sample_stride = (size_t)from.samples * pixels;
    Arena arena(3 * (size_t)pixels + 4 * (size_t)pixels + 4 * 64);
    uint8_t* const d = arena.take<uint8_t>(pixels);
    uint8_t* const column = arena.take<uint8_t>(pixels);
    uint8_t* const sum = arena.take<uint8_t>(pixels);
    float* const agreed = arena.take<float>(pixels);
    for (size_t t = first; t < last; ++t) {
        for (int k = 0; k < from.kinds; ++k) memset(sums + k * sample_stride + t * pixels, 0, pixels * sizeof(float));
        for (int u = 0; u < from.voters; ++u) {
            clipped_difference(from.pictures + 3 * t * pixels, from.voter_pictures + 3 * (size_t)u * pixels, pixels,
                               (uint8_t)from.full, d);
            patch_sums(d, from.height, from.width, column, sum);
            for (int i = 0; i < pixels; ++i) agreed[i] = from.agreement[sum[i]];
            for (int k = 0; k < from.kinds; ++k) {
                const float* __restrict__ vote = from.votes + k * voter_stride + (size_t)u * pixels;
                float* __restrict__ out = sums + k * sample_stride + t * pixels;
                for (int i = 0; i < pixels; ++i) out[i] += agreed[i] * vote[i];
            }
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
