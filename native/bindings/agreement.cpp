// Bindings of kernels/agreement.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

using Pictures = Dense<const uint8_t, nb::ndim<4>>;  // (T, 3, H, W)
using Votes = Dense<const float, nb::ndim<4>>;       // (K, T, H, W)
using VotesOut = Dense<float, nb::ndim<4>>;          // (K, T, H, W)

void patch_agreement(Pictures pictures, Pictures voter_pictures, Votes votes, Dense<const float, nb::ndim<1>> agreement,
                     size_t first, size_t last, VotesOut sums) {
    const AgreementInput from{pictures.data(),        voter_pictures.data(),
                              votes.data(),           agreement.data(),
                              (int)pictures.shape(0), (int)voter_pictures.shape(0),
                              (int)votes.shape(0),    (int)pictures.shape(2),
                              (int)pictures.shape(3), (int)(agreement.shape(0) - 1) / 9};
    float* const out = sums.data();
    nb::gil_scoped_release free;
    selected->patch_agreement(from, first, last, out);
}

}  // namespace

void bind_agreement(nb::module_& m) {
    m.def("patch_agreement", &patch_agreement, "pictures"_a, "voter_pictures"_a, "votes"_a, "agreement"_a, "first"_a,
          "last"_a, "sums"_a.noconvert());
}

}  // namespace stillplate
