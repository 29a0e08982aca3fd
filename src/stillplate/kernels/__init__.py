"""The front of the native core: checks, allocates, and spreads each kernel over threads.

Every result is the same, byte for byte, for any number of threads and any instruction set: a pixel is one thread's
alone, sums are whole numbers or added in one order, and floating point only proposes clusters.
"""

from stillplate.kernels.agreement import FULLEST, agree
from stillplate.kernels.arrays import MOST_CLUSTERS, MOST_SAMPLES
from stillplate.kernels.clustering import cluster, plate
from stillplate.kernels.comparison import difference, foreground, mask, mask_foreground
from stillplate.kernels.regions import Regions
from stillplate.kernels.shading import follow, hue, texture
from stillplate.kernels.threads import processors

__all__ = [
    "FULLEST",
    "MOST_CLUSTERS",
    "MOST_SAMPLES",
    "Regions",
    "agree",
    "cluster",
    "difference",
    "follow",
    "foreground",
    "hue",
    "mask",
    "mask_foreground",
    "plate",
    "processors",
    "texture",
]
