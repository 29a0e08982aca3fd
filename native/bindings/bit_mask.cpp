// Bindings of kernels/bit_mask.py and kernels/over_time.py.
#include <vector>

#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Bits = Dense<const uint64_t, nb::ndim<2>>;  // (H, (W + 63) / 64)
using BitsOut = Dense<uint64_t, nb::ndim<2>>;

void grow_bits(Bits bits, int width, int radius, BitsOut room, BitsOut out) {
    const uint64_t* const from = bits.data();
    const int height = (int)bits.shape(0);
    uint64_t *const work = room.data(), *const to = out.data();
    nb::gil_scoped_release free;
    selected->masks->grow_bits(from, height, width, radius, false, work, to);
}

void grow_by_width(Bits bits, int width, Dense<const int32_t, nb::ndim<1>> radii, BitsOut out) {
    const uint64_t* const from = bits.data();
    const int32_t* const steps = radii.data();
    const int height = (int)bits.shape(0), count = (int)radii.shape(0);
    uint64_t* const near = out.data();
    nb::gil_scoped_release free;
    selected->masks->grow_by_width(from, height, width, steps, count, near);
}

void pack_weak(Map ratio, std::optional<Map> faint, BitsOut out) {
    const float *const own = ratio.data(), *const more = faint ? faint->data() : nullptr;
    const int height = (int)ratio.shape(0), width = (int)ratio.shape(1);
    uint64_t* const bits = out.data();
    nb::gil_scoped_release free;
    selected->masks->pack_weak(own, more, height, width, bits);
}

void pack_mask(Mask mask, BitsOut out) {
    const uint8_t* const flags = (const uint8_t*)mask.data();
    const int height = (int)mask.shape(0), width = (int)mask.shape(1);
    uint64_t* const bits = out.data();
    nb::gil_scoped_release free;
    selected->masks->pack_mask(flags, height, width, bits);
}

std::pair<int64_t, int64_t> count_blinks(Bits before, Bits now, Bits after) {
    const uint64_t *const first = before.data(), *const second = now.data(), *const third = after.data();
    const size_t words = now.size();
    nb::gil_scoped_release free;
    const BlinkCounts counts = selected->masks->count_blinks(first, second, third, words);
    return {counts.blinking, counts.ever};
}

void find_lasting(std::vector<Bits> near, int here, int length, BitsOut out) {
    std::vector<const uint64_t*> all;
    for (const Bits& bits : near) all.push_back(bits.data());
    uint64_t* const lasting = out.data();
    const size_t words = out.size();
    nb::gil_scoped_release free;
    selected->masks->find_lasting(all.data(), (int)all.size(), here, length, words, lasting);
}

using Flagged = std::optional<Mask>;

bool steady_mask(std::tuple<Mask, Mask, Mask> masks, Map ratio, Flagged cut, Flagged further, float seed,
                 double largest, Dense<const int32_t, nb::ndim<1>> radii, int aside, MaskOut out) {
    const auto& [before, mask, after] = masks;
    const SteadyInput from{(const uint8_t*)before.data(),
                           (const uint8_t*)mask.data(),
                           (const uint8_t*)after.data(),
                           cut ? (const uint8_t*)cut->data() : nullptr,
                           further ? (const uint8_t*)further->data() : nullptr,
                           ratio.data(),
                           (int)ratio.shape(0),
                           (int)ratio.shape(1),
                           seed,
                           largest,
                           radii.data(),
                           (int)radii.shape(0),
                           aside};
    uint8_t* const steady = (uint8_t*)out.data();
    nb::gil_scoped_release free;
    return selected->masks->steady_mask(from, steady);
}

}  // namespace

void bind_bit_mask(nb::module_& m) {
    m.def("grow_bits", &grow_bits, "bits"_a, "width"_a, "radius"_a, "room"_a.noconvert(), "out"_a.noconvert());
    m.def("grow_by_width", &grow_by_width, "bits"_a, "width"_a, "radii"_a, "out"_a.noconvert());
    m.def("pack_mask", &pack_mask, "mask"_a, "out"_a.noconvert());
    m.def("count_blinks", &count_blinks, "before"_a, "now"_a, "after"_a);
    m.def("find_lasting", &find_lasting, "near"_a, "here"_a, "length"_a, "out"_a.noconvert());
    m.def("steady_mask", &steady_mask, "masks"_a, "ratio"_a, "cut"_a.none(), "further"_a.none(), "seed"_a, "largest"_a,
          "radii"_a, "aside"_a, "out"_a.noconvert());
    m.def("pack_weak", &pack_weak, "ratio"_a, "faint"_a.none(), "out"_a.noconvert());
}

}  // namespace stillplate
