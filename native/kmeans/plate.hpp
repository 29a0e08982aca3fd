// The two kernels that cluster: a plate from samples, or the labels themselves.
#pragma once
#include "kmeans/select.hpp"
#include "kmeans/two_means.hpp"
#include "kmeans/merge.hpp"
#include "kmeans/search.hpp"

namespace stillplate {

namespace STILLPLATE_LEVEL {

// All the memory one thread needs, and the tile it works on.
struct Bench {
    Memory memory;
    Tile tile;
    int clusters;
    bool wide;
    int32_t* sizes;  // [clusters][pixels]
    Halving halving;
    Workshop workshop;
    State best;
    uint8_t* narrow_votes;  // [samples][BLOCK], as wide as the votes need
    uint32_t* votes;        // [samples][BLOCK]

    static size_t bytes(int samples, int clusters, int blocks) {
        return tile_bytes(samples, blocks) + (size_t)clusters * blocks * BLOCK * 4 + halving_bytes(samples, blocks) +
               3 * ((size_t)samples * sizeof(Words) + 64) + sizeof(Intervals) + (samples + 1) * sizeof(Mean) + 128 +
               (size_t)samples * BLOCK * 6 + 8 * 64;
    }
    Bench(int samples, int clusters)
        : memory(bytes(samples, clusters, tile_blocks(samples))),
          tile(make_tile(memory, samples, tile_blocks(samples))),
          clusters(clusters),
          wide(clusters == 2 && samples <= WIDE),
          sizes(memory.take<int32_t>(clusters * tile.blocks * BLOCK)),
          halving(make_halving(memory, samples, tile.blocks)),
          workshop(make_workshop(memory, samples, clusters, halving.scratch)),
          best{{}, memory.take<Words>(samples), {}},
          narrow_votes(memory.take<uint8_t>((size_t)samples * BLOCK * 2)),
          votes(memory.take<uint32_t>((size_t)samples * BLOCK)) {}
    Bench(const Bench&) = delete;
    int pixels() const { return tile.blocks * BLOCK; }
};

static inline void cluster_tile(Bench& bench, int pixels) {
    memset(bench.sizes, 0, (size_t)bench.clusters * bench.pixels() * sizeof(int32_t));
    if (bench.wide) return halve(bench.tile, pixels, bench.halving, bench.sizes);
    Workshop& w = bench.workshop;
    for (int group = 0; group * LANES < pixels; ++group) {
        w.colours = bench.tile.group(group);
        uint8_t* label = bench.tile.label(group / GROUPS) + group % GROUPS * LANES;
        cluster_group(w, bench.best, label, BLOCK, bench.sizes + group * LANES, bench.pixels());
    }
}

template <class W>
static inline void find_members(const Tile& tile, int block, const Choice& choice, const uint32_t* votes, W* members) {
    uint8_t winner[BLOCK];
    memcpy(winner, choice.winner, sizeof winner);
    for (int t = 0; t < tile.samples; ++t) {
        const uint8_t* __restrict__ label = tile.label(block) + t * BLOCK;
        const uint32_t* vote = votes + t * BLOCK;
        W* __restrict__ member = members + t * BLOCK;
        if (votes) {
            for (int i = 0; i < BLOCK; ++i) member[i] = label[i] == winner[i] ? (W)vote[i] : (W)0;
        } else {
            for (int i = 0; i < BLOCK; ++i) member[i] = label[i] == winner[i] ? (W)1 : (W)0;
        }
    }
}

static inline void median_of_winner(Bench& bench, int block, const Choice& choice, bool weighted, uint8_t* median) {
    const Tile& tile = bench.tile;
    if (weighted && tile.samples <= NARROW) {
        uint16_t* const votes = (uint16_t*)bench.narrow_votes;
        find_members(tile, block, choice, bench.votes, votes);
        find_median(tile, block, votes, median);
    } else if (weighted) {
        find_members(tile, block, choice, bench.votes, bench.votes);
        find_median(tile, block, bench.votes, median);
    } else if (tile.samples < 255) {
        find_members(tile, block, choice, nullptr, bench.narrow_votes);
        find_median(tile, block, bench.narrow_votes, median);
    } else {
        find_members(tile, block, choice, nullptr, (uint16_t*)bench.narrow_votes);
        find_median(tile, block, (uint16_t*)bench.narrow_votes, median);
    }
}

// The members of the chosen cluster; of those that vote, who has at least half as much to say as the pixel's first.
static inline void find_makers(const Bench& bench, int block, int pixel, const Choice& choice, bool weighted, uint8_t* makers) {
    const uint8_t* label = bench.tile.label(block) + pixel;
    const uint32_t* vote = bench.votes + pixel;
    const uint32_t least = choice.silent[pixel] ? 1 : ((uint32_t)largest_vote(bench.tile.samples) + 1) / 2;
    memset(makers, 0, (bench.tile.samples + 7) / 8);
    for (int t = 0; t < bench.tile.samples; ++t) {
        const bool made = label[t * BLOCK] == choice.winner[pixel] && (!weighted || vote[t * BLOCK] >= least);
        makers[t / 8] |= (uint8_t)(made << t % 8);
    }
}

static inline void plate_block(Bench& bench, const Samples& from, int block, size_t at, int width, float merge,
                               const PlateOut& out) {
    Choice choice;
    uint8_t median[3 * BLOCK];
    float noise[BLOCK];
    memset(choice.silent, 0, sizeof choice.silent);
    if (from.weights) whole_votes(from, bench.tile, block, at, width, choice, bench.votes);
    choose_winner(bench.tile, block, bench.clusters, from.weights ? bench.votes : nullptr, bench.sizes + block * BLOCK,
                  bench.pixels(), choice);
    if (merge > 0.0f) join_clusters(bench.tile, block, bench.clusters, merge, choice);
    median_of_winner(bench, block, choice, from.weights, median);
    find_noise(bench.tile, block, choice, median, noise);
    for (int i = 0; i < width; ++i) {
        const uint32_t total = choice.total[i];
        for (int c = 0; c < 3; ++c) out.image[3 * (at + i) + c] = total ? median[c * BLOCK + i] : 0;
        const bool voted = total && !choice.silent[i];
        out.support[at + i] = voted ? (float)choice.votes[choice.winner[i]][i] / (float)total : 0.0f;
        out.noise[at + i] = total ? noise[i] : 0.0f;
        if (!out.makers) continue;
        find_makers(bench, block, i, choice, from.weights, out.makers + (at + i) * ((from.count + 7) / 8));
    }
}

// Pixels [first, last).
static void plate(const Samples& from, int clusters, float merge, size_t first, size_t last, const PlateOut& out) {
    Bench bench(from.count, clusters);
    for (size_t at = first; at < last; at += bench.pixels()) {
        const int pixels = last - at < (size_t)bench.pixels() ? (int)(last - at) : bench.pixels();
        load(from, at, pixels, bench.tile);
        cluster_tile(bench, pixels);
        for (int block = 0; block * BLOCK < pixels; ++block) {
            const int width = pixels - block * BLOCK < BLOCK ? pixels - block * BLOCK : BLOCK;
            plate_block(bench, from, block, at + block * BLOCK, width, merge, out);
        }
    }
}

// OUT rank[cluster]: 0 for the one that is ahead of all others.
static inline void rank_clusters(const Bench& bench, int block, int pixel, const uint32_t votes[][BLOCK],
                                 uint8_t* rank) {
    memset(rank, 0, MOST_CLUSTERS);
    for (int a = 0; a < bench.clusters; ++a) {
        for (int b = a + 1; b < bench.clusters; ++b) {
            const bool first = ahead(bench.tile, block, pixel, votes, a, b);
            ++rank[first ? b : a];
        }
    }
}

static inline double inertia_of(const Bench& bench, int block, int pixel) {
    double inertia = 0.0;
    for (int k = 0; k < bench.clusters; ++k) {
        const int32_t n = bench.sizes[k * bench.pixels() + block * BLOCK + pixel];
        inertia += standing(bench.tile, block, pixel, k).spread * n;
    }
    return inertia;
}

static void cluster(const Samples& from, int clusters, size_t first, size_t last, const ClusterOut& out) {
    Bench bench(from.count, clusters);
    for (size_t at = first; at < last; at += bench.pixels()) {
        const int pixels = last - at < (size_t)bench.pixels() ? (int)(last - at) : bench.pixels();
        load(from, at, pixels, bench.tile);
        cluster_tile(bench, pixels);
        for (int i = 0; i < pixels; ++i) {
            Choice choice;
            uint8_t rank[MOST_CLUSTERS];
            const int block = i / BLOCK, pixel = i % BLOCK;
            for (int k = 0; k < clusters; ++k) choice.votes[k][pixel] = (uint32_t)bench.sizes[k * bench.pixels() + i];
            rank_clusters(bench, block, pixel, choice.votes, rank);
            out.inertia[at + i] = inertia_of(bench, block, pixel);
            const uint8_t* label = bench.tile.label(block) + pixel;
            for (int t = 0; t < from.count; ++t) out.labels[t * out.stride + at + i] = rank[label[t * BLOCK]];
        }
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
