// Bindings of kernels/mixture.py.
#include <nanobind/stl/vector.h>

#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Logs = Dense<const float, nb::shape<766>>;
using Pair = std::pair<double, double>;
using Pictures = Dense<const float, nb::shape<-1, -1, 3>>;  // (H, W, 3)
using Shares = Dense<const float, nb::shape<-1, 3>>;        // (K, 3)
using LocalShares = Dense<const float, nb::ndim<3>>;        // (h, w, K + 1)
using ImageOut = Dense<uint8_t, nb::shape<-1, -1, 3>>;      // (H, W, 3)
using SlopesOut = Dense<double, nb::shape<3, -1>>;          // (3, K)
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

void local_share(Pictures residual, Pictures light, int side, int rounds, std::pair<float, float> bounds, float ridge,
                 std::pair<float, float> robust, float cap, float remaining, MapOut out) {
    const ShareInput from{
        residual.data(), light.data(), (int)light.shape(0), (int)light.shape(1), side, rounds,   bounds.first,
        bounds.second,   ridge,        robust.first,        robust.second,       cap,  remaining};
    float* const share = out.data();
    nb::gil_scoped_release free;
    selected->masks->local_share(from, share);
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
    m.def("local_share", &local_share, "residual"_a, "light"_a, "side"_a, "rounds"_a, "bounds"_a, "ridge"_a, "robust"_a,
          "cap"_a, "remaining"_a, "out"_a.noconvert());
    m.def("blend", &blend, "plates"_a, "shares"_a, "field"_a.none(), "out"_a.noconvert());
    m.def("other_light", &other_light, "seen"_a, "ground"_a, "other"_a, "weak"_a, "thresholds"_a, "colour"_a.none(),
          "between"_a, "there"_a, "out"_a.noconvert());
}

}  // namespace stillplate
