// What the binding files share: the types of array they accept, and the kernels of the selected instruction set.
#pragma once
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include "stillplate/kernels.hpp"

namespace stillplate {

namespace nb = nanobind;
using namespace nb::literals;

// A C-contiguous array.
template <class T, class... D>
using Dense = nb::ndarray<T, nb::numpy, D..., nb::c_contig, nb::device::cpu>;
using Pixels = Dense<const uint8_t, nb::shape<-1, 3>>;                              // (P, 3)
using PixelsOut = Dense<uint8_t, nb::shape<-1, 3>>;                                 // (P, 3)
using Image = Dense<const uint8_t, nb::shape<-1, -1, 3>>;                           // (H, W, 3)
using Flags = Dense<const bool, nb::ndim<1>>;                                       // (P,)
using FlagsOut = Dense<bool, nb::ndim<1>>;                                          // (P,)
using Mask = Dense<const bool, nb::ndim<2>>;                                        // (H, W)
using MaskOut = Dense<bool, nb::ndim<2>>;                                           // (H, W)
using Map = Dense<const float, nb::ndim<2>>;                                        // (H, W)
using MapOut = Dense<float, nb::ndim<2>>;                                           // (H, W)
using Field = Dense<const float, nb::shape<-1, -1, 2>>;                             // (H, W, 2)
using FieldOut = Dense<float, nb::shape<-1, -1, 2>>;                                // (H, W, 2)
using FloatsOut = Dense<float, nb::ndim<1>>;                                        // (P,)
using ColourMatrix = Dense<const int32_t, nb::shape<3, 4>>;                         // (3, 4)
using Plane = nb::ndarray<const uint8_t, nb::numpy, nb::ndim<2>, nb::device::cpu>;  // (H, W), rows at any distance

inline HalfChroma planes_of(const Plane& luma, const Plane& blue, const Plane& red) {
    return {luma.data(),        luma.stride(0),    {blue.data(), red.data()}, {blue.stride(0), red.stride(0)},
            (int)luma.shape(0), (int)luma.shape(1)};
}

extern const Kernels* selected;  // those of the widest instruction set, or of what `use_isa` was given

// One for each Python front of the kernels.
void bind_clustering(nb::module_& m);
void bind_difference(nb::module_& m);
void bind_agreement(nb::module_& m);
void bind_shadow(nb::module_& m);
void bind_edges(nb::module_& m);
void bind_regions(nb::module_& m);
void bind_components(nb::module_& m);
void bind_barrier(nb::module_& m);
void bind_grid(nb::module_& m);
void bind_half_chroma(nb::module_& m);
void bind_ffv1(nb::module_& m);
void bind_whitened(nb::module_& m);
void bind_cast(nb::module_& m);
void bind_bit_mask(nb::module_& m);
void bind_quantile(nb::module_& m);
void bind_gain(nb::module_& m);
void bind_mixture(nb::module_& m);
void bind_found(nb::module_& m);
void bind_odds(nb::module_& m);
void bind_alignment(nb::module_& m);
void bind_evidence(nb::module_& m);

}  // namespace stillplate
