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
    seen : bool array of shape (H, W)
        Where at least two samples show this colour. Elsewhere the ground was never seen: no sample can be trusted.
    provenance : uint8 array of shape (H, W, ⌈T/8⌉)
        Which samples made the colour, in the order of time: bit t % 8 of byte t // 8 is sample t's. `made_by` reads it.
    """

    image: Image
    support: npt.NDArray[np.float32]
    noise: npt.NDArray[np.float32]
    seen: npt.NDArray[np.bool_]
    provenance: npt.NDArray[np.uint8]

    def made_by(self, sample: int) -> npt.NDArray[np.bool_]:
        """Tell where one sample made the plate.

        Parameters
        ----------
        sample : int
            Its number in the order of time, from 0.

        Returns
        -------
        bool array of shape (H, W)
        """
        return np.asarray(self.provenance[:, :, sample // 8] >> sample % 8 & 1, np.bool_)


BAND = 2**26  # bytes of samples to look at in one go where they vote: their votes take as much again, and a third
FEWEST_MAKERS = 2  # samples of one colour that make it seen


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
    plate = Plate(
        np.empty((*shape, 3), np.uint8),
        np.empty(shape, np.float32),
        np.empty(shape, np.float32),
        np.empty(shape, np.bool_),
        np.empty((*shape, -(-len(stack) // 8)), np.uint8),
    )
    merge = 0.0 if votes is None else votes.merge
    for rows, images in stack.bands(memory if votes is None else min(memory, BAND)):
        weights, support = (None, None) if votes is None else votes.rows(rows, *shape)
        plate.image[rows], won, plate.noise[rows] = kernels.plate(
            images, clusters=clusters, weights=weights, merge=merge, makers=plate.provenance[rows]
        )
        plate.support[rows] = won if support is None else support
        plate.seen[rows] = (
            _count_bits(plate.provenance[rows]) >= min(FEWEST_MAKERS, len(stack) // 2)
            if votes is None
            else votes.seen_rows(rows, *shape)
        )
    return plate


def _count_bits(packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    return np.asarray(np.bitwise_count(packed).sum(axis=2, dtype=np.int64))
