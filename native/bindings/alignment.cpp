// Bindings of kernels/alignment.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Places = Dense<const double, nb::shape<-1, 2>>;    // (n, 2)
using Basis = Dense<const double, nb::shape<-1, 3, 3>>;  // (k, 3, 3)
using Homography = Dense<const double, nb::shape<3, 3>>;
using HomographyOut = Dense<double, nb::shape<3, 3>>;
using Values = Dense<const float, nb::ndim<1>>;    // (n,)
using Numbers = Dense<const double, nb::ndim<1>>;  // (n,)

float align(Map frame, Places places, Values levels, Values steep, Map columns, std::optional<Values> trust,
            Basis basis, Homography way, std::pair<int, int> counts, std::pair<double, double> limits, float noise,
            HomographyOut out) {
    const AlignInput from{frame.data(),
                          places.data(),
                          levels.data(),
                          steep.data(),
                          columns.data(),
                          trust ? trust->data() : nullptr,
                          basis.data(),
                          way.data(),
                          (int)frame.shape(0),
                          (int)frame.shape(1),
                          (int)places.shape(0),
                          (int)basis.shape(0),
                          counts.first,
                          counts.second,
                          limits.first,
                          limits.second,
                          noise};
    double* const found = out.data();
    nb::gil_scoped_release free;
    return selected->masks->align(from, found);
}

using NumbersOut = Dense<int32_t, nb::ndim<1>>;       // (n,)
using SlopesOut = Dense<float, nb::shape<-1, 2>>;     // (n, 2)
using Places32 = Dense<const int32_t, nb::ndim<1>>;   // (n,)
using Slopes = Dense<const float, nb::shape<-1, 2>>;  // (n, 2)

SteepInput steep_input(const Map& image, const uint8_t* known, int cell, int most, float least) {
    return {image.data(), known, (int)image.shape(0), (int)image.shape(1), cell, most, least};
}

int steepest(Map image, std::optional<Dense<const uint8_t, nb::ndim<2>>> known, int cell, int most, float least,
             NumbersOut found, SlopesOut slopes) {
    const SteepInput from = steep_input(image, known ? known->data() : nullptr, cell, most, least);
    int32_t* const places = found.data();
    float* const out = slopes.data();
    nb::gil_scoped_release free;
    return selected->masks->steepest(from, places, out);
}

void slope_columns(Map image, Basis basis, Places32 places, Slopes slopes, MapOut columns) {
    const SteepInput from = steep_input(image, nullptr, 1, 1, 0.0f);
    const double* const generators = basis.data();
    const int count = (int)basis.shape(0);
    const int32_t* const at = places.data();
    const float* const steep = slopes.data();
    const size_t pixels = places.shape(0);
    float* const out = columns.data();
    nb::gil_scoped_release free;
    selected->masks->slope_columns(from, generators, count, at, steep, pixels, out);
}

void fit_pairs(Basis basis, Homography start, Places sources, Places targets, Numbers weights, Numbers scales,
               int rounds, double damping, double enough, HomographyOut out) {
    const PairsInput from{
        basis.data(),        start.data(),          sources.data(),       targets.data(), weights.data(), scales.data(),
        (int)basis.shape(0), (int)sources.shape(0), (int)scales.shape(0), rounds,         damping,        enough};
    double* const fitted = out.data();
    nb::gil_scoped_release free;
    selected->masks->fit_pairs(from, fitted);
}

}  // namespace

void bind_alignment(nb::module_& m) {
    m.def("align", &align, "frame"_a, "places"_a, "levels"_a, "steep"_a, "columns"_a, "trust"_a.none(), "basis"_a,
          "way"_a, "counts"_a, "limits"_a, "noise"_a, "out"_a.noconvert());
    m.def("steepest", &steepest, "image"_a, "known"_a.none(), "cell"_a, "most"_a, "least"_a, "found"_a.noconvert(),
          "slopes"_a.noconvert());
    m.def("slope_columns", &slope_columns, "image"_a, "basis"_a, "places"_a, "slopes"_a, "columns"_a.noconvert());
    m.def("fit_pairs", &fit_pairs, "basis"_a, "start"_a, "sources"_a, "targets"_a, "weights"_a, "scales"_a, "rounds"_a,
          "damping"_a, "enough"_a, "out"_a.noconvert());
}

}  // namespace stillplate
