// The heaviest samples of each pixel.
#pragma once
#include "kmeans/tile.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr int SPREAD = 256;  // pixels at a time: rows of samples lie far apart, so each visit is to be worth it

// The bits of floats from 0 are in the order of the floats, and the upper half of them tells 1/128 apart. OUT keys :
// [samples][SPREAD], 0 for a weight that is negative or NaN, and beyond `width`.
static inline void weight_keys(const Samples& from, size_t at, int width, int16_t* keys) {
    for (int t = 0; t < from.count; ++t) {
        float row[SPREAD] = {};
        memcpy(row, from.weights + t * from.weights_stride + at, width * sizeof(float));
        uint32_t bits[SPREAD];
        memcpy(bits, row, sizeof bits);
        for (int i = 0; i < SPREAD; ++i) keys[t * SPREAD + i] = row[i] > 0.0f ? (int16_t)(bits[i] >> 16) : 0;
    }
}

typedef int16_t Keys __attribute__((vector_size(32)));
constexpr int KEYS = sizeof(Keys) / sizeof(int16_t);

// The largest key that at least `kept` samples reach, found bit by bit. OUT least, above : [SPREAD], `above` the number
// of samples that exceed it.
static inline void find_least(const int16_t* keys, int samples, int kept, int16_t* least, int16_t* above) {
    const Keys enough = Keys{} + (int16_t)kept;
    for (int at = 0; at < SPREAD; at += KEYS) {
        Keys found{}, exceed{}, key;
        for (int bit = 14; bit >= 0; --bit) {
            const int16_t step = (int16_t)(1 << bit);
            const Keys tried = found | step;
            Keys reached{};
            for (int t = 0; t < samples; ++t) {
                memcpy(&key, keys + t * SPREAD + at, sizeof key);
                reached -= key >= tried;
            }
            found = reached >= enough ? tried : found;
        }
        for (int t = 0; t < samples; ++t) {
            memcpy(&key, keys + t * SPREAD + at, sizeof key);
            exceed -= key > found;
        }
        memcpy(least + at, &found, sizeof found), memcpy(above + at, &exceed, sizeof exceed);
    }
}

// The numbers of the samples that reach `least`; of equal keys the earliest. IN OUT above; OUT numbers :
// [SPREAD][kept + 1], of which the last is room.
static inline void list_samples(const int16_t* keys, int samples, int kept, const int16_t* least, int16_t* above,
                                uint16_t* numbers) {
    int32_t place[SPREAD] = {};
    int16_t taken[SPREAD];
    for (int t = 0; t < samples; ++t) {
        const int16_t* __restrict__ key = keys + t * SPREAD;
        for (int i = 0; i < SPREAD; ++i) {
            const int16_t equal = key[i] == least[i];
            taken[i] = (key[i] > least[i]) | (equal & (above[i] < kept));
            above[i] += equal;
        }
        for (int i = 0; i < SPREAD; ++i) {
            numbers[i * (kept + 1) + place[i]] = (uint16_t)t;
            place[i] += taken[i];
        }
    }
}

static void heaviest(const Samples& from, int kept, size_t pixels, size_t first, size_t last, const HeaviestOut& out) {
    Arena arena(((size_t)from.count * sizeof(int16_t) + (kept + 1) * sizeof(uint16_t)) * SPREAD + 2 * 64);
    int16_t* const keys = arena.take<int16_t>((size_t)from.count * SPREAD);
    uint16_t* const numbers = arena.take<uint16_t>((size_t)(kept + 1) * SPREAD);
    int16_t least[SPREAD], above[SPREAD];
    for (size_t at = first; at < last; at += SPREAD) {
        const int width = last - at < (size_t)SPREAD ? (int)(last - at) : SPREAD;
        weight_keys(from, at, width, keys);
        find_least(keys, from.count, kept, least, above);
        list_samples(keys, from.count, kept, least, above, numbers);
        for (int k = 0; k < kept; ++k) {
            for (int i = 0; i < width; ++i) {
                const int t = numbers[i * (kept + 1) + k];
                const size_t to = k * pixels + at + i;
                memcpy(out.images + 3 * to, from.images + t * from.images_stride + 3 * (at + i), 3);
                const float weight = from.weights[t * from.weights_stride + at + i];
                out.weights[to] = weight > 0.0f ? weight : 0.0f;
                out.chosen[to] = (uint16_t)t;
            }
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
