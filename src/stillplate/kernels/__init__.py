"""The Python interface of the native core: check arguments, allocate results, divide work over threads.

Every result is the same, byte for byte, for any number of threads and any instruction set: each pixel is computed by
one thread, sums are integers or added in a fixed order, and floating point only proposes clusters.
"""

from stillplate.kernels.agreement import FULLEST, patch_agreement
from stillplate.kernels.barrier import barrier_distance
from stillplate.kernels.bit_mask import BitMask
from stillplate.kernels.cast import cast_colours
from stillplate.kernels.checks import MOST_CLUSTERS, MOST_SAMPLES
from stillplate.kernels.clustering import cluster, dominant_cluster
from stillplate.kernels.components import Components
from stillplate.kernels.difference import difference, foreground, mask, mask_foreground
from stillplate.kernels.grid import smooth_grid
from stillplate.kernels.half_chroma import MATRIX_BITS, half_chroma_from_rgb, rgb_from_half_chroma
from stillplate.kernels.heaviest import heaviest
from stillplate.kernels.nearest import SECTORS, nearest_outside, within_depth
from stillplate.kernels.quantile import quantile
from stillplate.kernels.shadow import hue, texture
from stillplate.kernels.upsampling import upsample_mask
from stillplate.kernels.whitened import signed_distance, whitened

__all__ = [
    "FULLEST",
    "MATRIX_BITS",
    "MOST_CLUSTERS",
    "MOST_SAMPLES",
    "SECTORS",
    "BitMask",
    "Components",
    "barrier_distance",
    "cast_colours",
    "cluster",
    "difference",
    "dominant_cluster",
    "foreground",
    "half_chroma_from_rgb",
    "heaviest",
    "hue",
    "mask",
    "mask_foreground",
    "nearest_outside",
    "patch_agreement",
    "quantile",
    "rgb_from_half_chroma",
    "signed_distance",
    "smooth_grid",
    "texture",
    "upsample_mask",
    "whitened",
    "within_depth",
]
