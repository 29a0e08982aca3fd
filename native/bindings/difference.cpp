// Bindings of kernels/difference.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

using Thresholds = std::optional<Dense<const float, nb::ndim<1>>>;

void difference(Pixels image, Pixels plate, float red, float green, float blue, float common, size_t first, size_t last,
                FloatsOut out) {
    const DifferenceInput from{image.data(), plate.data(), {red, green, blue}, nullptr, 0.0f};
    float* const d = out.data();
    nb::gil_scoped_release free;
    selected->difference(from, common, first, last, d);
}

void mask(Pixels image, Pixels plate, float red, float green, float blue, Thresholds thresholds, float threshold,
          size_t first, size_t last, FlagsOut out, std::optional<PixelsOut> foreground) {
    const DifferenceInput from{
        image.data(), plate.data(), {red, green, blue}, thresholds ? thresholds->data() : nullptr, threshold};
    uint8_t *const flags = (uint8_t*)out.data(), *const colours = foreground ? foreground->data() : nullptr;
    nb::gil_scoped_release free;
    selected->mask(from, first, last, flags, colours);
}

void foreground(Pixels image, Flags mask, size_t first, size_t last, PixelsOut out) {
    const uint8_t *const rgb = image.data(), *const flags = (const uint8_t*)mask.data();
    uint8_t* const colours = out.data();
    nb::gil_scoped_release free;
    selected->foreground(rgb, flags, first, last, colours);
}

}  // namespace

void bind_difference(nb::module_& m) {
    m.def("difference", &difference, "image"_a, "plate"_a, "red"_a, "green"_a, "blue"_a, "common"_a, "first"_a,
          "last"_a, "out"_a.noconvert());
    m.def("mask", &mask, "image"_a, "plate"_a, "red"_a, "green"_a, "blue"_a, "thresholds"_a.none(), "threshold"_a,
          "first"_a, "last"_a, "out"_a.noconvert(), "foreground"_a.noconvert().none());
    m.def("foreground", &foreground, "image"_a, "mask"_a, "first"_a, "last"_a, "out"_a.noconvert());
}

}  // namespace stillplate
