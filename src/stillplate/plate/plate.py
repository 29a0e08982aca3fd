"""The plate: the background image, and how reliable it is."""

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
    """The background image of a scene, and how reliable it is.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        Colour of the background.
    support : float32 array of shape (H, W)
        Certainty of the colour, 0..1, from the share of the samples that show it; by majority, the share of its
        cluster.
    noise : float32 array of shape (H, W)
        Root mean square spread of the chosen cluster around the colour, in 8-bit levels per channel.
    seen : bool array of shape (H, W)
        Where at least two samples show this colour. Elsewhere the background was never seen, and no sample is reliable.
    provenance : uint8 array of shape (H, W, ⌈T/8⌉)
        Samples that made the colour, in temporal order: bit t % 8 of byte t // 8 is sample t's. `made_by` reads it.
    """

    image: Image
    support: npt.NDArray[np.float32]
    noise: npt.NDArray[np.float32]
    seen: npt.NDArray[np.bool_]
    provenance: npt.NDArray[np.uint8]

    def made_by(self, sample: int) -> npt.NDArray[np.bool_]:
        """Return where one sample made the plate.

        Parameters
        ----------
        sample : int
            Its number in temporal order, from 0.

        Returns
        -------
        bool array of shape (H, W)
        """
        return np.asarray(self.provenance[:, :, sample // 8] >> sample % 8 & 1, np.bool_)


BAND_BYTES = 2**24  # bytes of samples per band where they have weights, which take 4/3 as much again
FEWEST_MAKERS = 2  # samples of one colour from which on a pixel is seen
NEAR = 20.0  # 8-bit levels, mean over the channels: a pixel nearer to a plate is right by the field's metrics


def estimate_plate(
    stack: SampleStack,
    votes: Votes | None = None,
    *,
    valid: SampleValidity | None = None,
    clusters: int = 2,
    memory: int = 2**30,
) -> Plate:
    """Cluster every pixel's samples; the per-channel median of the cluster with the greatest weight is the plate.

    Parameters
    ----------
    stack : SampleStack
    votes : Votes, optional
        Weight of each sample in the choice of the cluster and in the median; 1 if omitted. Clusters nearer to the
        chosen one than two standard deviations of the noise (2 levels at least, 20 at most), or whose samples have
        similar weights, are merged with it.
    valid : SampleValidity, optional
        Which samples count where; all if omitted. A pixel without a valid sample is made of all its samples, and its
        support is 0.
    clusters : int
        k of the k-means, 1..8.
    memory : int
        Bytes of samples processed at a time; the result does not depend on it.

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
    for rows, images in stack.bands(memory if votes is None and valid is None else min(memory, BAND_BYTES)):
        weights, support = (None, None) if votes is None else votes.rows(rows, *shape)
        valid_rows, known = (None, None) if valid is None else valid.rows(rows)
        plate.image[rows], cluster_share, plate.noise[rows] = kernels.dominant_cluster(
            images, clusters=clusters, weights=weights, valid=valid_rows, merge=merge, makers=plate.provenance[rows]
        )
        plate.support[rows] = cluster_share if support is None else support
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
    """Use a given image as the plate, and measure its noise on the samples that are near it.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        As large as the samples.
    stack : SampleStack, optional
        If omitted, the image is trusted: support 1, noise 0.
    valid : SampleValidity, optional
        Which samples count where; all if omitted.
    memory : int
        Bytes of samples processed at a time; the result does not depend on it.

    Returns
    -------
    Plate
        The support is the share of a pixel's samples within 20 levels of the image (the mean over the channels). The
        noise is their root mean square distance from it, or the median noise of the other pixels where there is none.
        The provenance is 0, since no sample made the plate.
    """
    support, noise = np.ones(image.shape[:2], np.float32), np.zeros(image.shape[:2], np.float32)
    seen = support > 0
    if stack is None:
        return Plate(image, support, noise, seen, np.zeros((*seen.shape, 0), np.uint8))
    for rows, images in stack.bands(min(memory, BAND_BYTES)):
        valid_rows, known = (None, None) if valid is None else valid.rows(rows)
        near, squares = _near(images, image[rows], valid_rows)
        support[rows] = near / (len(stack) if valid_rows is None else valid_rows.sum(axis=0))
        noise[rows] = np.sqrt(squares / np.maximum(3 * near, 1))  # the mean is over near samples and channels
        seen[rows] = near >= min(FEWEST_MAKERS, len(stack) // 2)
        if known is not None:
            support[rows] *= known
            seen[rows] &= known
    if (support > 0).any():
        noise[support == 0] = np.median(noise[support > 0])
    return Plate(image, support, noise, seen, np.zeros((*seen.shape, -(-len(stack) // 8)), np.uint8))


def _near(
    samples: Image, image: Image, valid_rows: npt.NDArray[np.bool_] | None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return the number of samples near the image, and their summed squared distances: integers below 2^24."""
    import cv2

    ones, add_channels = np.ones(image.shape[:2], np.float32), np.ones((1, 3))
    near, squares = np.zeros_like(ones), np.zeros_like(ones)
    for t, sample in enumerate(samples):
        difference = cv2.absdiff(sample, image)
        close = cv2.inRange(cv2.transform(difference, add_channels), 0, 3 * NEAR)  # uint8: greater sums saturate
        if valid_rows is not None:
            close = np.asarray(close & valid_rows[t], np.uint8)
        cv2.accumulate(ones, near, close)
        cv2.accumulate(
            cv2.transform(cv2.multiply(difference, difference, dtype=cv2.CV_16U), add_channels), squares, close
        )
    return near, squares


CERTAIN = 0.6  # support from which on the plate is called certain
