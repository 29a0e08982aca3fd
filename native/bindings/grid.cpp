// Bindings of kernels/grid.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

using Floats = Dense<const float, nb::ndim<1>>;  // (P,)

void smooth_grid(Floats grid, size_t length, size_t inner, Floats weights, size_t first, size_t last, FloatsOut out) {
    const GridInput from{grid.data(), length, inner, weights.data(), (int)weights.shape(0) - 1};
    float* const smooth = out.data();
    nb::gil_scoped_release free;
    selected->smooth_grid(from, first, last, smooth);
}

}  // namespace

void bind_grid(nb::module_& m) {
    m.def("smooth_grid", &smooth_grid, "grid"_a, "length"_a, "inner"_a, "weights"_a, "first"_a, "last"_a,
          "out"_a.noconvert());
}

}  // namespace stillplate
