// Bindings of kernels/edges.py, kernels/finishing.py and kernels/downscale.py.
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

using Smalls = std::tuple<Map, Map, Map, std::optional<Mask>, Mask, Mask>;  // ratio, level, noise, risen, large, shadow

using Planes = std::tuple<Plane, Plane, Plane, std::optional<ColourMatrix>, MaskOut>;  // and what is converted

void finish_mask(std::pair<Mask, Mask> masks, std::pair<Map, std::optional<Map>> inside, int reach, Few limits,
                 std::tuple<Image, Image, Pixels> full, std::optional<Planes> planes,
                 std::tuple<int, float, float> upsampling, std::optional<Smalls> smalls,
                 std::tuple<int, float, float, double, int, float> small_limits, std::optional<Map> specks,
                 MaskOut out) {
    const auto& [mask, whole] = masks;
    const auto& [image, plate, table] = full;
    const auto& [factor, weight, most] = upsampling;
    const auto& [fewest, seed, clear, least, around, part] = small_limits;
    const int rows = (int)mask.shape(0), columns = (int)mask.shape(1);
    FinishInput from{};
    from.up = {(const uint8_t*)mask.data(),
               (const uint8_t*)whole.data(),
               inner(inside.first, inside.second, reach, limits),
               image.data(),
               plate.data(),
               table.data(),
               rows,
               columns,
               (int)image.shape(0),
               (int)image.shape(1),
               factor,
               limits.second.first,
               weight,
               most};
    HalfChroma half;
    if (planes) {
        const auto& [luma, blue, red, matrix, made] = *planes;
        half = planes_of(luma, blue, red);
        from.pieces = {&half, matrix ? matrix->data() : nullptr, (uint8_t*)made.data(), (uint8_t*)image.data()};
    }
    if (smalls) {
        const auto& [ratio, level, noise, risen, large, shadow] = *smalls;
        from.small = {ratio.data(),
                      level.data(),
                      noise.data(),
                      risen ? (const uint8_t*)risen->data() : nullptr,
                      (const uint8_t*)large.data(),
                      rows,
                      columns,
                      fewest,
                      seed,
                      clear,
                      least};
        from.shadow = (const uint8_t*)shadow.data();
        from.around = around, from.part = part;
    }
    from.specks = specks ? specks->data() : nullptr;
    uint8_t* const flags = (uint8_t*)out.data();
    const bool wanted = smalls.has_value();
    nb::gil_scoped_release free;
    selected->masks->finish_mask(from, wanted, flags);
}

void downscale(Image image, int factor, Dense<uint8_t, nb::shape<-1, -1, 3>> out) {
    const uint8_t* const pixels = image.data();
    const int height = (int)image.shape(0), width = (int)image.shape(1);
    uint8_t* const reduced = out.data();
    nb::gil_scoped_release free;
    selected->masks->downscale(pixels, height, width, factor, reduced);
}

}  // namespace

void bind_edges(nb::module_& m) {
    m.def("trim_edges", &trim_edges, "mask"_a, "difference"_a, "ground"_a.none(), "reach"_a, "limits"_a, "rim"_a,
          "hole"_a, "out"_a.noconvert());
    m.def("finish_mask", &finish_mask, "masks"_a, "inside"_a, "reach"_a, "limits"_a, "full"_a, "planes"_a.none(),
          "upsampling"_a, "smalls"_a.none(), "small_limits"_a, "specks"_a.none(), "out"_a.noconvert());
    m.def("downscale", &downscale, "image"_a, "factor"_a, "out"_a.noconvert());
}

}  // namespace stillplate
