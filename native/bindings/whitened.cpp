// Bindings of kernels/whitened.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

using Differences = Dense<const float, nb::shape<-1, 3>>;  // (P, 3)
using Factors = Dense<const float, nb::shape<6, -1>>;      // (6, P)

void whitened(Differences difference, Factors factors, size_t first, size_t last, FloatsOut out) {
    const WhitenedInput from{difference.data(), factors.data(), difference.shape(0)};
    float* const distance = out.data();
    nb::gil_scoped_release free;
    selected->whitened(from, first, last, distance);
}

}  // namespace

void bind_whitened(nb::module_& m) {
    m.def("whitened", &whitened, "difference"_a, "factors"_a, "first"_a, "last"_a, "out"_a.noconvert());
}

}  // namespace stillplate
