// Bindings of kernels/half_chroma.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

using PlaneOut = nb::ndarray<uint8_t, nb::numpy, nb::ndim<2>, nb::device::cpu>;  // as above
using ImageOut = Dense<uint8_t, nb::shape<-1, -1, 3>>;                           // (H, W, 3)

void rgb_from_half_chroma(Plane luma, Plane blue, Plane red, std::optional<ColourMatrix> matrix, ImageOut rgb) {
    const HalfChroma planes = planes_of(luma, blue, red);
    const int32_t* const m = matrix ? matrix->data() : nullptr;
    uint8_t* const out = rgb.data();
    nb::gil_scoped_release free;
    selected->rgb_from_half_chroma(planes, m, out);
}

void small_from_half_chroma(Plane luma, Plane blue, Plane red, std::optional<ColourMatrix> matrix, int step,
                            ImageOut rgb) {
    const HalfChroma planes = planes_of(luma, blue, red);
    const int32_t* const m = matrix ? matrix->data() : nullptr;
    uint8_t* const out = rgb.data();
    nb::gil_scoped_release free;
    if (step == 2)
        selected->halved_from_half_chroma(planes, m, out);
    else
        selected->small_from_half_chroma(planes, m, step, out);
}

void half_chroma_from_rgb(Image rgb, ColourMatrix matrix, PlaneOut luma, PlaneOut blue, PlaneOut red) {
    const HalfChromaOut planes{
        luma.data(),        luma.stride(0),    {blue.data(), red.data()}, {blue.stride(0), red.stride(0)},
        (int)luma.shape(0), (int)luma.shape(1)};
    const uint8_t* const in = rgb.data();
    const int32_t* const m = matrix.data();
    nb::gil_scoped_release free;
    selected->half_chroma_from_rgb(in, m, planes);
}

}  // namespace

void bind_half_chroma(nb::module_& m) {
    m.attr("PIECE") = PIECE;
    m.def("rgb_from_half_chroma", &rgb_from_half_chroma, "luma"_a, "blue"_a, "red"_a, "matrix"_a.none(),
          "rgb"_a.noconvert());
    m.def("small_from_half_chroma", &small_from_half_chroma, "luma"_a, "blue"_a, "red"_a, "matrix"_a.none(), "step"_a,
          "rgb"_a.noconvert());
    m.def("half_chroma_from_rgb", &half_chroma_from_rgb, "rgb"_a, "matrix"_a, "luma"_a.noconvert(),
          "blue"_a.noconvert(), "red"_a.noconvert());
}

}  // namespace stillplate
