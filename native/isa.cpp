// Compiled once for each level (CMakeLists.txt): -DSTILLPLATE_LEVEL=baseline, avx2, avx512. Everything here lives in a
// namespace of the level's name, and nothing of the standard library's templates is used, so that no level's code leaks
// into another's.
#include "agreement.hpp"
#include "upsample_mask.hpp"
#include "difference.hpp"
#include "kmeans/plate.hpp"
#include "components.hpp"
#include "shadow.hpp"

#define STILLPLATE_TEXT(x) STILLPLATE_QUOTE(x)
#define STILLPLATE_QUOTE(x) #x

namespace stillplate {
namespace STILLPLATE_LEVEL {

const Kernels kernels = {STILLPLATE_TEXT(STILLPLATE_LEVEL),
                         plate,
                         cluster,
                         difference,
                         mask,
                         foreground,
                         agree,
                         hue,
                         texture,
                         follow,
                         label,
                         hold,
                         weigh_regions,
                         rim,
                         paint};

}  // namespace STILLPLATE_LEVEL
}  // namespace stillplate
