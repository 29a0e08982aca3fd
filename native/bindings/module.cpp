// The Python module `_native`: its functions take arrays and numbers, and fill arrays. The Python front checks,
// allocates and spreads the work over threads.
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>

#include "bindings.hpp"
#include "x86.hpp"

namespace stillplate {
namespace {

std::vector<const Kernels*> available() {
    std::vector<const Kernels*> list{&baseline::kernels};
#if defined(STILLPLATE_X86)
    const X86 processor = x86();
    if (processor.avx2) list.push_back(&avx2::kernels);
    if (processor.avx2 && processor.avx512) list.push_back(&avx512::kernels);
#endif
    return list;
}

std::vector<std::string> isas() {
    std::vector<std::string> names;
    for (const Kernels* k : available()) names.emplace_back(k->isa);
    return names;
}

void use_isa(const std::string& isa) {
    for (const Kernels* k : available()) {
        if (isa == k->isa) {
            selected = k;
            return;
        }
    }
    throw std::invalid_argument("instruction set not available on this machine: " + isa);
}

}  // namespace

const Kernels* selected = available().back();

}  // namespace stillplate

NB_MODULE(_native, m) {
    using namespace stillplate;
    m.def("isas", &isas);
    m.def("use_isa", &use_isa, "isa"_a);
    bind_clustering(m);
    bind_difference(m);
    bind_agreement(m);
    bind_shadow(m);
    bind_edges(m);
    bind_regions(m);
    bind_components(m);
    bind_barrier(m);
    bind_grid(m);
    bind_half_chroma(m);
    bind_whitened(m);
    bind_cast(m);
    bind_bit_mask(m);
    bind_quantile(m);
    bind_gain(m);
    bind_mixture(m);
    bind_found(m);
    bind_odds(m);
    bind_alignment(m);
    bind_evidence(m);
    bind_ffv1(m);
}
