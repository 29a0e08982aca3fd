// Batcher's merge-exchange network (K. E. Batcher 1968; Knuth, TAOCP 3, 5.2.2 M): sorts every lane of `keys` by itself.
#pragma once
#include "lanes.hpp"

namespace stillplate {
namespace STILLPLATE_LEVEL {

struct Exchange {
    uint32_t low, high;  // in bytes from the first key
};

// OUT exchanges; returns their number, at most network_size(count).
static inline int make_network(int count, Exchange* exchanges) {
    int top = 1, size = 0;
    while (2 * top < count) top *= 2;
    for (int p = top; p > 0; p /= 2) {
        int q = top, r = 0, d = p;
        for (;;) {
            for (int i = 0; i < count - d; ++i) {
                if ((i & p) == r) exchanges[size++] = {i * (uint32_t)sizeof(Words), (i + d) * (uint32_t)sizeof(Words)};
            }
            if (q == p) break;
            d = q - p, q /= 2, r = p;
        }
    }
    return size;
}
static inline int network_size(int count) {
    int steps = 1;
    while (1 << steps < count) ++steps;
    return count * steps * (steps + 1) / 4 + 1;
}

// IN OUT keys: on return keys[0] <= keys[1] <= … in every lane.
static inline void sort_lanes(Words* keys, const Exchange* exchanges, int size) {
    char* const base = (char*)keys;
    for (int e = 0; e < size; ++e) {
        Words* const low = (Words*)(base + exchanges[e].low);
        Words* const high = (Words*)(base + exchanges[e].high);
        const Words a = *low, b = *high;
        *low = least(a, b);
        *high = most(a, b);
    }
}

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
