// Bindings of kernels/barrier.py.
#include "bindings.hpp"

namespace stillplate {
namespace {

void barrier_distance(Field field, int scans, MapOut squares, FieldOut high, FieldOut low) {
    const BarrierInput from{field.data(), (int)field.shape(0), (int)field.shape(1), scans};
    const BarrierOut out{squares.data(), high.data(), low.data()};
    nb::gil_scoped_release free;
    selected->barrier_distance(from, out);
}

}  // namespace

void bind_barrier(nb::module_& m) {
    m.def("barrier_distance", &barrier_distance, "field"_a, "scans"_a, "squares"_a.noconvert(), "high"_a.noconvert(),
          "low"_a.noconvert());
}

}  // namespace stillplate
