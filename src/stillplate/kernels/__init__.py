"""The front of the native core: checks, allocates, and spreads each kernel over threads.

Every result is the same, byte for byte, for any number of threads and any instruction set: a pixel is one thread's
alone, sums are whole numbers or added in one order, and floating point only proposes clusters.
"""

from stillplate.kernels.agreement import FULLEST, patch_agreement
from stillplate.kernels.arrays import MOST_CLUSTERS, MOST_SAMPLES
from stillplate.kernels.clustering import cluster, dominant_cluster
from stillplate.kernels.comparison import difference, foreground, mask, mask_foreground
from stillplate.kernels.regions import Components
from stillplate.kernels.shading import hue, texture, upsample_mask
from stillplate.kernels.threads import processors

__all__ = [
    "FULLEST",
    "MOST_CLUSTERS",
    "MOST_SAMPLES",
    "Components",
    "cluster",
    "difference",
    "dominant_cluster",
    "foreground",
    "hue",
    "mask",
    "mask_foreground",
    "patch_agreement",
    "processors",
    "texture",
    "upsample_mask",
]
