// Bindings of kernels/clustering.py and kernels/heaviest.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

template <class T, class... D>
using Stack =
    nb::ndarray<const T, nb::numpy, D..., nb::device::cpu>;  // each sample contiguous, any stride between them
using Colours = Stack<uint8_t, nb::ndim<3>>;                 // (T, P, 3)
using Valid = std::optional<Stack<bool, nb::ndim<2>>>;       // (T, P)
using Weights = std::optional<Stack<float, nb::ndim<2>>>;    // (T, P)
using BytesOut = Dense<uint8_t, nb::ndim<2>>;

void dominant_cluster(Colours images, Valid valid, Weights weights, int clusters, float merge, size_t first,
                      size_t last, PixelsOut image, FloatsOut support, FloatsOut noise,
                      std::optional<BytesOut> makers) {
    const Samples from{images.data(),
                       images.stride(0),
                       valid ? (const uint8_t*)valid->data() : nullptr,
                       valid ? valid->stride(0) : 0,
                       weights ? weights->data() : nullptr,
                       weights ? weights->stride(0) : 0,
                       (int)images.shape(0)};
    const PlateOut out{image.data(), support.data(), noise.data(), makers ? makers->data() : nullptr};
    nb::gil_scoped_release free;
    selected->dominant_cluster(from, clusters, merge, first, last, out);
}

void cluster(Colours samples, int clusters, size_t first, size_t last, BytesOut labels,
             Dense<double, nb::ndim<1>> inertia) {
    const Samples from{samples.data(), samples.stride(0), nullptr, 0, nullptr, 0, (int)samples.shape(0)};
    const ClusterOut out{labels.data(), (ptrdiff_t)labels.shape(1), inertia.data()};
    nb::gil_scoped_release free;
    selected->cluster(from, clusters, first, last, out);
}

void heaviest(Colours images, Stack<float, nb::ndim<2>> weights, size_t first, size_t last,
              Dense<uint8_t, nb::ndim<3>> kept, Dense<float, nb::ndim<2>> votes, Dense<uint16_t, nb::ndim<2>> chosen) {
    const Samples from{images.data(),     images.stride(0),    nullptr, 0, weights.data(),
                       weights.stride(0), (int)images.shape(0)};
    const HeaviestOut out{kept.data(), votes.data(), chosen.data()};
    const int count = (int)kept.shape(0);
    const size_t pixels = images.shape(1);
    nb::gil_scoped_release free;
    selected->heaviest(from, count, pixels, first, last, out);
}

}  // namespace

void bind_clustering(nb::module_& m) {
    m.def("dominant_cluster", &dominant_cluster, "images"_a, "valid"_a.none(), "weights"_a.none(), "clusters"_a,
          "merge"_a, "first"_a, "last"_a, "image"_a.noconvert(), "support"_a.noconvert(), "noise"_a.noconvert(),
          "makers"_a.noconvert().none());
    m.def("cluster", &cluster, "samples"_a, "clusters"_a, "first"_a, "last"_a, "labels"_a.noconvert(),
          "inertia"_a.noconvert());
    m.def("heaviest", &heaviest, "images"_a, "weights"_a, "first"_a, "last"_a, "kept"_a.noconvert(),
          "votes"_a.noconvert(), "chosen"_a.noconvert());
}

}  // namespace stillplate
