// The dominant cluster of every pixel of a block: votes, winner, weighted median, noise.
#pragma once
#include "kmeans/k_means.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// If a pixel has valid samples but all their weights are 0, it is `unweighted`: each sample has one vote, the support
// is 0.
struct Selection {
    uint32_t votes[MOST_CLUSTERS][BLOCK];
    uint32_t total[BLOCK];  // sum of all votes; 0 if no sample is valid
    uint8_t unweighted[BLOCK];
    uint8_t winner[BLOCK];  // the dominant cluster
};

// What decides between clusters with equal votes.
struct ClusterStats {
    double variance;  // mean squared distance to the mean
    int first;        // the earliest sample; T for an empty cluster
};
// Without branches, since labels of noise are not foreseen. IN clusters : [many]. OUT stats : [many].
template <int many>
static inline void cluster_stats(const Tile& tile, int block, int pixel, const int* clusters, ClusterStats* stats) {
    const uint8_t *label = tile.label(block) + pixel, *value = tile.plane(block, 0) + pixel;
    const size_t plane = (size_t)tile.samples * BLOCK;
    int32_t n[many] = {}, first[many], sum[many][3] = {};  // 4096 · 255 < 2^31
    uint32_t squares[many] = {};                           // 4096 · 3 · 255² < 2^32
    for (int k = 0; k < many; ++k) first[k] = tile.samples;
    for (int t = tile.samples - 1; t >= 0; --t) {
        const size_t at = (size_t)t * BLOCK;
        const int32_t x[3] = {value[at], value[at + plane], value[at + 2 * plane]};
        const uint32_t square = (uint32_t)(x[0] * x[0] + x[1] * x[1] + x[2] * x[2]);
        for (int k = 0; k < many; ++k) {
            const int32_t in = label[at] == clusters[k] ? -1 : 0;
            n[k] -= in, first[k] = in ? t : first[k], squares[k] += square & (uint32_t)in;
            for (int c = 0; c < 3; ++c) sum[k][c] += x[c] & in;
        }
    }
    for (int k = 0; k < many; ++k) {
        int64_t scatter = (int64_t)n[k] * squares[k];
        for (int c = 0; c < 3; ++c) scatter -= (int64_t)sum[k][c] * sum[k][c];
        stats[k] = {n[k] ? (double)scatter / (double)((int64_t)n[k] * n[k]) : 0.0, first[k]};
    }
}

// Whether cluster a ranks before b: more votes, then smaller variance, then an earlier first sample; empty ones last.
static inline bool ranks_before(const Tile& tile, int block, int pixel, const uint32_t votes[][BLOCK], int a, int b) {
    if (votes[a][pixel] != votes[b][pixel]) return votes[a][pixel] > votes[b][pixel];
    const int both[2] = {a, b};
    ClusterStats of[2];
    cluster_stats<2>(tile, block, pixel, both, of);
    if (of[0].first == tile.samples || of[1].first == tile.samples) return of[0].first < of[1].first;
    if (of[0].variance != of[1].variance) return of[0].variance < of[1].variance;
    return of[0].first < of[1].first;
}

static inline Words read_label(const Tile& tile, int block, int t, int at) {
    Bytes label;
    memcpy(&label, tile.label(block) + t * BLOCK + at, sizeof label);
    return widen(label);
}

constexpr int MOST_16_BIT_SAMPLES = 256;  // with at most so many samples, the sum of the votes fits 16 bits
static inline float vote_scale(int samples) {
    return samples <= MOST_16_BIT_SAMPLES ? (float)(65535 / samples) : 65535.0f;
}

// Converts weights to integer votes, vote_scale for the pixel's largest, so that sums are exact in any order.
// IN width: the number of pixels in the block. OUT votes : [samples][BLOCK].
static inline void quantise_votes(const Samples& from, const Tile& tile, int block, size_t at, int width,
                                  Selection& selection, uint32_t* votes) {
    const float scale = vote_scale(tile.samples);
    const auto vote = [&](int t, int part) {  // NaN, negative or invalid: 0
        float line[LANES] = {};
        const int count = width - part < LANES ? (width > part ? width - part : 0) : LANES;
        memcpy(line, from.weights + t * from.weights_stride + at + part, count * sizeof(float));
        Floats w;
        memcpy(&w, line, sizeof w);
        w = ((w > 0.0f) & (read_label(tile, block, t, part) != ABSENT)) ? w : splat(0.0f);
        return minimum(w, splat(3e38f));
    };
    for (int part = 0; part < BLOCK; part += LANES) {
        Floats largest{};
        for (int t = 0; t < tile.samples; ++t) largest = maximum(largest, vote(t, part));
        const Ints unweighted = !(largest > 0.0f);
        const Floats under = unweighted ? splat(1.0f) : largest;
        for (int t = 0; t < tile.samples; ++t) {
            const Ints whole = ints(vote(t, part) / under * scale + 0.5f);
            const Ints one = (Ints)(read_label(tile, block, t, part) != ABSENT) & 1;
            const Ints result = choose(unweighted, one, whole);
            memcpy(votes + (size_t)t * BLOCK + part, &result, sizeof result);
        }
        store_bytes(selection.unweighted + part, (Words)unweighted & 1u);
    }
}

// OUT sums : [clusters][BLOCK].
static inline void count_votes(const Tile& tile, int block, int clusters, const uint32_t* votes,
                               uint32_t sums[][BLOCK]) {
    for (int part = 0; part < BLOCK; part += LANES) {
        Words sum[MOST_CLUSTERS] = {};
        for (int t = 0; t < tile.samples; ++t) {
            Words vote;
            memcpy(&vote, votes + (size_t)t * BLOCK + part, sizeof vote);
            const Words label = read_label(tile, block, t, part);
            for (int k = 0; k < clusters; ++k) sum[k] += (Words)(label == (uint32_t)k) & vote;
        }
        for (int k = 0; k < clusters; ++k) memcpy(sums[k] + part, &sum[k], sizeof sum[k]);
    }
}

// IN votes : [samples][BLOCK], or null if each sample has one vote; sizes : [clusters][stride]. OUT selection.
static inline void select_cluster(const Tile& tile, int block, int clusters, const uint32_t* votes,
                                  const int32_t* sizes, size_t stride, Selection& selection) {
    if (votes) count_votes(tile, block, clusters, votes, selection.votes);
    for (int k = 0; !votes && k < clusters; ++k) {
        for (int i = 0; i < BLOCK; ++i) selection.votes[k][i] = (uint32_t)sizes[k * stride + i];
    }
    uint32_t most[BLOCK] = {}, ties[BLOCK] = {};
    memset(selection.total, 0, sizeof selection.total);
    memset(selection.winner, 0, sizeof selection.winner);
    for (int k = 0; k < clusters; ++k) {
        const uint32_t* votes_of = selection.votes[k];
        for (int i = 0; i < BLOCK; ++i) {
            ties[i] = votes_of[i] > most[i] ? 0u : ties[i] | (votes_of[i] == most[i]);
            selection.winner[i] = votes_of[i] > most[i] ? (uint8_t)k : selection.winner[i];
            most[i] = votes_of[i] > most[i] ? votes_of[i] : most[i];
            selection.total[i] += votes_of[i];
        }
    }
    for (int i = 0; i < BLOCK; ++i) {
        for (int k = 0; ties[i] && selection.total[i] && k < clusters; ++k) {
            if (k != selection.winner[i] && ranks_before(tile, block, i, selection.votes, k, selection.winner[i]))
                selection.winner[i] = (uint8_t)k;
        }
    }
}

template <class V, class B>
static inline V widen_to(B bytes) {
    if constexpr (sizeof(V) == 4 * sizeof(B)) {
        return (V)widen((Bytes)bytes);
    } else {
        return __builtin_convertvector(bytes, V);
    }
}

constexpr int WIDE = 4 * LANES < BLOCK ? 4 * LANES : BLOCK;  // pixels in one vector of bytes
typedef uint8_t WideBytes __attribute__((vector_size(WIDE)));
typedef int8_t WideKeys __attribute__((vector_size(WIDE)));

// The median of each channel over the dominant cluster's members: the smallest value v with at least half of them at or
// below it; if that is exactly half, the mean of v and the next value, rounded half up. Found bit by bit, from the
// highest. Bytes are compared as signed keys, x − 128, and the other samples have the largest key.
// IN samples < 255; keys : [3][samples][WIDE] of scratch. OUT median : [3][BLOCK].
static inline void member_median(const Tile& tile, int block, const Selection& selection, int8_t* keys,
                                 uint8_t* median) {
    const int count = tile.samples;
    const auto key = [&](int c, int t) { return read<WideKeys>(keys + (size_t)c * count * WIDE + (size_t)t * WIDE); };
    for (int at = 0; at < BLOCK; at += WIDE) {
        const WideBytes winner = read<WideBytes>(selection.winner + at);
        WideBytes total{}, low[3] = {};
        for (int t = 0; t < count; ++t) {
            const WideBytes out = (WideBytes)(read<WideBytes>(tile.label(block) + t * BLOCK + at) != winner);
            total += out + 1;
            for (int c = 0; c < 3; ++c) {
                const WideBytes one = (read<WideBytes>(tile.plane(block, c) + t * BLOCK + at) | out) ^ 128;
                memcpy(keys + (size_t)c * count * WIDE + (size_t)t * WIDE, &one, sizeof one);
            }
        }
        const WideBytes half = total / 2 + (total & 1);
        for (int bit = 128; bit > 0; bit /= 2) {
            WideKeys middle[3], below[3] = {};
            for (int c = 0; c < 3; ++c) middle[c] = (WideKeys)((low[c] | (uint8_t)bit) ^ 128);
            for (int t = 0; t < count; ++t) {
                below[0] -= key(0, t) < middle[0], below[1] -= key(1, t) < middle[1], below[2] -= key(2, t) < middle[2];
            }
            for (int c = 0; c < 3; ++c) low[c] = (WideBytes)below[c] < half ? low[c] | (uint8_t)bit : low[c];
        }
        for (int c = 0; c < 3; ++c) {
            const WideKeys lowest = (WideKeys)(low[c] ^ 128);
            WideKeys above{}, next = WideKeys{} + (int8_t)127;
            for (int t = 0; t < count; ++t) {
                const WideKeys x = key(c, t), beyond = x > lowest, other = beyond ? x : WideKeys{} + (int8_t)127;
                above -= beyond, next = other < next ? other : next;
            }
            const WideBytes upto = (uint8_t)count - (WideBytes)above, gap = ((WideBytes)next ^ 128) - low[c];
            const WideBytes between = low[c] + gap / 2 + (gap & 1);
            const WideBytes result = (WideBytes)(upto == half) & (WideBytes)((total & 1) == 0) ? between : low[c];
            memcpy(median + c * BLOCK + at, &result, sizeof result);
        }
    }
}

// The median as `member_median` defines it, over votes in place of members.
// IN votes : [samples][BLOCK], 0 outside the dominant cluster. OUT median : [3][BLOCK].
template <class W, class S>
static inline void weighted_median(const Tile& tile, int block, const W* votes, uint8_t* median) {
    constexpr int WIDTH = 4 * LANES / (int)sizeof(W);
    typedef W Votes __attribute__((vector_size(WIDTH * sizeof(W))));
    typedef S Signed __attribute__((vector_size(WIDTH * sizeof(W))));  // values are compared so: one instruction
    typedef uint8_t Values __attribute__((vector_size(WIDTH)));
    for (int at = 0; at < BLOCK; at += WIDTH) {
        const auto value = [&](int c, int t) {
            Values x;
            memcpy(&x, tile.plane(block, c) + t * BLOCK + at, sizeof x);
            return (Signed)widen_to<Votes>(x);
        };
        const auto vote = [&](int t) {
            Votes w;
            memcpy(&w, votes + (size_t)t * BLOCK + at, sizeof w);
            return w;
        };
        Votes total{};
        Signed low[3] = {};
        for (int t = 0; t < tile.samples; ++t) total += vote(t);
        const Votes half = total / 2 + (total & 1);
        for (int bit = 128; bit > 0; bit /= 2) {
            Signed middle[3];
            Votes below[3] = {};
            for (int c = 0; c < 3; ++c) middle[c] = low[c] | (S)bit;
            for (int t = 0; t < tile.samples; ++t) {
                const Votes w = vote(t);
                for (int c = 0; c < 3; ++c) below[c] += (Votes)(value(c, t) < middle[c]) & w;
            }
            for (int c = 0; c < 3; ++c) low[c] = below[c] < half ? middle[c] : low[c];
        }
        for (int c = 0; c < 3; ++c) {
            Votes upto{};
            Signed next = Signed{} + (S)255;
            for (int t = 0; t < tile.samples; ++t) {
                const Signed x = value(c, t), within = x <= low[c];
                const Votes w = vote(t);
                upto += (Votes)within & w;
                const Signed other = within | (Signed)(w == 0) ? Signed{} + (S)255 : x;
                next = other < next ? other : next;
            }
            const Signed between = low[c] + (next - low[c]) / 2 + ((next - low[c]) & 1);
            const Signed result = (Signed)(upto == half) & (Signed)((total & 1) == 0) ? between : low[c];
            const Values bytes = __builtin_convertvector((Votes)result, Values);
            memcpy(median + c * BLOCK + at, &bytes, sizeof bytes);
        }
    }
}

// OUT noise[i] = sqrt(mean over the dominant cluster's members and channels of (x − median)²).
static inline void find_noise(const Tile& tile, int block, const Selection& selection, const uint8_t* median,
                              float* noise) {
    typedef uint16_t Pairs __attribute__((vector_size(WIDE)));  // of bytes: an even pixel's and an odd one's
    for (int at = 0; at < BLOCK; at += WIDE) {
        const WideBytes winner = read<WideBytes>(selection.winner + at);
        WideBytes middle[3];
        for (int c = 0; c < 3; ++c) middle[c] = read<WideBytes>(median + c * BLOCK + at);
        Words sums[4] = {};  // of squares, of every fourth pixel; 4096 · 3 · 255² < 2^32
        Pairs members[2] = {};
        for (int t = 0; t < tile.samples; ++t) {
            const WideBytes in = (WideBytes)(read<WideBytes>(tile.label(block) + t * BLOCK + at) == winner);
            members[0] += (Pairs)in & 1, members[1] += (Pairs)in >> 15;
            for (int c = 0; c < 3; ++c) {
                const WideBytes x = read<WideBytes>(tile.plane(block, c) + t * BLOCK + at);
                const Pairs far = (Pairs)((maximum(x, middle[c]) - minimum(x, middle[c])) & in);
                const Words even = (Words)((far & 255) * (far & 255)), odd = (Words)((far >> 8) * (far >> 8));
                sums[0] += even & 0xffffu, sums[1] += odd & 0xffffu, sums[2] += even >> 16, sums[3] += odd >> 16;
            }
        }
        for (int i = 0; i < WIDE; ++i) {
            const int n = members[i % 2][i / 2];
            noise[at + i] = n ? (float)__builtin_sqrt(sums[i % 4][i / 4] / (3.0 * n)) : 0.0f;
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
