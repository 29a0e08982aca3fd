"""The ground's own colours: how they differ from the plate, and from what difference on something faint is there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Floats
from stillplate.imaging.morphology import radius
from stillplate.imaging.transform import Transform
from stillplate.kernels import Nearness
from stillplate.segmentation.noise import HALO, HALO_SHARE
from stillplate.segmentation.persistence import RADII

__all__ = ["Ground", "GroundLimits", "nearness"]

TIMES = 2.0  # threshold of a distance divided by its recurring tail
LEAST = 5.0  # standard deviations of the ground: least threshold of a distance
LEAST_LEVEL = 1.5  # levels: least threshold where no object is near; the codec is in Σ, and does not persist
GLOW = 0.12  # share of the width: radius of faint reflections and soft shadows around an object
GLOW_SHARE = 1 / 12  # share of an object's contrast: strength of these
EVERY = 3  # rows and columns from one pixel to the next of those that tell how loud a whole frame is
USUAL = ((0.5, 1.54), (0.75, 2.03))  # quantiles of a distance over a frame of the ground: χ of 3 degrees of freedom


@dataclass(frozen=True, slots=True)
class Ground:
    """How the ground's own colours differ from the plate, on the grid of the noise.

    Attributes
    ----------
    factors : float16 array of shape (6, h, w), 1 / 8-bit levels
        Of each cell, the upper triangular matrix U, row by row without the zeros, with Uᵀ U = (Σ + 1)⁻¹; Σ is the
        covariance of the smoothed differences of red, green and blue.
    level : float16 array of shape (h, w), 8-bit levels
        Recurring mean of the absolute differences.
    tail : float16 array of shape (h, w), standard deviations
        Recurring distance |U d|; that of a normal distribution is 2.5.
    """

    factors: npt.NDArray[np.float16]
    level: npt.NDArray[np.float16]
    tail: npt.NDArray[np.float16]

    def limits(self, height: int, width: int) -> GroundLimits:
        """Return what a frame of this size is compared to."""
        import cv2

        def enlarged(part: npt.NDArray[np.float16]) -> Floats:
            return np.asarray(cv2.resize(part.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR))

        return GroundLimits(
            np.stack([enlarged(factor) for factor in self.factors]),
            np.maximum(np.float32(LEAST), np.float32(TIMES) * enlarged(self.tail)),
            np.maximum(np.float32(LEAST_LEVEL), enlarged(self.level)),
        )


@dataclass(frozen=True, slots=True)
class GroundLimits:
    """Thresholds of what is faint, at the size at which masks are found.

    Attributes
    ----------
    factors : float32 array of shape (6, H, W), 1 / 8-bit levels
        As `Ground.factors`.
    distance : float32 array of shape (H, W), standard deviations
        Threshold of the distance |U d|.
    level : float32 array of shape (H, W), 8-bit levels
        Threshold of the difference where no object is near.
    """

    factors: Floats
    distance: Floats
    level: Floats

    def in_frame(self, motion: Transform) -> GroundLimits:
        """Return the limits as a frame shows them; `motion` takes the frame to the plate."""
        if motion.still:
            return self
        factors = np.stack([motion.to_frame(factor) for factor in self.factors])
        return GroundLimits(factors, motion.to_frame(self.distance), motion.to_frame(self.level))

    def evidence(self, distance: Floats, level: Floats, weight: float = 1) -> Floats:
        """Return the evidence of what is faint, which is believed where it persists.

        Parameters
        ----------
        distance : float32 array of shape (H, W), standard deviations
            |U d| of frame less plate, smoothed.
        level : float32 array of shape (H, W), 8-bit levels
            Smoothed mean absolute difference of frame and plate.
        weight : float
            Of the evidence.

        Returns
        -------
        float32 array of shape (H, W)
            Above 1 where both are above their thresholds; that of level is at least what haze, reflections and soft
            shadows of objects around reach. A frame that differs from the plate as a whole, since it is blurred or
            begins a group of pictures, is compared at its own scale.
        """
        near = nearness(level.shape[1])
        return kernels.faint_ratio(
            distance, level, (self.distance, self.level),
            reach=near.reach, every=near.every, shares=near.shares, usual=near.usual, weight=weight,
        )  # fmt: skip


@cache
def nearness(width: int) -> Nearness:
    """Return how far things change what is around them, in a picture of a width."""
    reach = radius(HALO * width), radius(GLOW * ((width + 1) // 2))
    return Nearness(reach, (HALO_SHARE, GLOW_SHARE), EVERY, USUAL, RADII)
