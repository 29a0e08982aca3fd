// Bindings of kernels/odds.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Values = Dense<const float, nb::ndim<1>>;  // (n,)
using SumsOut = Dense<double, nb::ndim<1>>;      // (bins,)

void join_odds(Map likelihood, Map ratio, Values limits, Values factors, float least, MapOut out) {
    const OddsInput from{likelihood.data(),    ratio.data(),      limits.data(), factors.data(),
                         (int)limits.shape(0), likelihood.size(), least};
    float* const odds = out.data();
    nb::gil_scoped_release free;
    selected->masks->join_odds(from, odds);
}

void count_odds(Map odds, SumsOut counts, SumsOut sums) {
    const float* const from = odds.data();
    const size_t pixels = odds.size();
    const int bins = (int)counts.shape(0);
    double *const to_counts = counts.data(), *const to_sums = sums.data();
    nb::gil_scoped_release free;
    selected->masks->count_odds(from, pixels, bins, to_counts, to_sums);
}

}  // namespace

void bind_odds(nb::module_& m) {
    m.def("join_odds", &join_odds, "likelihood"_a, "ratio"_a, "limits"_a, "factors"_a, "least"_a, "out"_a.noconvert());
    m.def("count_odds", &count_odds, "odds"_a, "counts"_a.noconvert(), "sums"_a.noconvert());
}

}  // namespace stillplate
