// Bindings of kernels/mixture.py and kernels/local_shares.py.
#include <nanobind/stl/vector.h>

#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Logs = Dense<const float, nb::shape<766>>;
using Pair = std::pair<double, double>;
using Shares = Dense<const float, nb::shape<-1, 3>>;  // (K, 3)
using Levels = Dense<const float, nb::shape<3>>;      // RGB
using LocalShares = Dense<const float, nb::ndim<3>>;  // (h, w, K + 1)
using LocalOut = Dense<float, nb::ndim<3>>;           // (h, w, K + 1)
using LocalLimits = std::tuple<float, float, std::pair<int, int>, std::pair<float, float>, int, float,
                               std::pair<float, float>, float, float, float>;  // in the order of kernels.LocalLimits
using ImageOut = Dense<uint8_t, nb::shape<-1, -1, 3>>;                         // (H, W, 3)
using SlopesOut = Dense<double, nb::shape<3, -1>>;                             // (3, K)
using OffsetOut = Dense<double, nb::shape<3>>;

int fit_mixture(Image image, const std::vector<Image>& plates, int step, Logs logs, std::pair<int, int> usable,
                int fewest, double clipped, Pair first, Pair robust, int rounds, double ridge, Pair residual,
                std::pair<Pair, Pair> bounds, SlopesOut slopes, OffsetOut offset) {
    const auto [scales, offsets] = bounds;
    MixtureInput from{image.data(),
                      {},
                      (int)plates.size(),
                      (int)image.shape(0),
                      (int)image.shape(1),
                      step,
                      logs.data(),
                      usable.first,
                      usable.second,
                      fewest,
                      clipped,
                      first.first,
                      first.second,
                      robust.first,
                      robust.second,
                      rounds,
                      ridge,
                      residual.first,
                      residual.second,
                      {scales.first, scales.second},
                      {offsets.first, offsets.second}};
    for (size_t k = 0; k < plates.size(); ++k) from.plates[k] = plates[k].data();
    double *const to_slopes = slopes.data(), *const to_offset = offset.data();
    nb::gil_scoped_release free;
    return selected->masks->fit_mixture(from, to_slopes, to_offset);
}

bool local_shares(Image image, Image mixed, const std::vector<Image>& plates, Levels scale, Levels offset, int main,
                  const std::vector<std::tuple<int, float, float>>& beside, LocalLimits limits, LocalOut out) {
    const auto& [residual, least, sides, brightness, rounds, ridge, robust, cap, remaining, noticed] = limits;
    LocalInput from{image.data(),
                    mixed.data(),
                    {},
                    scale.data(),
                    offset.data(),
                    (int)image.shape(0),
                    (int)image.shape(1),
                    (int)plates.size(),
                    main,
                    0,
                    {},
                    brightness.first,
                    brightness.second,
                    {sides.first, sides.second},
                    rounds,
                    ridge,
                    robust.first,
                    robust.second,
                    cap,
                    remaining,
                    residual,
                    least,
                    noticed};
    for (size_t k = 0; k < plates.size(); ++k) from.plates[k] = plates[k].data();
    for (const auto& [state, low, high] : beside) from.beside[from.count++] = {state, low, high};
    float* const field = out.data();
    nb::gil_scoped_release free;
    return selected->masks->local_shares(from, field);
}

void blend(const std::vector<Image>& plates, Shares shares, std::optional<LocalShares> field, ImageOut out) {
    BlendInput from{{},
                    shares.data(),
                    field ? field->data() : nullptr,
                    (int)plates.size(),
                    (int)out.shape(0),
                    (int)out.shape(1),
                    field ? (int)field->shape(0) : 0,
                    field ? (int)field->shape(1) : 0};
    for (size_t k = 0; k < plates.size(); ++k) from.plates[k] = plates[k].data();
    uint8_t* const mixed = out.data();
    nb::gil_scoped_release free;
    selected->masks->blend(from, mixed);
}

void other_light(Image seen, Image ground, Image other, Mask weak, Map thresholds, std::optional<Map> colour,
                 float between, float there, MaskOut out) {
    const OtherInput from{seen.data(),
                          ground.data(),
                          other.data(),
                          (const uint8_t*)weak.data(),
                          thresholds.data(),
                          colour ? colour->data() : nullptr,
                          (int)seen.shape(0),
                          (int)seen.shape(1),
                          between,
                          there};
    uint8_t* const found = (uint8_t*)out.data();
    nb::gil_scoped_release free;
    selected->masks->other_light(from, found);
}

}  // namespace

void bind_mixture(nb::module_& m) {
    m.def("fit_mixture", &fit_mixture, "image"_a, "plates"_a, "step"_a, "logs"_a, "usable"_a, "fewest"_a, "clipped"_a,
          "first"_a, "robust"_a, "rounds"_a, "ridge"_a, "residual"_a, "bounds"_a, "slopes"_a.noconvert(),
          "offset"_a.noconvert());
    m.def("local_shares", &local_shares, "image"_a, "mixed"_a, "plates"_a, "scale"_a, "offset"_a, "main"_a, "beside"_a,
          "limits"_a, "out"_a.noconvert());
    m.def("blend", &blend, "plates"_a, "shares"_a, "field"_a.none(), "out"_a.noconvert());
    m.def("other_light", &other_light, "seen"_a, "ground"_a, "other"_a, "weak"_a, "thresholds"_a, "colour"_a.none(),
          "between"_a, "there"_a, "out"_a.noconvert());
}

}  // namespace stillplate
