// Bindings of kernels/quantile.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

using Values = Dense<const float, nb::ndim<2>>;  // (T, P)
using LeftOut = Dense<const bool, nb::ndim<2>>;  // (T, P)

void quantile(Values values, std::optional<LeftOut> left_out, double share, double least, size_t first, size_t last,
              FloatsOut out) {
    const uint8_t* const flags = left_out ? (const uint8_t*)left_out->data() : nullptr;
    const QuantileInput from{values.data(), flags, values.shape(1), (int)values.shape(0), share, least};
    float* const quantiles = out.data();
    nb::gil_scoped_release free;
    selected->quantile(from, first, last, quantiles);
}

}  // namespace

void bind_quantile(nb::module_& m) {
    m.def("quantile", &quantile, "values"_a, "left_out"_a.none(), "share"_a, "least"_a, "first"_a, "last"_a,
          "out"_a.noconvert());
}

}  // namespace stillplate
