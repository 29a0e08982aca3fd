// The two kernels that cluster: `dominant_cluster` gives the plate of a stack of samples, `cluster` their labels.
#pragma once
#include "kmeans/merge.hpp"
#include "kmeans/search.hpp"
#include "kmeans/select.hpp"
#include "kmeans/two_means.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

// The scratch memory of one kernel call, and the tile it works on.
struct PlateScratch {
    Arena arena;
    Tile tile;
    int clusters;
    bool by_two_means;  // whether k = 2 and the samples fit its integers
    int32_t* sizes;     // [clusters][pixels]
    TwoMeansScratch two_means_scratch;
    KMeansState k_means;
    Partition best;
    uint8_t* narrow_votes;  // [samples][BLOCK] of 8 or 16 bits
    uint32_t* votes;        // [samples][BLOCK]

    static size_t bytes(int samples, int clusters, int blocks) {
        return tile_bytes(samples, blocks) + (size_t)clusters * blocks * BLOCK * 4 + two_means_bytes(samples, blocks) +
               3 * ((size_t)samples * sizeof(Words) + 64) + sizeof(Intervals) + (samples + 1) * sizeof(Mean) + 128 +
               (size_t)samples * BLOCK * 6 + 8 * 64;
    }
    PlateScratch(int samples, int clusters)
        : arena(bytes(samples, clusters, tile_blocks(samples))),
          tile(make_tile(arena, samples, tile_blocks(samples))),
          clusters(clusters),
          by_two_means(clusters == 2 && samples <= MOST_32_BIT_SAMPLES),
          sizes(arena.take<int32_t>(clusters * tile.blocks * BLOCK)),
          two_means_scratch(make_two_means_scratch(arena, samples, tile.blocks)),
          k_means(make_k_means_state(arena, samples, clusters, two_means_scratch.scan)),
          best{{}, arena.take<Words>(samples), {}},
          narrow_votes(arena.take<uint8_t>((size_t)samples * BLOCK * 2)),
          votes(arena.take<uint32_t>((size_t)samples * BLOCK)) {}
    PlateScratch(const PlateScratch&) = delete;
    int pixels() const { return tile.blocks * BLOCK; }
};

// OUT the tile's labels, sizes.
static inline void cluster_tile(PlateScratch& scratch, int pixels) {
    memset(scratch.sizes, 0, (size_t)scratch.clusters * scratch.pixels() * sizeof(int32_t));
    if (scratch.by_two_means) return two_means(scratch.tile, pixels, scratch.two_means_scratch, scratch.sizes);
    KMeansState& state = scratch.k_means;
    for (int group = 0; group * LANES < pixels; ++group) {
        state.colours = scratch.tile.group(group);
        uint8_t* label = scratch.tile.label(group / GROUPS) + group % GROUPS * LANES;
        cluster_group(state, scratch.best, label, BLOCK, scratch.sizes + group * LANES, scratch.pixels());
    }
}

// OUT members : [samples][BLOCK], the votes of the dominant cluster's members, 0 for the other samples.
template <class W>
static inline void member_votes(const Tile& tile, int block, const Selection& selection, const uint32_t* votes,
                                W* members) {
    uint8_t winner[BLOCK];
    memcpy(winner, selection.winner, sizeof winner);
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

// The median in the narrowest integers that the sum of the votes fits.
static inline void median_of_winner(PlateScratch& scratch, int block, const Selection& selection, bool weighted,
                                    uint8_t* median) {
    const Tile& tile = scratch.tile;
    if (weighted && tile.samples <= MOST_16_BIT_SAMPLES) {
        uint16_t* const votes = (uint16_t*)scratch.narrow_votes;
        member_votes(tile, block, selection, scratch.votes, votes);
        weighted_median<uint16_t, int16_t>(tile, block, votes, median);
    } else if (weighted) {
        member_votes(tile, block, selection, scratch.votes, scratch.votes);
        weighted_median<uint32_t, int32_t>(tile, block, scratch.votes, median);
    } else if (tile.samples < 255) {
        member_median(tile, block, selection, (int8_t*)scratch.votes, median);
    } else {
        member_votes(tile, block, selection, nullptr, (uint16_t*)scratch.narrow_votes);
        weighted_median<uint16_t, int16_t>(tile, block, (uint16_t*)scratch.narrow_votes, median);
    }
}

// Marks the samples that made the colour: members of the dominant cluster and, if weighted, with at least half of the
// pixel's largest vote. OUT makers : [(samples + 7) / 8].
static inline void mark_makers(const PlateScratch& scratch, int block, int pixel, const Selection& selection,
                               bool weighted, uint8_t* makers) {
    const uint8_t* label = scratch.tile.label(block) + pixel;
    const uint32_t* vote = scratch.votes + pixel;
    const uint32_t least = selection.unweighted[pixel] ? 1 : ((uint32_t)vote_scale(scratch.tile.samples) + 1) / 2;
    memset(makers, 0, (scratch.tile.samples + 7) / 8);
    for (int t = 0; t < scratch.tile.samples; ++t) {
        const bool made = label[t * BLOCK] == selection.winner[pixel] && (!weighted || vote[t * BLOCK] >= least);
        makers[t / 8] |= (uint8_t)(made << t % 8);
    }
}

// OUT pixels `at` to `at` + `width` − 1 of out.
static inline void summarise_block(PlateScratch& scratch, const Samples& from, int block, size_t at, int width,
                                   float merge, const PlateOut& out) {
    Selection selection;
    uint8_t median[3 * BLOCK];
    float noise[BLOCK];
    memset(selection.unweighted, 0, sizeof selection.unweighted);
    if (from.weights) quantise_votes(from, scratch.tile, block, at, width, selection, scratch.votes);
    select_cluster(scratch.tile, block, scratch.clusters, from.weights ? scratch.votes : nullptr,
                   scratch.sizes + block * BLOCK, scratch.pixels(), selection);
    if (merge > 0.0f) merge_clusters(scratch.tile, block, scratch.clusters, merge, selection);
    median_of_winner(scratch, block, selection, from.weights, median);
    find_noise(scratch.tile, block, selection, median, noise);
    for (int i = 0; i < width; ++i) {
        const uint32_t total = selection.total[i];
        for (int c = 0; c < 3; ++c) out.image[3 * (at + i) + c] = total ? median[c * BLOCK + i] : 0;
        const bool voted = total && !selection.unweighted[i];
        out.support[at + i] = voted ? (float)selection.votes[selection.winner[i]][i] / (float)total : 0.0f;
        out.noise[at + i] = total ? noise[i] : 0.0f;
        if (!out.makers) continue;
        mark_makers(scratch, block, i, selection, from.weights, out.makers + (at + i) * ((from.count + 7) / 8));
    }
}

static void dominant_cluster(const Samples& from, int clusters, float merge, size_t first, size_t last,
                             const PlateOut& out) {
    PlateScratch scratch(from.count, clusters);
    for (size_t at = first; at < last; at += scratch.pixels()) {
        const int pixels = last - at < (size_t)scratch.pixels() ? (int)(last - at) : scratch.pixels();
        load(from, at, pixels, scratch.tile);
        cluster_tile(scratch, pixels);
        for (int block = 0; block * BLOCK < pixels; ++block) {
            const int width = pixels - block * BLOCK < BLOCK ? pixels - block * BLOCK : BLOCK;
            summarise_block(scratch, from, block, at + block * BLOCK, width, merge, out);
        }
    }
}

// OUT rank : [clusters], 0 for the cluster that ranks before all others.
static inline void rank_clusters(const PlateScratch& scratch, int block, int pixel, const uint32_t votes[][BLOCK],
                                 uint8_t* rank) {
    memset(rank, 0, MOST_CLUSTERS);
    for (int a = 0; a < scratch.clusters; ++a) {
        for (int b = a + 1; b < scratch.clusters; ++b) {
            const bool first = ranks_before(scratch.tile, block, pixel, votes, a, b);
            ++rank[first ? b : a];
        }
    }
}

static inline double inertia_of(const PlateScratch& scratch, int block, int pixel) {
    double inertia = 0.0;
    for (int k = 0; k < scratch.clusters; ++k) {
        const int32_t n = scratch.sizes[k * scratch.pixels() + block * BLOCK + pixel];
        ClusterStats stats;
        cluster_stats<1>(scratch.tile, block, pixel, &k, &stats);
        inertia += stats.variance * n;
    }
    return inertia;
}

static void cluster(const Samples& from, int clusters, size_t first, size_t last, const ClusterOut& out) {
    PlateScratch scratch(from.count, clusters);
    for (size_t at = first; at < last; at += scratch.pixels()) {
        const int pixels = last - at < (size_t)scratch.pixels() ? (int)(last - at) : scratch.pixels();
        load(from, at, pixels, scratch.tile);
        cluster_tile(scratch, pixels);
        for (int i = 0; i < pixels; ++i) {
            Selection selection;
            uint8_t rank[MOST_CLUSTERS];
            const int block = i / BLOCK, pixel = i % BLOCK;
            for (int k = 0; k < clusters; ++k)
                selection.votes[k][pixel] = (uint32_t)scratch.sizes[k * scratch.pixels() + i];
            rank_clusters(scratch, block, pixel, selection.votes, rank);
            out.inertia[at + i] = inertia_of(scratch, block, pixel);
            const uint8_t* label = scratch.tile.label(block) + pixel;
            for (int t = 0; t < from.count; ++t) out.labels[t * out.stride + at + i] = rank[label[t * BLOCK]];
        }
    }
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
