// Bindings of kernels/upsampling.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

void upsample_mask(Mask mask, Map usual, Image image, Image plate, Pixels table, int factor, float edge, float weight,
                   float most, int first, int last, MaskOut out) {
    const UpsampleInput from{(const uint8_t*)mask.data(),
                             usual.data(),
                             image.data(),
                             plate.data(),
                             table.data(),
                             (int)mask.shape(0),
                             (int)mask.shape(1),
                             (int)image.shape(0),
                             (int)image.shape(1),
                             factor,
                             edge,
                             weight,
                             most};
    uint8_t* const flags = (uint8_t*)out.data();
    nb::gil_scoped_release free;
    selected->upsample_mask(from, first, last, flags);
}

}  // namespace

void bind_upsampling(nb::module_& m) {
    m.def("upsample_mask", &upsample_mask, "mask"_a, "usual"_a, "image"_a, "plate"_a, "table"_a, "factor"_a, "edge"_a,
          "weight"_a, "most"_a, "first"_a, "last"_a, "out"_a.noconvert());
}

}  // namespace stillplate
