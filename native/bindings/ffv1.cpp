// Bindings of kernels/ffv1.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

using Plane = nb::ndarray<const uint8_t, nb::numpy, nb::ndim<2>, nb::device::cpu>;  // (H, W), rows at any distance
using BytesIn = Dense<const uint8_t, nb::ndim<1>>;                                  // (B,)
using BytesOut = Dense<uint8_t, nb::ndim<1>>;                                       // (B,)
using Lengths = Dense<const int32_t, nb::ndim<2>>;                                  // (down, across)

size_t ffv1_packet(Plane picture, BytesIn heads, Lengths lengths, BytesOut out) {
    const GreyPicture from{picture.data(),        picture.stride(0),     (int)picture.shape(0), (int)picture.shape(1),
                           (int)lengths.shape(0), (int)lengths.shape(1), heads.data(),          lengths.data()};
    uint8_t* const to = out.data();
    nb::gil_scoped_release free;
    return selected->ffv1_packet(from, to);
}

}  // namespace

void bind_ffv1(nb::module_& m) {
    m.def("ffv1_packet", &ffv1_packet, "picture"_a, "heads"_a, "lengths"_a, "out"_a.noconvert());
}

}  // namespace stillplate
