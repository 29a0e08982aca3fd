// Bindings of kernels/found.py.
#include "profile.hpp"

namespace stillplate {
namespace {

using Words = Dense<const uint64_t, nb::ndim<2>>;    // (H, (W + 63) / 64)
using Reaches = Dense<const int32_t, nb::shape<7>>;  // in the order of kernels.Reaches
using Shades = Dense<const float, nb::shape<sizeof(ShadeLimits) / sizeof(float)>>;
using Limits = Dense<const double, nb::shape<sizeof(FoundLimits) / sizeof(double)>>;
using Trio = std::tuple<float, float, float>;

using Lights = std::tuple<std::vector<Image>, std::optional<Map>, std::tuple<float, float, float, int>>;

LightsInput lights_input(const Lights& lights) {
    const auto& [plates, colour, limits] = lights;
    LightsInput from{};
    for (const Image& plate : plates) from.plates[from.count++] = plate.data();
    from.colour = colour ? colour->data() : nullptr;
    std::tie(from.between, from.there, from.brightest, from.upright) = limits;
    return from;
}

const float* of(const std::optional<Map>& map) { return map ? map->data() : nullptr; }

int find_objects(std::tuple<Image, Image, std::optional<Image>> images,
                 std::tuple<Map, std::optional<Map>, Map, Map> maps, std::optional<Words> lasting,
                 std::pair<Map, Map> weights, std::optional<Map> specks, std::optional<CastProfile> profile,
                 std::optional<Lights> lights, std::pair<std::optional<Map>, Trio> inside,
                 std::tuple<Reaches, Shades, Limits> limits, bool shadows, bool closed,
                 std::tuple<MapOut, MaskOut, MaskOut, MaskOut, MaskOut, std::optional<MaskOut>> outs) {
    const auto& [image, plate, ground] = images;
    const auto& [ratio, faint, level, difference] = maps;
    const auto& [reaches, shades, numbers] = limits;
    const auto& [few, edge, lift] = inside.second;
    const int height = (int)ratio.shape(0), width = (int)ratio.shape(1);
    const int32_t* const r = reaches.data();
    const CastShadowInput cast = profile ? cast_input(*profile) : CastShadowInput{};
    const LightsInput others = lights ? lights_input(*lights) : LightsInput{};
    const FoundInput from{image.data(),
                          plate.data(),
                          ground ? ground->data() : nullptr,
                          ratio.data(),
                          of(faint),
                          lasting ? lasting->data() : nullptr,
                          level.data(),
                          weights.first.data(),
                          weights.second.data(),
                          of(specks),
                          profile ? &cast : nullptr,
                          lights ? &others : nullptr,
                          {difference.data(), of(inside.first), height, width, r[6], few, edge, lift},
                          height,
                          width,
                          r[0],
                          r[1],
                          r[2],
                          r[3],
                          r[4],
                          r[5],
                          *(const ShadeLimits*)shades.data(),
                          *(const FoundLimits*)numbers.data()};
    const auto& [joined, risen, shadow, whole, mask, cut] = outs;
    const FoundOut out{joined.data(),          (uint8_t*)risen.data(), (uint8_t*)shadow.data(),
                       (uint8_t*)whole.data(), (uint8_t*)mask.data(),  cut ? (uint8_t*)cut->data() : nullptr};
    nb::gil_scoped_release free;
    return selected->masks->find_objects(from, shadows, closed, out);
}

}  // namespace

void bind_found(nb::module_& m) {
    m.def("find_objects", &find_objects, "images"_a, "maps"_a, "lasting"_a.none(), "weights"_a, "specks"_a.none(),
          "profile"_a.none(), "lights"_a.none(), "inside"_a, "limits"_a, "shadows"_a, "closed"_a, "outs"_a.noconvert());
}

}  // namespace stillplate
