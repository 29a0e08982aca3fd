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

using Planes = Dense<const float, nb::shape<6, -1, -1>>;  // (6, H, W)
using Weights = Dense<const float, nb::ndim<1>>;          // (radius + 1,)

void signed_distance(Image image, Image plate, Planes factors, Weights weights, FloatsOut room, MapOut out) {
    const SignedInput from{image.data(),        plate.data(),        factors.data(),           weights.data(),
                           (int)image.shape(0), (int)image.shape(1), (int)weights.shape(0) - 1};
    float *const work = room.data(), *const distance = out.data();
    nb::gil_scoped_release free;
    selected->signed_distance(from, work, distance);
}

}  // namespace

void bind_whitened(nb::module_& m) {
    m.def("signed_distance", &signed_distance, "image"_a, "plate"_a, "factors"_a, "weights"_a, "room"_a.noconvert(),
          "out"_a.noconvert());
    m.def("whitened", &whitened, "difference"_a, "factors"_a, "first"_a, "last"_a, "out"_a.noconvert());
}

}  // namespace stillplate
