// The slices of an FFV1 frame of grey, Golomb-Rice coded with the small context model: FFmpeg's bits, and most pixels
// of a mask, which are as predicted, passed over in whole words.
#pragma once
#include "simd/arena.hpp"
#include "simd/lanes.hpp"
#include "stillplate/kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

struct BitWriter {
    uint8_t* at;
    uint64_t held = 0;
    int count = 0;
    void put(int bits, uint32_t value) {  // at most 32
        held = held << bits | value, count += bits;
        while (count >= 8) count -= 8, *at++ = (uint8_t)(held >> count);
    }
    void flush() {
        if (count) *at++ = (uint8_t)(held << (8 - count)), count = 0;
    }
};

// What a context has learnt of its differences.
struct RiceState {
    int16_t drift = 0;
    uint16_t error = 4;
    int8_t bias = 0;
    uint8_t count = 1;
};

class SliceCoder {
public:
    explicit SliceCoder(uint8_t* to) : bits{to} {}

    // IN row, above, further : [width] of the slice, with one sample before and one behind.
    void code_row(const uint8_t* row, const uint8_t* above, int width, uint8_t* same) {
        find_same(row, above, width, same);
        bool runs = false;
        int run = 0;
        for (int x = 0; x < width; ++x) {
            if (!runs) runs = context(row, above, x) == 0;
            if (runs) {
                const int start = x;
                x = past_run(same, x, width);
                run += x - start;
                if (x == width) break;
            }
            int where = context(row, above, x), off = row[x] - predicted(row, above, x);
            if (where < 0) where = -where, off = -off;
            off = (int8_t)off;
            if (runs) {
                end_run(run);
                run = 0, runs = false, off -= off > 0;
            }
            code(states[where], off);
        }
        if (!runs) return;
        for (; run >= 1 << RUN_BITS[index]; ++index) run -= 1 << RUN_BITS[index], bits.put(1, 1);
        if (run) bits.put(1, 1);
    }

    uint8_t* finish() {
        bits.flush();
        return bits.at;
    }

private:
    static constexpr int STEPS = 11, CONTEXTS = (STEPS * STEPS * STEPS + 1) / 2, LIMIT = 12, DEPTH = 8;
    static constexpr uint8_t RUN_BITS[] = {0, 0, 0, 0, 1, 1,  1,  1,  2,  2,  2,  2,  3,  3,  3,  3,  4,  4,  5,  5, 6,
                                           6, 7, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24};
    BitWriter bits;
    RiceState states[CONTEXTS];
    int index = 0;  // of the expected length of a run

    // A difference of two samples as one of eleven steps, -5..5.
    static int step(int difference) {
        const int wrapped = (int8_t)difference, size = wrapped < 0 ? -wrapped : wrapped;
        const int level = size < 2 ? size : size < 5 ? 2 : size < 12 ? 3 : size < 35 ? 4 : 5;
        return wrapped < 0 ? -level : level;
    }
    static int context(const uint8_t* row, const uint8_t* above, int x) {
        return step(row[x - 1] - above[x - 1]) + STEPS * step(above[x - 1] - above[x]) +
               STEPS * STEPS * step(above[x] - above[x + 1]);
    }
    // The median of left, up, and left + up − corner.
    static int predicted(const uint8_t* row, const uint8_t* above, int x) {
        const int left = row[x - 1], up = above[x], low = minimum(left, up), high = maximum(left, up);
        return maximum(low, minimum(high, left + up - above[x - 1]));
    }

    // OUT same : [width], 255 where a sample is as predicted, else 0. The median of left, up and left + up − corner is
    // left + up less the corner that is brought between the two: bytes are enough.
    static void find_same(const uint8_t* row, const uint8_t* above, int width, uint8_t* same) {
        typedef uint8_t Many __attribute__((vector_size(LANES * 4)));
        int x = 0;
        for (; x + (int)sizeof(Many) <= width; x += (int)sizeof(Many)) {
            const Many left = read<Many>(row + x - 1), up = read<Many>(above + x);
            const Many low = minimum(left, up), high = maximum(left, up);
            const Many corner = maximum(low, minimum(high, read<Many>(above + x - 1)));
            const Many as_predicted = (Many)(read<Many>(row + x) == left + up - corner);
            memcpy(same + x, &as_predicted, sizeof as_predicted);
        }
        for (; x < width; ++x) same[x] = row[x] == predicted(row, above, x) ? 255 : 0;
    }

    // The first sample from one on that is not as predicted; the width if none is.
    static int past_run(const uint8_t* same, int x, int width) {
        const auto all = [same](int at) { return read<uint64_t>(same + at); };
        for (; x + 32 <= width && (all(x) & all(x + 8) & all(x + 16) & all(x + 24)) == ~0ull;) x += 32;
        for (; x + 8 <= width && all(x) == ~0ull;) x += 8;
        while (x < width && same[x]) ++x;
        return x;
    }

    void end_run(int run) {
        for (; run >= 1 << RUN_BITS[index]; ++index) run -= 1 << RUN_BITS[index], bits.put(1, 1);
        bits.put(1 + RUN_BITS[index], (uint32_t)run);
        if (index) --index;
    }

    void code(RiceState& state, int off) {
        const int v = (int8_t)(off - state.bias);
        int k = 0;
        for (int i = state.count; i < state.error; i += i) ++k;
        const int turned = v ^ ((2 * state.drift + state.count) >> 31);
        const uint32_t value = (uint32_t)((-2 * turned - 1) ^ ((-2 * turned - 1) >> 31)), e = value >> k;
        if (e < LIMIT)
            bits.put((int)e + k + 1, (1u << k) + (value & ((1u << k) - 1)));
        else
            bits.put(LIMIT + DEPTH, value - LIMIT + 1);
        learn(state, v);
    }

    static void learn(RiceState& state, int v) {
        int drift = state.drift + v, count = state.count;
        state.error = (uint16_t)(state.error + (v < 0 ? -v : v));
        if (count == 128) count >>= 1, drift >>= 1, state.error >>= 1;
        ++count;
        if (drift <= -count) {
            state.bias = (int8_t)maximum(state.bias - 1, -128);
            drift = maximum(drift + count, -count + 1);
        } else if (drift > 0) {
            state.bias = (int8_t)minimum(state.bias + 1, 127);
            drift = minimum(drift - count, 0);
        }
        state.drift = (int16_t)drift, state.count = (uint8_t)count;
    }
};

// IN plane : [height][width]. OUT to : at most 4 bytes a sample and 8 more. Returns the end.
static uint8_t* ffv1_slice(const uint8_t* plane, ptrdiff_t stride, int height, int width, uint8_t* to) {
    Arena arena(3 * ((size_t)width + 128));
    uint8_t* rows[2];
    for (auto& row : rows) row = arena.take<uint8_t>((size_t)width + 2), memset(row, 0, (size_t)width + 2), ++row;
    uint8_t* const same = arena.take<uint8_t>((size_t)width);
    SliceCoder coder(to);
    for (int y = 0; y < height; ++y) {
        uint8_t *const row = rows[y % 2], *const above = rows[1 - y % 2];
        memcpy(row, plane + y * stride, (size_t)width);
        row[-1] = above[0], above[width] = above[width - 1];
        coder.code_row(row, above, width, same);
    }
    return coder.finish();
}

// The remainder of the bytes `from` to `end`, as a polynomial of bits, highest first, by that of CRC-32.
struct Remainders {
    uint32_t of[256];
    constexpr Remainders() : of() {
        for (uint32_t byte = 0; byte < 256; ++byte) {
            uint32_t left = byte << 24;
            for (int bit = 0; bit < 8; ++bit) left = left << 1 ^ (left >> 31) * 0x04c11db7u;
            of[byte] = left;
        }
    }
};
static uint32_t remainder(const uint8_t* from, const uint8_t* end) {
    static constexpr Remainders remainders;
    uint32_t left = 0;
    for (; from < end; ++from) left = left << 8 ^ remainders.of[left >> 24 ^ *from];
    return left;
}

static uint8_t* put_number(uint8_t* to, uint32_t number, int bytes) {
    while (bytes-- > 0) *to++ = (uint8_t)(number >> 8 * bytes);
    return to;
}

// A keyframe: slices, each with its size, its status and the checksum of all that. OUT to : at most 4 bytes a sample,
// and 16 more than its head for each slice. Returns the number of bytes.
static size_t ffv1_packet(const GreyPicture& from, uint8_t* to) {
    const uint8_t *const first = to, *head = from.heads;
    for (int slice = 0; slice < from.down * from.across; ++slice) {
        const int y = slice / from.across, x = slice % from.across;
        const int top = from.height * y / from.down, bottom = from.height * (y + 1) / from.down,
                  left = from.width * x / from.across, right = from.width * (x + 1) / from.across;
        uint8_t* const begin = to;
        memcpy(to, head, (size_t)from.lengths[slice]);
        head += from.lengths[slice], to += from.lengths[slice];
        to = ffv1_slice(from.plane + top * from.stride + left, from.stride, bottom - top, right - left, to);
        to = put_number(to, (uint32_t)(to - begin), 3), *to++ = 0;
        to = put_number(to, remainder(begin, to), 4);
    }
    return (size_t)(to - first);
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
