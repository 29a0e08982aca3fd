// Bindings of kernels/comparison.py, kernels/evidence.py, kernels/weighing.py and kernels/matching.py.
#include "exposure.hpp"

namespace stillplate {
namespace {

using Planes = Dense<const float, nb::shape<6, -1, -1>>;  // (6, H, W)
using Weights = Dense<const float, nb::ndim<1>>;          // (radius + 1,)
using Pair = std::pair<double, double>;

void compare(Image image, Image plate, Weights weights, std::optional<Planes> factors, MapOut difference, MapOut level,
             std::optional<MapOut> colour, std::optional<MapOut> distance) {
    const CompareInput from{
        image.data(),        plate.data(),        weights.data(),           factors ? factors->data() : nullptr,
        (int)image.shape(0), (int)image.shape(1), (int)weights.shape(0) - 1};
    const CompareOut out{difference.data(), level.data(), colour ? colour->data() : nullptr,
                         distance ? distance->data() : nullptr};
    nb::gil_scoped_release free;
    selected->masks->compare(from, out);
}

void local_ratio(Map difference, Map lowest, Map highest, int reach, float share, float weight, bool join,
                 MapOut ratio) {
    const RatioInput from{difference.data(),        lowest.data(), highest.data(), (int)difference.shape(0),
                          (int)difference.shape(1), reach,         share,          weight};
    float* const over = ratio.data();
    nb::gil_scoped_release free;
    selected->masks->local_ratio(from, join, over);
}

using Usual = std::pair<Pair, Pair>;

LoudInput loud(int every, const Usual& usual) {
    return {every, {usual.first.first, usual.second.first}, {usual.first.second, usual.second.second}};
}

void faint_ratio(Map distance, Map level, Map far, Map lowest, std::pair<int, int> reach, int every, float share,
                 float glow, float weight, Usual usual, MapOut ratio) {
    const FaintInput from{
        distance.data(), level.data(), far.data(), lowest.data(), (int)level.shape(0), (int)level.shape(1), reach.first,
        reach.second,    share,        glow,       weight,        loud(every, usual)};
    float* const over = ratio.data();
    nb::gil_scoped_release free;
    selected->masks->faint_ratio(from, over);
}

using Ground = std::tuple<Planes, Map, Map>;  // factors, thresholds of distance and of level
using BitsOut = Dense<uint64_t, nb::ndim<2>>;
using Radii = Dense<const int32_t, nb::ndim<1>>;

// In the order of kernels.Thresholds: weights, levels, colours and ground.
using Thresholds = std::tuple<Weights, std::pair<Map, Map>, std::optional<std::pair<Map, Map>>, std::optional<Ground>>;
// In the order of kernels.Nearness.
using Nearness = std::tuple<std::pair<int, int>, std::pair<float, float>, int, Usual, Radii>;
using Weighed = std::tuple<MapOut, MapOut, MapOut, std::optional<MapOut>, std::optional<BitsOut>>;

WeighInput weigh_input(const Image& image, const Image& plate, const Thresholds& thresholds, const Nearness& near,
                       float weight) {
    const auto& [weights, levels, colours, ground] = thresholds;
    const auto& [reach, shares, every, usual, radii] = near;
    return {{image.data(), plate.data(), weights.data(), ground ? std::get<0>(*ground).data() : nullptr,
             (int)image.shape(0), (int)image.shape(1), (int)weights.shape(0) - 1},
            levels.first.data(),
            levels.second.data(),
            colours ? colours->first.data() : nullptr,
            colours ? colours->second.data() : nullptr,
            ground ? std::get<1>(*ground).data() : nullptr,
            ground ? std::get<2>(*ground).data() : nullptr,
            reach.first,
            reach.second,
            shares.first,
            shares.second,
            weight,
            loud(every, usual),
            radii.data(),
            (int)radii.shape(0)};
}

WeighOut weigh_out(const Weighed& outs) {
    const auto& [difference, level, ratio, faint, near] = outs;
    return {difference.data(), level.data(), ratio.data(), faint ? faint->data() : nullptr,
            near ? near->data() : nullptr};
}

void weigh_frame(Image image, Image plate, Thresholds thresholds, Nearness near, float weight, Weighed outs) {
    const WeighInput from = weigh_input(image, plate, thresholds, near, weight);
    const WeighOut out = weigh_out(outs);
    nb::gil_scoped_release free;
    selected->masks->weigh_frame(from, out);
}

using Table = Dense<uint8_t, nb::shape<256, 3>>;
using ImageOut = Dense<uint8_t, nb::shape<-1, -1, 3>>;

bool match_frame(Image image, Image plate, std::tuple<int, Exposure, std::pair<double, double>> light,
                 Thresholds thresholds, Nearness near, float weight,
                 std::tuple<FloatsOut, Table, ImageOut, ImageOut> matched, Weighed outs) {
    const auto& [step, exposure, noticeable] = light;
    const MatchInput from{gain_input(image, plate, step, exposure), noticeable.first, noticeable.second,
                          weigh_input(image, plate, thresholds, near, weight)};
    const auto& [gain, table, lit, limited] = matched;
    const MatchOut out{gain.data(), table.data(), lit.data(), limited.data(), weigh_out(outs)};
    nb::gil_scoped_release free;
    return selected->masks->match_frame(from, out);
}

void join_faint(Map ratio, Map faint, Mask lasting, MapOut joined, MaskOut risen) {
    const float *const own = ratio.data(), *const more = faint.data();
    const uint8_t* const where = (const uint8_t*)lasting.data();
    float* const out = joined.data();
    uint8_t* const flags = (uint8_t*)risen.data();
    const size_t pixels = ratio.size();
    nb::gil_scoped_release free;
    selected->masks->join_faint(own, more, where, pixels, out, flags);
}

void weigh_pixels(Map quietness, Map level, Map sure, Map ratio, std::optional<Mask> risen, float seed, MapOut out) {
    const TrustInput from{quietness.data(),
                          level.data(),
                          sure.data(),
                          ratio.data(),
                          risen ? (const uint8_t*)risen->data() : nullptr,
                          seed};
    float* const trust = out.data();
    const size_t pixels = ratio.size();
    nb::gil_scoped_release free;
    selected->masks->weigh_pixels(from, pixels, trust);
}

}  // namespace

void bind_evidence(nb::module_& m) {
    m.def("compare", &compare, "image"_a, "plate"_a, "weights"_a, "factors"_a.none(), "difference"_a.noconvert(),
          "level"_a.noconvert(), "colour"_a.noconvert().none(), "distance"_a.noconvert().none());
    m.def("weigh_frame", &weigh_frame, "image"_a, "plate"_a, "thresholds"_a, "near"_a, "weight"_a,
          "outs"_a.noconvert());
    m.def("match_frame", &match_frame, "image"_a, "plate"_a, "light"_a, "thresholds"_a, "near"_a, "weight"_a,
          "matched"_a.noconvert(), "outs"_a.noconvert());
    m.def("join_faint", &join_faint, "ratio"_a, "faint"_a, "lasting"_a, "joined"_a.noconvert(), "risen"_a.noconvert());
    m.def("weigh_pixels", &weigh_pixels, "quietness"_a, "level"_a, "sure"_a, "ratio"_a, "risen"_a.none(), "seed"_a,
          "out"_a.noconvert());
    m.def("local_ratio", &local_ratio, "difference"_a, "lowest"_a, "highest"_a, "reach"_a, "share"_a, "weight"_a,
          "join"_a, "ratio"_a.noconvert());
    m.def("faint_ratio", &faint_ratio, "distance"_a, "level"_a, "far"_a, "lowest"_a, "reach"_a, "every"_a, "share"_a,
          "glow"_a, "weight"_a, "usual"_a, "ratio"_a.noconvert());
}

}  // namespace stillplate
