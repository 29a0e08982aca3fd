// Bindings of kernels/components.py.
#include "bindings.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace {

using Runs = Dense<const int32_t, nb::shape<-1, 4>>;  // (R, 4), each row a Run
using RunsOut = Dense<int32_t, nb::shape<-1, 4>>;     // (R, 4)
using Table = Dense<int64_t, nb::shape<-1, 7>>;       // (components, 7)
using Sums = Dense<double, nb::ndim<1>>;              // one for each component

const Run* runs_of(const Runs& runs) { return (const Run*)runs.data(); }

std::pair<int, int> label_components(Mask mask, bool value, int reach, RunsOut runs) {
    const uint8_t* const flags = (const uint8_t*)mask.data();
    Run* const out = (Run*)runs.data();
    const int height = (int)mask.shape(0), width = (int)mask.shape(1);
    nb::gil_scoped_release free;
    const ComponentCounts found = selected->masks->label_components(flags, height, width, value, reach, out);
    return {found.runs, found.components};
}

void measure_components(Runs runs, Table table) {
    const Run* const all = runs_of(runs);
    const size_t count = runs.shape(0), components = table.shape(0);
    int64_t* const out = table.data();
    nb::gil_scoped_release free;
    selected->masks->measure_components(all, count, components, out);
}

void count_pixels(Runs runs, std::optional<Mask> flags, Sums sums) {
    const Run* const all = runs_of(runs);
    const size_t count = runs.shape(0);
    const uint8_t* const in = flags ? (const uint8_t*)flags->data() : nullptr;
    const int width = flags ? (int)flags->shape(1) : 0;
    double* const out = sums.data();
    nb::gil_scoped_release free;
    selected->masks->count_pixels(all, count, in, width, out);
}

void sum_values(Runs runs, Map picture, Sums sums) {
    const Run* const all = runs_of(runs);
    const size_t count = runs.shape(0);
    const float* const in = picture.data();
    const int width = (int)picture.shape(1);
    double* const out = sums.data();
    nb::gil_scoped_release free;
    selected->masks->sum_values(all, count, in, width, out);
}

void max_values(Runs runs, Map picture, FloatsOut maxima) {
    const Run* const all = runs_of(runs);
    const size_t count = runs.shape(0);
    const float* const in = picture.data();
    const int width = (int)picture.shape(1);
    float* const out = maxima.data();
    nb::gil_scoped_release free;
    selected->masks->max_values(all, count, in, width, out);
}

void count_border(Runs runs, Mask flags, Mask mask, int reach, Sums outside, Sums held) {
    const Run* const all = runs_of(runs);
    const size_t count = runs.shape(0);
    const uint8_t *const own = (const uint8_t*)flags.data(), *const wanted = (const uint8_t*)mask.data();
    const int height = (int)flags.shape(0), width = (int)flags.shape(1);
    double *const outside_sums = outside.data(), *const held_sums = held.data();
    nb::gil_scoped_release free;
    selected->masks->count_border(all, count, own, wanted, height, width, reach, outside_sums, held_sums);
}

void fill_components(Runs runs, Flags keep, MaskOut mask) {
    const Run* const all = runs_of(runs);
    const size_t count = runs.shape(0);
    const uint8_t* const wanted = (const uint8_t*)keep.data();
    uint8_t* const out = (uint8_t*)mask.data();
    const int width = (int)mask.shape(1);
    nb::gil_scoped_release free;
    selected->masks->fill_components(all, count, wanted, width, out);
}

}  // namespace

void bind_components(nb::module_& m) {
    m.def("label_components", &label_components, "mask"_a, "value"_a, "reach"_a, "runs"_a.noconvert());
    m.def("measure_components", &measure_components, "runs"_a, "table"_a.noconvert());
    m.def("count_pixels", &count_pixels, "runs"_a, "flags"_a.none(), "sums"_a.noconvert());
    m.def("sum_values", &sum_values, "runs"_a, "picture"_a, "sums"_a.noconvert());
    m.def("max_values", &max_values, "runs"_a, "picture"_a, "maxima"_a.noconvert());
    m.def("count_border", &count_border, "runs"_a, "flags"_a, "mask"_a, "reach"_a, "outside"_a.noconvert(),
          "held"_a.noconvert());
    m.def("fill_components", &fill_components, "runs"_a, "keep"_a, "mask"_a.noconvert());
}

}  // namespace stillplate
