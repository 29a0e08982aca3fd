"""The plate: the scene with nobody in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Image
from stillplate.plate.votes import Votes
from stillplate.sampling.exclusion import SampleValidity
from stillplate.sampling.stack import SampleStack

__all__ = ["CERTAIN", "Plate", "adopt_plate", "estimate_plate"]


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


BAND = 2**24  # bytes of samples to look at in one go where they vote: their votes take as much again, and a third
FEWEST_MAKERS = 2  # samples of one colour that make it seen
NEAR = 20.0  # levels, the mean over the channels: what is nearer to a plate counts as right in the field's metrics


def estimate_plate(
    stack: SampleStack,
    votes: Votes | None = None,
    *,
    valid: SampleValidity | None = None,
    clusters: int = 2,
    memory: int = 2**30,
) -> Plate:
    """Cluster every pixel's samples; the per-channel median of the cluster with most votes is the plate.

    Parameters
    ----------
    stack : SampleStack
    votes : Votes, optional
        How much each sample may vote, and weighs in the median; one each if not given. Clusters nearer to the chosen
        one than two sigmas of the noise (2 levels at least, 20 at most), or whose members vote alike, are part of it.
    valid : SampleValidity, optional
        Which samples may vote where; all of them if not given. A pixel where none may is made of all its samples, and
        its support is 0.
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
    for rows, images in stack.bands(memory if votes is None and valid is None else min(memory, BAND)):
        weights, support = (None, None) if votes is None else votes.rows(rows, *shape)
        heard, known = (None, None) if valid is None else valid.rows(rows)
        plate.image[rows], won, plate.noise[rows] = kernels.dominant_cluster(
            images, clusters=clusters, weights=weights, valid=heard, merge=merge, makers=plate.provenance[rows]
        )
        plate.support[rows] = won if support is None else support
        plate.seen[rows] = (
            _count_bits(plate.provenance[rows]) >= min(FEWEST_MAKERS, len(stack) // 2)
            if votes is None
            else votes.seen_rows(rows, *shape)
        )
        if known is not None:
            plate.support[rows] *= known
            plate.seen[rows] &= known
    return plate


def _count_bits(packed: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    return np.asarray(np.bitwise_count(packed).sum(axis=2, dtype=np.int64))


def adopt_plate(
    image: Image, stack: SampleStack | None = None, *, valid: SampleValidity | None = None, memory: int = 2**30
) -> Plate:
    """Take a picture from elsewhere for the plate, and the noise from the samples that come near it.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        As large as the samples.
    stack : SampleStack, optional
        If left out, the picture is relied on: support 1, noise 0.
    valid : SampleValidity, optional
        Which samples count where; all of them if not given.
    memory : int
        Bytes of samples to look at in one go; the result does not depend on it.

    Returns
    -------
    Plate
        Its support is the share of a pixel's samples within 20 levels of the picture (the mean over the channels), its
        noise their root mean square distance from it; where there is none, the median of the noise elsewhere. No sample
        made it, so its provenance is 0.
    """
    support, noise = np.ones(image.shape[:2], np.float32), np.zeros(image.shape[:2], np.float32)
    seen = support > 0
    if stack is None:
        return Plate(image, support, noise, seen, np.zeros((*seen.shape, 0), np.uint8))
    for rows, images in stack.bands(min(memory, BAND)):
        heard, known = (None, None) if valid is None else valid.rows(rows)
        near, squares = _near(images, image[rows], heard)
        support[rows] = near / (len(stack) if heard is None else heard.sum(axis=0))
        noise[rows] = np.sqrt(squares / np.maximum(3 * near, 1))  # the mean is over near samples and channels
        seen[rows] = near >= min(FEWEST_MAKERS, len(stack) // 2)
        if known is not None:
            support[rows] *= known
            seen[rows] &= known
    if (support > 0).any():
        noise[support == 0] = np.median(noise[support > 0])
    return Plate(image, support, noise, seen, np.zeros((*seen.shape, -(-len(stack) // 8)), np.uint8))


def _near(
    samples: Image, image: Image, heard: npt.NDArray[np.bool_] | None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Count the samples near the picture, and add up their squared distances from it: whole numbers below 2^24."""
    import cv2

    one, add_channels = np.ones(image.shape[:2], np.float32), np.ones((1, 3))
    near, squares = np.zeros_like(one), np.zeros_like(one)
    for t, sample in enumerate(samples):
        apart = cv2.absdiff(sample, image)
        close = cv2.inRange(cv2.transform(apart, add_channels), 0, 3 * NEAR)  # sums over 255, and squares, are cut off
        if heard is not None:
            close = np.asarray(close & heard[t], np.uint8)
        cv2.accumulate(one, near, close)
        cv2.accumulate(cv2.transform(cv2.multiply(apart, apart, dtype=cv2.CV_16U), add_channels), squares, close)
    return near, squares


CERTAIN = 0.6  # support from which on the plate is called certain
