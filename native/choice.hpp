// Which cluster is the background, and what it looks like: votes, winner, (weighted) median, noise. A block of pixels at a time.
#pragma once
#include "many.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

struct Choice {
    uint32_t votes[MOST_CLUSTERS][BLOCK];
    uint32_t total[BLOCK];   // 0 where no sample is valid
    uint8_t silent[BLOCK];   // samples there are, but no vote: each counts as one, and the support is 0
    uint8_t winner[BLOCK];
};

// IN a cluster's labels in one pixel. How spread and how early it is: settles equal votes.
struct Standing {
    double spread;  // mean squared distance to the mean
    int first;      // its earliest sample
};
static inline Standing standing(const Tile& tile, int block, int pixel, int cluster) {
    const uint8_t* label = tile.label(block) + pixel;
    int64_t n = 0, squares = 0, sum[3] = {};
    int first = tile.samples;
    for (int t = 0; t < tile.samples; ++t) {
        if (label[t * BLOCK] != cluster) continue;
        if (n++ == 0) first = t;
        for (int c = 0; c < 3; ++c) {
            const int64_t x = tile.plane(block, c)[t * BLOCK + pixel];
            sum[c] += x, squares += x * x;
        }
    }
    const int64_t scatter = n * squares - sum[0] * sum[0] - sum[1] * sum[1] - sum[2] * sum[2];
    return {n ? (double)scatter / (double)(n * n) : 0.0, first};
}

// More votes, then the tighter, then the earlier. An empty cluster (votes 0, first = T) comes last.
static inline bool ahead(const Tile& tile, int block, int pixel, const uint32_t votes[][BLOCK], int a, int b) {
    if (votes[a][pixel] != votes[b][pixel]) return votes[a][pixel] > votes[b][pixel];
    const Standing sa = standing(tile, block, pixel, a), sb = standing(tile, block, pixel, b);
    if (sa.first == tile.samples || sb.first == tile.samples) return sa.first < sb.first;
    if (sa.spread != sb.spread) return sa.spread < sb.spread;
    return sa.first < sb.first;
}

static inline void sum_votes(const Tile& tile, int block, int clusters, const uint32_t* votes, uint32_t sums[][BLOCK]);  // weighted.hpp

// OUT choice. votes : [samples][BLOCK], or null where each sample has one; sizes : [clusters][stride].
static inline void choose_winner(const Tile& tile, int block, int clusters, const uint32_t* votes, const int32_t* sizes,
                                 size_t stride, Choice& choice) {
    if (votes) sum_votes(tile, block, clusters, votes, choice.votes);
    for (int k = 0; !votes && k < clusters; ++k) {
        for (int i = 0; i < BLOCK; ++i) choice.votes[k][i] = (uint32_t)sizes[k * stride + i];
    }
    uint32_t most[BLOCK] = {}, ties[BLOCK] = {};
    memset(choice.total, 0, sizeof choice.total);
    memset(choice.winner, 0, sizeof choice.winner);
    for (int k = 0; k < clusters; ++k) {
        const uint32_t* votes_of = choice.votes[k];
        for (int i = 0; i < BLOCK; ++i) {
            ties[i] = votes_of[i] > most[i] ? 0u : ties[i] | (votes_of[i] == most[i]);
            choice.winner[i] = votes_of[i] > most[i] ? (uint8_t)k : choice.winner[i];
            most[i] = votes_of[i] > most[i] ? votes_of[i] : most[i];
            choice.total[i] += votes_of[i];
        }
    }
    for (int i = 0; i < BLOCK; ++i) {
        for (int k = 0; ties[i] && choice.total[i] && k < clusters; ++k) {
            if (k != choice.winner[i] && ahead(tile, block, i, choice.votes, k, choice.winner[i])) choice.winner[i] = (uint8_t)k;
        }
    }
}

// Per channel, the smallest value v with at least half of the votes at or below it; with just half, the mean of v and the next
// value, rounded half up. Found bit by bit. IN votes[t] = 0 outside the chosen cluster. OUT median : [3][BLOCK].
template <class W>
static inline void find_median(const Tile& tile, int block, const W* votes, uint8_t* median) {
    constexpr int WIDTH = 4 * LANES / (int)sizeof(W) < BLOCK ? 4 * LANES / (int)sizeof(W) : BLOCK;
    typedef W Votes __attribute__((vector_size(WIDTH * sizeof(W))));
    typedef uint8_t Values __attribute__((vector_size(WIDTH)));
    for (int part = 0; part < 3 * BLOCK / WIDTH; ++part) {
        const int channel = part / (BLOCK / WIDTH), at = part % (BLOCK / WIDTH) * WIDTH;
        const uint8_t* values = tile.plane(block, channel) + at;
        const auto value = [&](int t) {
            Values x;
            memcpy(&x, values + t * BLOCK, sizeof x);
            return __builtin_convertvector(x, Votes);
        };
        const auto vote = [&](int t) {
            Votes w;
            memcpy(&w, votes + (size_t)t * BLOCK + at, sizeof w);
            return w;
        };
        Votes total{}, low{}, upto{}, next = Votes{} + (W)255;
        for (int t = 0; t < tile.samples; ++t) total += vote(t);
        const Votes half = total / 2 + (total & 1);
        for (int bit = 128; bit > 0; bit /= 2) {
            const Votes middle = low | (W)bit;
            Votes below{};
            for (int t = 0; t < tile.samples; ++t) below += (Votes)(value(t) < middle) & vote(t);
            low = below < half ? middle : low;
        }
        for (int t = 0; t < tile.samples; ++t) {
            const Votes x = value(t), w = vote(t);
            upto += (Votes)(x <= low) & w;
            const Votes other = x | (Votes)(x <= low) | (Votes)(w == 0);
            next = other < next ? other : next;
        }
        const Votes between = low + (next - low) / 2 + ((next - low) & 1);
        const Votes result = ((upto == half) & ((total & 1) == 0)) ? between : low;
        const Values bytes = __builtin_convertvector(result, Values);
        memcpy(median + channel * BLOCK + at, &bytes, sizeof bytes);
    }
}

// OUT noise[i] = sqrt(mean over the chosen cluster's members and channels of (x − median)²)
static inline void find_noise(const Tile& tile, int block, const Choice& choice, const uint8_t* median, float* noise) {
    int64_t sum[BLOCK] = {};
    int32_t members[BLOCK] = {}, part[BLOCK] = {};
    for (int t = 0; t < tile.samples; ++t) {
        const uint8_t* label = tile.label(block) + t * BLOCK;
        const uint8_t *r = tile.plane(block, 0) + t * BLOCK, *g = tile.plane(block, 1) + t * BLOCK, *b = tile.plane(block, 2) + t * BLOCK;
        for (int i = 0; i < BLOCK; ++i) {
            const int32_t in = label[i] == choice.winner[i] ? -1 : 0;
            const int32_t dr = r[i] - median[i], dg = g[i] - median[BLOCK + i], db = b[i] - median[2 * BLOCK + i];
            members[i] -= in, part[i] += (dr * dr + dg * dg + db * db) & in;
        }
        if (t % 1024 == 1023 || t == tile.samples - 1) {  // 1024 · 3 · 255² < 2^31
            for (int i = 0; i < BLOCK; ++i) sum[i] += part[i], part[i] = 0;
        }
    }
    for (int i = 0; i < BLOCK; ++i) {
        noise[i] = members[i] ? (float)__builtin_sqrt((double)sum[i] / (3.0 * members[i])) : 0.0f;
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
