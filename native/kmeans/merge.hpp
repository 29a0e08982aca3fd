// Merges clusters that show the same surface: a pixel that noise has split in two, or a background of two colours.
#pragma once
#include "kmeans/select.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

constexpr uint64_t VOTE_RATIO = 2;  // mean votes within this factor of each other do not tell clusters apart

struct MemberSums {
    int32_t count[BLOCK], sum[3][BLOCK];
};
static inline void find_sums(const Tile& tile, int block, int cluster, MemberSums& members) {
    memset(&members, 0, sizeof members);
    for (int t = 0; t < tile.samples; ++t) {
        const uint8_t* label = tile.label(block) + t * BLOCK;
        int32_t in[BLOCK];
        for (int i = 0; i < BLOCK; ++i) in[i] = label[i] == cluster ? -1 : 0;
        for (int i = 0; i < BLOCK; ++i) members.count[i] -= in[i];
        for (int c = 0; c < 3; ++c) {
            const uint8_t* value = tile.plane(block, c) + t * BLOCK;
            for (int i = 0; i < BLOCK; ++i) members.sum[c][i] += value[i] & in[i];
        }
    }
}

// Whether the mean colours differ by less than `level` 8-bit levels, on average over the channels.
static inline bool colours_close(const MemberSums& a, const MemberSums& b, int i, float level) {
    float apart = 0.0f;
    for (int c = 0; c < 3; ++c) {
        const float far = (float)a.sum[c][i] / (float)a.count[i] - (float)b.sum[c][i] / (float)b.count[i];
        apart += far < 0.0f ? -far : far;
    }
    return apart < 3.0f * level;
}

// Whether the mean votes of the members are within VOTE_RATIO of each other.
static inline bool votes_close(const MemberSums& a, const MemberSums& b, int i, uint32_t votes_a, uint32_t votes_b) {
    const uint64_t x = (uint64_t)votes_a * (uint32_t)b.count[i], y = (uint64_t)votes_b * (uint32_t)a.count[i];
    return x < VOTE_RATIO * y && y < VOTE_RATIO * x;
}

// Adds members and votes of the clusters that match the dominant one to it. IN OUT the tile's labels, selection.
static inline void merge_clusters(const Tile& tile, int block, int clusters, float level, Selection& selection) {
    MemberSums members[MOST_CLUSTERS];
    uint32_t merged[BLOCK] = {};
    for (int k = 0; k < clusters; ++k) find_sums(tile, block, k, members[k]);
    for (int k = 0; k < clusters; ++k) {
        uint8_t merges[BLOCK], some = 0;
        for (int i = 0; i < BLOCK; ++i) {
            const int winner = selection.winner[i];
            merges[i] = 0;
            if (k == winner || !members[k].count[i] || !members[winner].count[i]) continue;
            const uint32_t mine = selection.votes[k][i], most = selection.votes[winner][i];
            merges[i] = colours_close(members[k], members[winner], i, level) ||
                        votes_close(members[k], members[winner], i, mine, most);
            some |= merges[i];
        }
        if (!some) continue;
        for (int t = 0; t < tile.samples; ++t) {
            uint8_t* label = tile.label(block) + t * BLOCK;
            for (int i = 0; i < BLOCK; ++i) label[i] = label[i] == k && merges[i] ? selection.winner[i] : label[i];
        }
        for (int i = 0; i < BLOCK; ++i) merged[i] += merges[i] ? selection.votes[k][i] : 0u;
    }
    // Last, so that all clusters are compared with the dominant one's own votes.
    for (int i = 0; i < BLOCK; ++i) selection.votes[selection.winner[i]][i] += merged[i];
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
