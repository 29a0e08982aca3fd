"""The plate: the scene with nobody in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.stack import SampleStack
from stillplate.video.source import Image
from stillplate.votes import Votes

__all__ = ["Plate", "estimate_plate"]


@dataclass(frozen=True, slots=True)
class Plate:
    """The scene with nobody in it, and how far to trust it.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The colour of the ground.
    support : float32 array of shape (H, W)
        How sure the colour is, 0..1: from the share of the samples that show it; by majority, that of its cluster.
    noise : float32 array of shape (H, W)
        Root mean square spread of the chosen cluster around the colour, in 8-bit levels per channel.
    """

    image: Image
    support: npt.NDArray[np.float32]
    noise: npt.NDArray[np.float32]


BAND = 2**26  # bytes of samples to look at in one go where they vote: their votes take as much again, and a third


def estimate_plate(stack: SampleStack, votes: Votes | None = None, *, clusters: int = 2, memory: int = 2**30) -> Plate:
    """Cluster every pixel's samples; the per-channel median of the cluster with most votes is the plate.

    Parameters
    ----------
    stack : SampleStack
    votes : Votes, optional
        How much each sample may vote, and weighs in the median; one each if not given. Clusters nearer to the chosen
        one than two sigmas of the noise (2 levels at least, 20 at most), or whose members vote alike, are part of it.
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
    merge = 0.0 if votes is None else votes.merge
    for rows, images in stack.bands(memory if votes is None else min(memory, BAND)):
        weights, support = (None, None) if votes is None else votes.rows(rows, *shape)
        plate.image[rows], won, plate.noise[rows] = kernels.plate(
            images, clusters=clusters, weights=weights, merge=merge
        )
        plate.support[rows] = won if support is None else support
    return plate
