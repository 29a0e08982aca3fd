// Bindings of kernels/ffv1.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

using Plane = nb::ndarray<const uint8_t, nb::numpy, nb::ndim<2>, nb::device::cpu>;  // (H, W), rows at any distance
using BytesOut = Dense<uint8_t, nb::ndim<1>>;                                       // (B,)

size_t ffv1_slice(Plane plane, BytesOut out) {
    const uint8_t* const from = plane.data();
    const ptrdiff_t stride = plane.stride(0);
    const int height = (int)plane.shape(0), width = (int)plane.shape(1);
    uint8_t* const to = out.data();
    nb::gil_scoped_release free;
    return selected->ffv1_slice(from, stride, height, width, to);
}

}  // namespace

void bind_ffv1(nb::module_& m) { m.def("ffv1_slice", &ffv1_slice, "plane"_a, "out"_a.noconvert()); }

}  // namespace stillplate
