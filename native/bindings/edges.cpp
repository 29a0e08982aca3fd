// Bindings of kernels/edges.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Few = std::pair<float, std::pair<float, float>>;  // few, edge, lift

InnerInput inner(const Map& difference, const std::optional<Map>& ground, int reach, const Few& limits) {
    return {difference.data(),
            ground ? ground->data() : nullptr,
            (int)difference.shape(0),
            (int)difference.shape(1),
            reach,
            limits.first,
            limits.second.first,
            limits.second.second};
}

void trim_edges(Mask mask, Map difference, std::optional<Map> ground, int reach, Few limits, int rim, double hole,
                MaskOut out) {
    const InnerInput from = inner(difference, ground, reach, limits);
    const uint8_t* const in = (const uint8_t*)mask.data();
    uint8_t* const trimmed = (uint8_t*)out.data();
    nb::gil_scoped_release free;
    selected->masks->trim_edges(from, in, rim, hole, trimmed);
}

void upsample_mask(Mask mask, Mask whole, Map difference, std::optional<Map> ground, int reach, Few limits, Image image,
                   Image plate, Pixels table, int factor, float weight, float most, MaskOut out) {
    const UpsampleInput from{(const uint8_t*)mask.data(),
                             (const uint8_t*)whole.data(),
                             inner(difference, ground, reach, limits),
                             image.data(),
                             plate.data(),
                             table.data(),
                             (int)mask.shape(0),
                             (int)mask.shape(1),
                             (int)image.shape(0),
                             (int)image.shape(1),
                             factor,
                             limits.second.first,
                             weight,
                             most};
    uint8_t* const flags = (uint8_t*)out.data();
    nb::gil_scoped_release free;
    selected->masks->upsample_mask(from, flags);
}

}  // namespace

void bind_edges(nb::module_& m) {
    m.def("trim_edges", &trim_edges, "mask"_a, "difference"_a, "ground"_a.none(), "reach"_a, "limits"_a, "rim"_a,
          "hole"_a, "out"_a.noconvert());
    m.def("upsample_mask", &upsample_mask, "mask"_a, "whole"_a, "difference"_a, "ground"_a.none(), "reach"_a,
          "limits"_a, "image"_a, "plate"_a, "table"_a, "factor"_a, "weight"_a, "most"_a, "out"_a.noconvert());
}

}  // namespace stillplate
