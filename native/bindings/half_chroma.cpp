// Bindings of kernels/half_chroma.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

using PlaneOut = nb::ndarray<uint8_t, nb::numpy, nb::ndim<2>, nb::device::cpu>;  // as above
using ImageOut = Dense<uint8_t, nb::shape<-1, -1, 3>>;                           // (H, W, 3)

HalfChromaOut planes_to(const PlaneOut& luma, const PlaneOut& blue, const PlaneOut& red) {
    return {luma.data(),        luma.stride(0),    {blue.data(), red.data()}, {blue.stride(0), red.stride(0)},
            (int)luma.shape(0), (int)luma.shape(1)};
}

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
    const HalfChromaOut planes = planes_to(luma, blue, red);
    const uint8_t* const in = rgb.data();
    const int32_t* const m = matrix.data();
    nb::gil_scoped_release free;
    selected->half_chroma_from_rgb(in, m, planes);
}

void cut_half_chroma(Plane luma, Plane blue, Plane red, Mask mask, int black, PlaneOut luma_out, PlaneOut blue_out,
                     PlaneOut red_out) {
    const HalfChroma planes = planes_of(luma, blue, red);
    const HalfChromaOut out = planes_to(luma_out, blue_out, red_out);
    const uint8_t* const marks = (const uint8_t*)mask.data();
    nb::gil_scoped_release free;
    selected->cut_half_chroma(planes, marks, (uint8_t)black, out);
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
    m.def("cut_half_chroma", &cut_half_chroma, "luma"_a, "blue"_a, "red"_a, "mask"_a, "black"_a,
          "luma_out"_a.noconvert(), "blue_out"_a.noconvert(), "red_out"_a.noconvert());
}

}  // namespace stillplate
