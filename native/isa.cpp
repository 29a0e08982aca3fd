// The kernels of one instruction set. CMakeLists.txt compiles this file once for each, with -DSTILLPLATE_ISA=baseline,
// avx2 or avx512. All code lives in a namespace of that name, and no template of the standard library is used: the
// linker would merge their instances, and one instruction set would run another's code.
#include "agreement.hpp"
#include "barrier.hpp"
#include "cut_half_chroma.hpp"
#include "difference.hpp"
#include "ffv1.hpp"
#include "grid.hpp"
#include "half_chroma.hpp"
#include "kmeans/heaviest.hpp"
#include "kmeans/plate.hpp"
#include "quantile.hpp"
#include "whitened.hpp"

#define STILLPLATE_TEXT(x) STILLPLATE_QUOTE(x)
#define STILLPLATE_QUOTE(x) #x

namespace stillplate {
namespace STILLPLATE_ISA {

extern const MaskKernels mask_kernels;  // of isa_masks.cpp

const Kernels kernels = {STILLPLATE_TEXT(STILLPLATE_ISA),
                         dominant_cluster,
                         cluster,
                         heaviest,
                         difference,
                         mask,
                         foreground,
                         patch_agreement,
                         barrier_distance,
                         smooth_grid,
                         whitened,
                         quantile,
                         rgb_from_half_chroma,
                         halved_from_half_chroma,
                         small_from_half_chroma,
                         half_chroma_from_rgb,
                         cut_half_chroma,
                         ffv1_packet,
                         &mask_kernels};

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
