// The kernels of one instruction set. CMakeLists.txt compiles this file once for each, with -DSTILLPLATE_ISA=baseline,
// avx2 or avx512. All code lives in a namespace of that name, and no template of the standard library is used: the
// linker would merge their instances, and one instruction set would run another's code.
#include "agreement.hpp"
#include "barrier.hpp"
#include "bit_mask.hpp"
#include "cast.hpp"
#include "components.hpp"
#include "difference.hpp"
#include "grid.hpp"
#include "half_chroma.hpp"
#include "kmeans/heaviest.hpp"
#include "kmeans/plate.hpp"
#include "nearest.hpp"
#include "quantile.hpp"
#include "shadow.hpp"
#include "signed_distance.hpp"
#include "upsample_mask.hpp"
#include "whitened.hpp"

#define STILLPLATE_TEXT(x) STILLPLATE_QUOTE(x)
#define STILLPLATE_QUOTE(x) #x

namespace stillplate {
namespace STILLPLATE_ISA {

const Kernels kernels = {STILLPLATE_TEXT(STILLPLATE_ISA),
                         dominant_cluster,
                         cluster,
                         heaviest,
                         difference,
                         mask,
                         foreground,
                         patch_agreement,
                         hue,
                         texture,
                         upsample_mask,
                         label_components,
                         count_pixels,
                         sum_values,
                         count_border,
                         fill_components,
                         barrier_distance,
                         smooth_grid,
                         whitened,
                         nearest_outside,
                         within_depth,
                         cast_colours,
                         max_values,
                         grow_bits,
                         quantile,
                         signed_distance,
                         rgb_from_half_chroma,
                         half_chroma_from_rgb};

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
