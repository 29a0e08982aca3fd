// Bindings of kernels/bit_mask.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Bits = Dense<const uint64_t, nb::ndim<2>>;  // (H, (W + 63) / 64)
using BitsOut = Dense<uint64_t, nb::ndim<2>>;

void grow_bits(Bits bits, int width, int radius, bool shrink, BitsOut room, BitsOut out) {
    const uint64_t* const from = bits.data();
    const int height = (int)bits.shape(0);
    uint64_t *const work = room.data(), *const to = out.data();
    nb::gil_scoped_release free;
    selected->masks->grow_bits(from, height, width, radius, shrink, work, to);
}

}  // namespace

void bind_bit_mask(nb::module_& m) {
    m.def("grow_bits", &grow_bits, "bits"_a, "width"_a, "radius"_a, "shrink"_a, "room"_a.noconvert(),
          "out"_a.noconvert());
}

}  // namespace stillplate
