// The Python module: arrays and numbers in, arrays filled. The front, kernels, checks, allocates and threads.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>

#include "stillplate/kernels.hpp"

namespace nb = nanobind;
using namespace nb::literals;

namespace {

using namespace stillplate;
using Bytes =
    nb::ndarray<const uint8_t, nb::numpy, nb::ndim<3>, nb::device::cpu>;  // (T, P, 3), rows of one sample dense
using Flags = std::optional<nb::ndarray<const bool, nb::numpy, nb::ndim<2>, nb::device::cpu>>;   // (T, P)
using Votes = std::optional<nb::ndarray<const float, nb::numpy, nb::ndim<2>, nb::device::cpu>>;  // (T, P)
template <class T, class... D>
using Flat = nb::ndarray<T, nb::numpy, D..., nb::c_contig, nb::device::cpu>;
using Picture = Flat<const uint8_t, nb::shape<-1, 3>>;
using Colours = Flat<const uint8_t, nb::shape<-1, -1, 3>>;
using PictureOut = Flat<uint8_t, nb::shape<-1, 3>>;
using Thresholds = std::optional<Flat<const float, nb::ndim<1>>>;

std::vector<const Kernels*> available() {
    std::vector<const Kernels*> list{&baseline::kernels};
#if defined(STILLPLATE_LEVELS)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) list.push_back(&avx2::kernels);
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq")) {
        list.push_back(&avx512::kernels);
    }
#endif
    return list;
}

const Kernels* current = available().back();

std::vector<std::string> levels() {
    std::vector<std::string> names;
    for (const Kernels* k : available()) names.emplace_back(k->level);
    return names;
}

void use(const std::string& level) {
    for (const Kernels* k : available()) {
        if (level == k->level) {
            current = k;
            return;
        }
    }
    throw std::invalid_argument("no such level here: " + level);
}

void plate(Bytes images, Flags valid, Votes weights, int clusters, float merge, size_t first, size_t last, PictureOut image,
           Flat<float, nb::ndim<1>> support, Flat<float, nb::ndim<1>> noise,
           std::optional<Flat<uint8_t, nb::ndim<2>>> makers) {
    const Samples from{images.data(),
                       images.stride(0),
                       valid ? (const uint8_t*)valid->data() : nullptr,
                       valid ? valid->stride(0) : 0,
                       weights ? weights->data() : nullptr,
                       weights ? weights->stride(0) : 0,
                       (int)images.shape(0)};
    const PlateOut out{image.data(), support.data(), noise.data(), makers ? makers->data() : nullptr};
    nb::gil_scoped_release free;
    current->plate(from, clusters, merge, first, last, out);
}

void cluster(Bytes samples, int clusters, size_t first, size_t last, Flat<uint8_t, nb::ndim<2>> labels,
             Flat<double, nb::ndim<1>> inertia) {
    const Samples from{samples.data(), samples.stride(0), nullptr, 0, nullptr, 0, (int)samples.shape(0)};
    const ClusterOut out{labels.data(), (ptrdiff_t)labels.shape(1), inertia.data()};
    nb::gil_scoped_release free;
    current->cluster(from, clusters, first, last, out);
}

void difference(Picture image, Picture plate, float red, float green, float blue, float common, size_t first,
                size_t last, Flat<float, nb::ndim<1>> out) {
    const Comparison from{image.data(), plate.data(), {red, green, blue}, nullptr, 0.0f};
    float* const d = out.data();
    nb::gil_scoped_release free;
    current->difference(from, common, first, last, d);
}

void mask(Picture image, Picture plate, float red, float green, float blue, Thresholds thresholds, float threshold,
          size_t first, size_t last, Flat<bool, nb::ndim<1>> out, std::optional<PictureOut> foreground) {
    const Comparison from{
        image.data(), plate.data(), {red, green, blue}, thresholds ? thresholds->data() : nullptr, threshold};
    uint8_t *const in = (uint8_t*)out.data(), *const cut = foreground ? foreground->data() : nullptr;
    nb::gil_scoped_release free;
    current->mask(from, first, last, in, cut);
}

void foreground(Picture image, Flat<const bool, nb::ndim<1>> mask, size_t first, size_t last, PictureOut out) {
    const uint8_t *const rgb = image.data(), *const in = (const uint8_t*)mask.data();
    uint8_t* const cut = out.data();
    nb::gil_scoped_release free;
    current->foreground(rgb, in, first, last, cut);
}

void agree(Flat<const uint8_t, nb::ndim<4>> pictures, Flat<const uint8_t, nb::ndim<4>> seen,
           Flat<const float, nb::ndim<4>> votes, Flat<const float, nb::ndim<1>> agreement, size_t first, size_t last,
           Flat<float, nb::ndim<4>> sums) {
    const Gathering from{pictures.data(),
                         seen.data(),
                         votes.data(),
                         agreement.data(),
                         (int)pictures.shape(0),
                         (int)seen.shape(0),
                         (int)votes.shape(0),
                         (int)pictures.shape(2),
                         (int)pictures.shape(3),
                         (int)(agreement.shape(0) - 1) / 9};
    float* const out = sums.data();
    nb::gil_scoped_release free;
    current->agree(from, first, last, out);
}

void hue(Picture seen, Picture ground, Flat<const bool, nb::ndim<1>> weak, float dark, float hue, float hue_share,
         float deepest, float brightest, size_t first, size_t last, Flat<bool, nb::ndim<1>> alike,
         Flat<float, nb::ndim<1>> light) {
    const Hue from{seen.data(), ground.data(), (const uint8_t*)weak.data(), dark, hue, hue_share, deepest, brightest};
    uint8_t* const flags = (uint8_t*)alike.data();
    float* const s = light.data();
    nb::gil_scoped_release free;
    current->hue(from, first, last, flags, s);
}

void texture(Colours image, Colours plate, Colours seen, Colours ground, Flat<const bool, nb::ndim<2>> alike,
             Flat<const float, nb::ndim<2>> light, int cell, float dark, float flat, int first, int last,
             Flat<bool, nb::ndim<2>> flats, Flat<float, nb::ndim<3>> sums) {
    const Texture from{image.data(),
                       plate.data(),
                       seen.data(),
                       ground.data(),
                       (const uint8_t*)alike.data(),
                       light.data(),
                       (int)image.shape(0),
                       (int)image.shape(1),
                       cell,
                       dark,
                       flat};
    uint8_t* const flags = (uint8_t*)flats.data();
    float* const out = sums.data();
    nb::gil_scoped_release free;
    current->texture(from, first, last, flags, out);
}

void follow(Flat<const bool, nb::ndim<2>> mask, Flat<const float, nb::ndim<2>> usual, Colours image, Colours plate,
            Picture table, int factor, float edge, float weight, float most, int first, int last,
            Flat<bool, nb::ndim<2>> out) {
    const Edges from{(const uint8_t*)mask.data(),
                     usual.data(),
                     image.data(),
                     plate.data(),
                     table.data(),
                     (int)mask.shape(0),
                     (int)mask.shape(1),
                     (int)image.shape(0),
                     (int)image.shape(1),
                     factor,
                     edge,
                     weight,
                     most};
    uint8_t* const flags = (uint8_t*)out.data();
    nb::gil_scoped_release free;
    current->follow(from, first, last, flags);
}

using Runs = Flat<const int32_t, nb::shape<-1, 4>>;
using Flags2 = Flat<const bool, nb::ndim<2>>;
using Sums = Flat<double, nb::ndim<1>>;

const Run* runs_of(const Runs& runs) { return (const Run*)runs.data(); }

std::pair<int, int> label(Flags2 mask, bool value, int reach, Flat<int32_t, nb::shape<-1, 4>> runs) {
    const uint8_t* const flags = (const uint8_t*)mask.data();
    Run* const out = (Run*)runs.data();
    const int height = (int)mask.shape(0), width = (int)mask.shape(1);
    nb::gil_scoped_release free;
    const Labelled done = current->label(flags, height, width, value, reach, out);
    return {done.runs, done.regions};
}

void hold(Runs runs, std::optional<Flags2> flags, Sums sums) {
    const Run* const all = runs_of(runs);
    const size_t count = runs.shape(0);
    const uint8_t* const in = flags ? (const uint8_t*)flags->data() : nullptr;
    const int width = flags ? (int)flags->shape(1) : 0;
    double* const out = sums.data();
    nb::gil_scoped_release free;
    current->hold(all, count, in, width, out);
}

void weigh(Runs runs, Flat<const float, nb::ndim<2>> picture, Sums sums) {
    const Run* const all = runs_of(runs);
    const size_t count = runs.shape(0);
    const float* const in = picture.data();
    const int width = (int)picture.shape(1);
    double* const out = sums.data();
    nb::gil_scoped_release free;
    current->weigh(all, count, in, width, out);
}

void rim(Runs runs, Flags2 flags, Flags2 mask, int reach, Sums outside, Sums held) {
    const Run* const all = runs_of(runs);
    const size_t count = runs.shape(0);
    const uint8_t *const own = (const uint8_t*)flags.data(), *const wanted = (const uint8_t*)mask.data();
    const int height = (int)flags.shape(0), width = (int)flags.shape(1);
    double *const around = outside.data(), *const in = held.data();
    nb::gil_scoped_release free;
    current->rim(all, count, own, wanted, height, width, reach, around, in);
}

void paint(Runs runs, Flat<const bool, nb::ndim<1>> keep, Flat<bool, nb::ndim<2>> mask) {
    const Run* const all = runs_of(runs);
    const size_t count = runs.shape(0);
    const uint8_t* const wanted = (const uint8_t*)keep.data();
    uint8_t* const out = (uint8_t*)mask.data();
    const int width = (int)mask.shape(1);
    nb::gil_scoped_release free;
    current->paint(all, count, wanted, width, out);
}

}  // namespace

NB_MODULE(_native, m) {
    m.def("levels", &levels);
    m.def("use", &use, "level"_a);
    m.def("plate", &plate, "images"_a, "valid"_a.none(), "weights"_a.none(), "clusters"_a, "merge"_a, "first"_a,
          "last"_a, "image"_a.noconvert(), "support"_a.noconvert(), "noise"_a.noconvert(), "makers"_a.noconvert().none());
    m.def("cluster", &cluster, "samples"_a, "clusters"_a, "first"_a, "last"_a, "labels"_a.noconvert(),
          "inertia"_a.noconvert());
    m.def("difference", &difference, "image"_a, "plate"_a, "red"_a, "green"_a, "blue"_a, "common"_a, "first"_a, "last"_a,
          "out"_a.noconvert());
    m.def("mask", &mask, "image"_a, "plate"_a, "red"_a, "green"_a, "blue"_a, "thresholds"_a.none(), "threshold"_a,
          "first"_a, "last"_a, "out"_a.noconvert(), "foreground"_a.noconvert().none());
    m.def("foreground", &foreground, "image"_a, "mask"_a, "first"_a, "last"_a, "out"_a.noconvert());
    m.def("agree", &agree, "pictures"_a, "seen"_a, "votes"_a, "agreement"_a, "first"_a, "last"_a, "sums"_a.noconvert());
    m.def("hue", &hue, "seen"_a, "ground"_a, "weak"_a, "dark"_a, "hue"_a, "hue_share"_a, "deepest"_a, "brightest"_a,
          "first"_a, "last"_a, "alike"_a.noconvert(), "light"_a.noconvert());
    m.def("texture", &texture, "image"_a, "plate"_a, "seen"_a, "ground"_a, "alike"_a, "light"_a, "cell"_a, "dark"_a,
          "flat"_a, "first"_a, "last"_a, "flats"_a.noconvert(), "sums"_a.noconvert());
    m.def("follow", &follow, "mask"_a, "usual"_a, "image"_a, "plate"_a, "table"_a, "factor"_a, "edge"_a, "weight"_a,
          "most"_a, "first"_a, "last"_a, "out"_a.noconvert());
    m.def("label", &label, "mask"_a, "value"_a, "reach"_a, "runs"_a.noconvert());
    m.def("hold", &hold, "runs"_a, "flags"_a.none(), "sums"_a.noconvert());
    m.def("weigh", &weigh, "runs"_a, "picture"_a, "sums"_a.noconvert());
    m.def("rim", &rim, "runs"_a, "flags"_a, "mask"_a, "reach"_a, "outside"_a.noconvert(), "held"_a.noconvert());
    m.def("paint", &paint, "runs"_a, "keep"_a, "mask"_a.noconvert());
}
