"""The plate: the scene with nobody in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.stack import SampleStack
from stillplate.video.source import Image

__all__ = ["Plate", "estimate_plate"]


@dataclass(frozen=True, slots=True)
class Plate:
    """The scene with nobody in it, and how far to trust it.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The colour of the ground.
    support : float32 array of shape (H, W)
        Share of the votes, 0..1, that the chosen cluster won: how sure the colour is.
    noise : float32 array of shape (H, W)
        Root mean square spread of the chosen cluster around the colour, in 8-bit levels per channel.
    """

    image: Image
    support: npt.NDArray[np.float32]
    noise: npt.NDArray[np.float32]


def estimate_plate(stack: SampleStack, *, clusters: int = 2, memory: int = 2**30) -> Plate:
    """Cluster every pixel's samples; the biggest cluster's per-channel median is the plate.

    Parameters
    ----------
    stack : SampleStack
    clusters : int
        k of the k-means, 1..8.
    memory : int
        Bytes of samples to look at in one go; the result does not depend on it.

    Returns
    -------
    Plate
    """
    shape = (stack.height, stack.width)
    plate = Plate(np.empty((*shape, 3), np.uint8), np.empty(shape, np.float32), np.empty(shape, np.float32))
    for rows, images in stack.bands(memory):
        plate.image[rows], plate.support[rows], plate.noise[rows] = kernels.plate(images, clusters=clusters)
    return plate
