"""The Python interface of the native core: check arguments, allocate results, divide work over threads.

Every result is the same, byte for byte, for any number of threads and any instruction set: each pixel is computed by
one thread, sums are integers or added in a fixed order, and floating point only proposes clusters.
"""

from stillplate.kernels.agreement import FULLEST, patch_agreement
from stillplate.kernels.alignment import MOST_GENERATORS, AlignedPixels, align, fit_pairs, steepest
from stillplate.kernels.barrier import barrier_distance
from stillplate.kernels.bit_mask import BitMask
from stillplate.kernels.cast import CastLimits, CastShadows, cast_shadow
from stillplate.kernels.checks import MOST_CLUSTERS, MOST_SAMPLES
from stillplate.kernels.clustering import cluster, dominant_cluster
from stillplate.kernels.comparison import Comparison, compare
from stillplate.kernels.components import Components
from stillplate.kernels.difference import difference, foreground, mask, mask_foreground
from stillplate.kernels.downscale import downscale
from stillplate.kernels.edges import Inside, trim_edges
from stillplate.kernels.evidence import faint_ratio, join_faint, local_ratio, weigh_pixels
from stillplate.kernels.ffv1 import ffv1_packet
from stillplate.kernels.finishing import SmallEvidence, SmallLimits, Upsampling, finish_mask
from stillplate.kernels.found import FoundLimits, FrameMaps, Objects, OtherLights, Reaches, find_objects
from stillplate.kernels.gain import Exposure, gain_table, look_up, robust_gain
from stillplate.kernels.grid import smooth_grid
from stillplate.kernels.half_chroma import (
    MATRIX_BITS,
    MOST_STEP,
    Pieces,
    cut_half_chroma,
    half_chroma_from_rgb,
    rgb_from_half_chroma,
    small_from_half_chroma,
)
from stillplate.kernels.heaviest import heaviest
from stillplate.kernels.local_shares import LocalLimits, local_shares
from stillplate.kernels.matching import Matched, match_frame
from stillplate.kernels.mixture import (
    MOST_LIGHTS,
    MixtureFit,
    MixtureLimits,
    blend,
    fit_mixture,
    other_light,
)
from stillplate.kernels.nearest import SECTORS, nearest_outside
from stillplate.kernels.odds import count_odds, join_odds
from stillplate.kernels.over_time import count_blinks, find_lasting, steady_mask
from stillplate.kernels.quantile import quantile
from stillplate.kernels.regions import solid_regions
from stillplate.kernels.shadow import ShadeLimits, find_uncast, shade, soft_shade
from stillplate.kernels.weighing import Nearness, Thresholds, Weighed, weigh_frame
from stillplate.kernels.whitened import whitened

__all__ = [
    "FULLEST",
    "MATRIX_BITS",
    "MOST_CLUSTERS",
    "MOST_GENERATORS",
    "MOST_LIGHTS",
    "MOST_SAMPLES",
    "MOST_STEP",
    "SECTORS",
    "AlignedPixels",
    "BitMask",
    "CastLimits",
    "CastShadows",
    "Comparison",
    "Components",
    "Exposure",
    "FoundLimits",
    "FrameMaps",
    "Inside",
    "LocalLimits",
    "Matched",
    "MixtureFit",
    "MixtureLimits",
    "Nearness",
    "Objects",
    "OtherLights",
    "Pieces",
    "Reaches",
    "ShadeLimits",
    "SmallEvidence",
    "SmallLimits",
    "Thresholds",
    "Upsampling",
    "Weighed",
    "align",
    "barrier_distance",
    "blend",
    "cast_shadow",
    "cluster",
    "compare",
    "count_blinks",
    "count_odds",
    "cut_half_chroma",
    "difference",
    "dominant_cluster",
    "downscale",
    "faint_ratio",
    "ffv1_packet",
    "find_lasting",
    "find_objects",
    "find_uncast",
    "finish_mask",
    "fit_mixture",
    "fit_pairs",
    "foreground",
    "gain_table",
    "half_chroma_from_rgb",
    "heaviest",
    "join_faint",
    "join_odds",
    "local_ratio",
    "local_shares",
    "look_up",
    "mask",
    "mask_foreground",
    "match_frame",
    "nearest_outside",
    "other_light",
    "patch_agreement",
    "quantile",
    "rgb_from_half_chroma",
    "robust_gain",
    "shade",
    "small_from_half_chroma",
    "smooth_grid",
    "soft_shade",
    "solid_regions",
    "steady_mask",
    "steepest",
    "trim_edges",
    "weigh_frame",
    "weigh_pixels",
    "whitened",
]
