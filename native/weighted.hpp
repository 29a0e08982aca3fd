// Votes of different weight: as whole numbers, summed up by cluster, and in the median. A block of pixels at a time, LANES at once.
#pragma once
#include "choice.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

// In two steps: no instruction goes from one end to the other, and compilers left alone take pixel by pixel.
static inline Words words(const uint8_t* from) {
    typedef uint16_t Halfway __attribute__((vector_size(LANES * 2)));
    Bytes bytes;
    memcpy(&bytes, from, sizeof bytes);
    return __builtin_convertvector(__builtin_convertvector(bytes, Halfway), Words);
}
template <class V>
static inline V vector(const void* from) {
    V v;
    memcpy(&v, from, sizeof v);
    return v;
}

// Weights of a block, padded with none where the picture ends.
struct Padded {
    float buffer[BLOCK] = {};
    const float* operator()(const Samples& from, int t, size_t at, int width) {
        const float* const weights = from.weights + t * from.weights_stride + at;
        if (width == BLOCK) return weights;
        memcpy(buffer, weights, width * sizeof(float));
        return buffer;
    }
};

// Votes as whole numbers: 65535 for the pixel's largest. Sums are then exact, in any order. Not a number: no vote.
static inline void whole_votes(const Samples& from, const Tile& tile, int block, size_t at, int width, Choice& choice, uint32_t* votes) {
    const uint8_t* const label = tile.label(block);
    Floats largest[GROUPS] = {};
    Padded padded;
    for (int t = 0; t < tile.samples; ++t) {
        const float* const weights = padded(from, t, at, width);
        for (int g = 0; g < GROUPS; ++g) {
            const Floats w = vector<Floats>(weights + g * LANES);
            const Ints counts = (w > largest[g]) & (Ints)(words(label + t * BLOCK + g * LANES) != (uint32_t)ABSENT);
            largest[g] = counts ? w : largest[g];
        }
    }
    Ints silent[GROUPS];
    for (int g = 0; g < GROUPS; ++g) {
        silent[g] = ~(largest[g] > 0.0f);
        largest[g] = silent[g] ? all(1.0f) : least(largest[g], all(3.0e38f));
        for (int i = 0; i < LANES; ++i) choice.silent[g * LANES + i] = silent[g][i] != 0;
    }
    for (int t = 0; t < tile.samples; ++t) {
        const float* const weights = padded(from, t, at, width);
        for (int g = 0; g < GROUPS; ++g) {
            const Floats share = vector<Floats>(weights + g * LANES) / largest[g];
            const Floats vote = share > 0.0f ? least(share, all(1.0f)) : Floats{};
            const Words whole = silent[g] ? all(1u) : (Words)ints(vote * 65535.0f + 0.5f);
            const Words counted = whole & (Words)(words(label + t * BLOCK + g * LANES) != (uint32_t)ABSENT);
            memcpy(votes + t * BLOCK + g * LANES, &counted, sizeof counted);
        }
    }
}

// OUT sums[cluster] : [BLOCK]
static inline void sum_votes(const Tile& tile, int block, int clusters, const uint32_t* votes, uint32_t sums[][BLOCK]) {
    const uint8_t* const label = tile.label(block);
    for (int k = 0; k < clusters; ++k) {
        Words sum[GROUPS] = {};
        for (int t = 0; t < tile.samples; ++t) {
            for (int g = 0; g < GROUPS; ++g) {
                const int at = t * BLOCK + g * LANES;
                sum[g] += vector<Words>(votes + at) & (Words)(words(label + at) == (uint32_t)k);
            }
        }
        memcpy(sums[k], sum, sizeof sum);
    }
}

// Leaves the winner's members their votes, and the others none.
static inline void only_members(const Tile& tile, int block, const Choice& choice, uint32_t* votes) {
    Words winner[GROUPS];
    for (int g = 0; g < GROUPS; ++g) winner[g] = words(choice.winner + g * LANES);
    for (int t = 0; t < tile.samples; ++t) {
        for (int g = 0; g < GROUPS; ++g) {
            const int at = t * BLOCK + g * LANES;
            const Words left = vector<Words>(votes + at) & (Words)(words(tile.label(block) + at) == winner[g]);
            memcpy(votes + at, &left, sizeof left);
        }
    }
}

// As find_median of choice.hpp. IN votes : [samples][BLOCK].
static inline void find_weighted_median(const Tile& tile, int block, const uint32_t* votes, uint8_t* median) {
    for (int g = 0; g < GROUPS; ++g) {
        Words total{};
        for (int t = 0; t < tile.samples; ++t) total += vector<Words>(votes + t * BLOCK + g * LANES);
        const Words half = total / 2 + (total & 1);
        Words low[3] = {}, upto[3] = {}, next[3] = {all(255u), all(255u), all(255u)};
        for (uint32_t bit = 128; bit > 0; bit /= 2) {
            Words below[3] = {};
            for (int t = 0; t < tile.samples; ++t) {
                const int at = t * BLOCK + g * LANES;
                const Words vote = vector<Words>(votes + at);
                for (int c = 0; c < 3; ++c) below[c] += vote & (Words)(words(tile.plane(block, c) + at) < (low[c] | bit));
            }
            for (int c = 0; c < 3; ++c) low[c] = below[c] < half ? low[c] | bit : low[c];
        }
        for (int t = 0; t < tile.samples; ++t) {
            const int at = t * BLOCK + g * LANES;
            const Words vote = vector<Words>(votes + at);
            for (int c = 0; c < 3; ++c) {
                const Words x = words(tile.plane(block, c) + at), under = (Words)(x <= low[c]);
                upto[c] += vote & under;
                next[c] = least(next[c], x | under | (Words)(vote == 0u));
            }
        }
        for (int c = 0; c < 3; ++c) {
            const Words between = low[c] + (next[c] - low[c]) / 2 + ((next[c] - low[c]) & 1);
            store_bytes(median + c * BLOCK + g * LANES, ((upto[c] == half) & ((total & 1) == 0u)) ? between : low[c]);
        }
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
