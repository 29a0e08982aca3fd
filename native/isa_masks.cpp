// The kernels of one instruction set that find masks; compiled as isa.cpp is, and by the same rules.
#include "compare.hpp"
#include "evidence.hpp"
#include "gain.hpp"
#include "stillplate/mask_kernels.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

extern const MaskKernels mask_kernels;
const MaskKernels mask_kernels = {robust_gain, compare, local_ratio, faint_ratio};

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
