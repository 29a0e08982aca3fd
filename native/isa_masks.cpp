// The kernels of one instruction set that find masks; compiled as isa.cpp is, and by the same rules.
#include "alignment.hpp"
#include "bit_mask.hpp"
#include "blend.hpp"
#include "cast_shadow.hpp"
#include "compare.hpp"
#include "components.hpp"
#include "downscale.hpp"
#include "edges.hpp"
#include "evidence.hpp"
#include "finishing.hpp"
#include "found.hpp"
#include "gain.hpp"
#include "joining.hpp"
#include "local_shares.hpp"
#include "matching.hpp"
#include "mixture.hpp"
#include "nearest.hpp"
#include "odds.hpp"
#include "other_light.hpp"
#include "over_time.hpp"
#include "regions.hpp"
#include "shade.hpp"
#include "soft_shade.hpp"
#include "stillplate/mask_kernels.hpp"
#include "uncast.hpp"
#include "upsample_mask.hpp"
#include "weighing.hpp"

namespace stillplate {
namespace STILLPLATE_ISA {

extern const MaskKernels mask_kernels;
const MaskKernels mask_kernels = {
    downscale,        robust_gain,        gain_table,   look_up,     fit_mixture,   local_shares,    blend,
    other_light,      join_odds,          count_odds,   align,       steepest,      slope_columns,   fit_pairs,
    compare,          local_ratio,        faint_ratio,  weigh_frame, match_frame,   shade,           uncast_shade,
    cast_shadow,      soft_shade,         find_objects, join_faint,  weigh_pixels,  pack_weak,       grow_by_width,
    find_lasting,     pack_mask,          count_blinks, steady_mask, solid_regions, trim_edges,      finish_mask,
    label_components, measure_components, count_pixels, sum_values,  count_border,  fill_components, nearest_outside,
    max_values,       grow_bits};

}  // namespace STILLPLATE_ISA
}  // namespace stillplate
