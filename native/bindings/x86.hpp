// What an x86-64 processor and its system can run. The compilers' own check needs a library that clang-cl does not
// link.
#pragma once
#include <cstdint>

namespace stillplate {

struct X86 {
    bool avx2 = false;    // with BMI, BMI2 and POPCNT
    bool avx512 = false;  // F, BW, VL and DQ
};

#if defined(STILLPLATE_X86)
struct Registers {
    uint32_t a, b, c, d;
};

static inline Registers cpuid(uint32_t leaf) {
    Registers r;
    __asm__ volatile("cpuid" : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d) : "a"(leaf), "c"(0));
    return r;
}

// The registers that the system saves, of which XCR0 tells.
static inline uint32_t saved_registers() {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static inline bool all_of(uint32_t bits, uint32_t wanted) { return (bits & wanted) == wanted; }

static inline X86 x86() {
    constexpr uint32_t POPCNT = 1u << 23, OSXSAVE = 1u << 27, AVX = 1u << 28;      // of leaf 1, in c
    constexpr uint32_t BMI = 1u << 3, AVX2 = 1u << 5, BMI2 = 1u << 8;              // of leaf 7, in b
    constexpr uint32_t F = 1u << 16, DQ = 1u << 17, BW = 1u << 30, VL = 1u << 31;  // as above, of AVX-512
    constexpr uint32_t YMM = 0x06, ZMM = 0xe6;                                     // of XCR0
    if (cpuid(0).a < 7 || !all_of(cpuid(1).c, POPCNT | OSXSAVE | AVX)) return {};
    const uint32_t saved = saved_registers(), seven = cpuid(7).b;
    return {all_of(saved, YMM) && all_of(seven, BMI | AVX2 | BMI2),
            all_of(saved, ZMM) && all_of(seven, F | DQ | BW | VL)};
}
#endif

}  // namespace stillplate
