// Vector types of the width of the instruction set: one pixel per lane. No operation mixes lanes, so the results do not
// depend on how many there are.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace stillplate {
namespace STILLPLATE_ISA {

#if defined(__AVX512BW__)
constexpr int LANES = 16;
#elif defined(__AVX2__)
constexpr int LANES = 8;
#else
constexpr int LANES = 4;
#endif

typedef int32_t Ints __attribute__((vector_size(LANES * 4)));
typedef uint32_t Words __attribute__((vector_size(LANES * 4)));
typedef float Floats __attribute__((vector_size(LANES * 4)));

static inline Ints ints(Words a) { return (Ints)a; }
static inline Ints ints(Floats a) { return __builtin_convertvector(a, Ints); }  // truncates
static inline Floats floats(Ints a) { return __builtin_convertvector(a, Floats); }
static inline Floats floats(Words a) { return __builtin_convertvector((Ints)a, Floats); }
static inline Floats size_of(Floats v) { return (Floats)((Ints)v & 0x7fffffff); }
static inline Floats splat(float a) { return Floats{} + a; }
static inline Ints splat(int32_t a) { return Ints{} + a; }
static inline Words splat(uint32_t a) { return Words{} + a; }

template <class V>
static inline V minimum(V a, V b) {
    return a < b ? a : b;
}
template <class V>
static inline V maximum(V a, V b) {
    return a < b ? b : a;
}

template <class V, class T>
static inline V read(const T* from) {
    V v;
    memcpy(&v, from, sizeof v);
    return v;
}
// OUT to : [count], those of the lanes that fit.
static inline void store(float* to, Floats v, int count) {
    if (count >= LANES)
        memcpy(to, &v, sizeof v);
    else
        memcpy(to, &v, (size_t)count * sizeof *to);
}

static inline int clamp_index(int at, int size) { return at < 0 ? 0 : at >= size ? size - 1 : at; }

// Beyond an edge, the picture is mirrored at its outermost pixels.
static inline int mirrored(int at, int size) {
    if (size == 1) return 0;
    while (at < 0 || at >= size) at = at < 0 ? -at : 2 * size - 2 - at;
    return at;
}

typedef uint8_t Bytes __attribute__((vector_size(LANES)));
typedef uint16_t Shorts __attribute__((vector_size(LANES * 2)));
// In two steps, because compilers without one instruction for the whole way translate each of these well.
static inline Words widen(Bytes a) { return __builtin_convertvector(__builtin_convertvector(a, Shorts), Words); }
static inline Shorts shorts(Words a) { return __builtin_convertvector(a, Shorts); }
// OUT to : [LANES], the low byte of every lane.
static inline void store_bytes(uint8_t* to, Words a) {
#if defined(__AVX512BW__)
    const Bytes bytes = __builtin_convertvector(a, Bytes);
#else
    const Bytes bytes = __builtin_convertvector(__builtin_convertvector(a, Shorts), Bytes);
#endif
    memcpy(to, &bytes, sizeof bytes);
}

// A bit for each lane of a comparison, the first in the lowest.
static inline uint32_t lane_bits(Ints mask) {
#if defined(__AVX512BW__)
    return (uint32_t)__builtin_ia32_cvtd2mask512(mask);
#elif defined(__AVX2__)
    return (uint32_t)__builtin_ia32_movmskps256((Floats)mask);
#elif defined(__SSE2__)
    return (uint32_t)__builtin_ia32_movmskps((Floats)mask);
#else
    uint32_t bits = 0;
    for (int lane = 0; lane < LANES; ++lane) bits |= (uint32_t)(mask[lane] & 1) << lane;
    return bits;
#endif
}
static inline bool any(Ints mask) { return lane_bits(mask) != 0; }

// The lanes that the lowest bits tell, as a comparison has them.
static inline Ints lanes_of(uint64_t bits) {
    Ints each;
    for (int lane = 0; lane < LANES; ++lane) each[lane] = 1 << lane;
    return (splat((int32_t)(uint32_t)bits) & each) != 0;
}

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
