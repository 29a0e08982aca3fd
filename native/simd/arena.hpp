// Scratch memory of one kernel call: one block, handed out in cache lines, given back as a whole.
#pragma once
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace stillplate {
namespace STILLPLATE_ISA {

// Blocks that a thread keeps for its next calls: those that the system hands out anew it clears first, page by page.
struct SpareBlocks {
    static constexpr int MOST = 4;
    static constexpr size_t LARGEST = (size_t)1 << 23;  // bytes; larger blocks are not kept
    struct Block {
        uint8_t* bytes;
        size_t size;
    } blocks[MOST] = {};
    ~SpareBlocks() {
        for (const Block& block : blocks) free(block.bytes);
    }

    // The smallest that is large enough; or a new one.
    Block take(size_t size) {
        Block* best = nullptr;
        for (Block& block : blocks) {
            if (block.size >= size && (!best || block.size < best->size)) best = &block;
        }
        const Block taken = best ? *best : Block{(uint8_t*)malloc(size), size};
        if (!taken.bytes) throw std::bad_alloc();
        if (best) *best = {};
        return taken;
    }
    // In place of the smallest, if that is smaller.
    void give(const Block& given) {
        Block* least = blocks;
        for (Block& block : blocks) {
            if (block.size < least->size) least = &block;
        }
        if (given.size > LARGEST || given.size <= least->size) {
            free(given.bytes);
            return;
        }
        free(least->bytes);
        *least = given;
    }
};

static inline SpareBlocks& spare_blocks() {
    static thread_local SpareBlocks blocks;
    return blocks;
}

struct Arena {
    SpareBlocks::Block block;
    size_t used = 0;
    explicit Arena(size_t size) : block(spare_blocks().take(size + 64)) {
        used = (64 - (uintptr_t)block.bytes % 64) % 64;
    }
    ~Arena() { spare_blocks().give(block); }
    Arena(const Arena&) = delete;
    template <class T>
    T* take(size_t count) {
        T* const taken = (T*)(block.bytes + used);
        used += (count * sizeof(T) + 63) / 64 * 64;
        return taken;
    }
};

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
