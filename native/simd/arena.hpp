// Scratch memory of one kernel call: one allocation, handed out in cache lines, freed as a whole.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace stillplate {
namespace STILLPLATE_ISA {

struct Arena {
    uint8_t* bytes;
    size_t used = 0;
    explicit Arena(size_t size) : bytes((uint8_t*)malloc(size + 64)) {
        if (!bytes) throw std::bad_alloc();
        used = (64 - (uintptr_t)bytes % 64) % 64;
    }
    ~Arena() { free(bytes); }
    Arena(const Arena&) = delete;
    template <class T>
    T* take(size_t count) {
        T* const taken = (T*)(bytes + used);
        used += (count * sizeof(T) + 63) / 64 * 64;
        return taken;
    }
};

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
