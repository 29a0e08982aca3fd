"""Gain and bias per channel between the plate and a frame."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import DeepImage, Floats, Image
from stillplate.kernels import Exposure, Matched, Nearness, Thresholds

__all__ = [
    "BRIGHT", "DARK", "FEWEST", "GAINS", "GRID", "LEAST_ROBUST_SCALE", "OFFSETS", "RIDGE", "ROBUST_SCALE", "Gain",
    "estimate_gain", "match_frame", "relit",
]  # fmt: skip


GRID = 2000  # pixels sampled: the mean of so many has a standard error of a fifth of a level
FEWEST = 200  # usable pixels, neither black nor clipped; with fewer, no gain is estimated
DARK, BRIGHT = 8, 247  # 8-bit levels between which a channel responds linearly to the light
ROUNDS = 6  # rounds of the reweighted regression
ROBUST_SCALE = 12.0  # 8-bit levels: residual that gets the weight 1/4 in the first round
LEAST_ROBUST_SCALE = 4.0  # 8-bit levels: least value of the robust scale
ANNEALING = 0.75  # factor of the robust scale from round to round
RIDGE = 25.0  # levels²: added to the variance, so that a flat image yields a gain near 1
GAINS, OFFSETS = (0.6, 1.6), (-40.0, 40.0)  # gain and 8-bit levels: bounds of what a camera's exposure control does
LEAST_NOTICEABLE = (0.01, 1.0)  # gain and 8-bit levels: a smaller change is ignored
EXPOSURE = Exposure(
    usable=(DARK, BRIGHT), fewest=FEWEST, rounds=ROUNDS, robust=(ROBUST_SCALE, LEAST_ROBUST_SCALE, ANNEALING),
    ridge=RIDGE, bounds=(GAINS, OFFSETS),
)  # fmt: skip


@dataclass(frozen=True)
class Gain:
    """Light of a frame against the plate's: I = scale · B + offset, channel by channel.

    Attributes
    ----------
    scale : float32 array of shape (3,)
        Gain of red, green and blue.
    offset : float32 array of shape (3,)
        Bias of red, green and blue, in 8-bit levels.
    """

    scale: Floats
    offset: Floats

    @classmethod
    def none(cls) -> Gain:
        """Return the identity."""
        return cls(np.ones(3, np.float32), np.zeros(3, np.float32))

    @classmethod
    def known(cls, scale: Floats, offset: Floats, undoing: npt.NDArray[np.uint8]) -> Self:
        """Return a gain of which the lookup table is known."""
        gain = cls(scale, offset)
        gain.__dict__["undoing"] = undoing
        return gain

    @property
    def noticeable(self) -> bool:
        """Whether applying the gain would change more than rounding does."""
        gain, levels = LEAST_NOTICEABLE
        scales, offsets = self.scale.tolist(), self.offset.tolist()
        return any(abs(scale - 1) >= gain for scale in scales) or any(abs(offset) >= levels for offset in offsets)

    def apply(self, image: Image) -> Image:
        """Return the plate, uint8 of shape (H, W, 3), in the frame's light."""
        levels = np.arange(256)[:, None] * self.scale + self.offset
        return kernels.look_up(image, np.asarray(np.clip(levels + 0.5, 0, 255), np.uint8))

    def undo(self, image: Image) -> Image:
        """Return the frame, uint8 of shape (H, W, 3), in the plate's light."""
        return kernels.look_up(image, self.undoing)

    def undo_deep(self, image: DeepImage) -> DeepImage:
        """Return the frame, uint16 of shape (H, W, 3), in the plate's light."""
        import cv2

        matrix = np.column_stack([np.diag(1 / self.scale), -257 * self.offset / self.scale])  # B = (I - offset) / scale
        return np.asarray(cv2.transform(image, matrix), np.uint16)

    def recorded(self, plate: Image) -> Image:
        """Return the plate, uint8 of shape (H, W, 3), without what is clipped in the frame's light."""
        darkest, brightest = self.undoing[[0, 255]]
        return kernels.look_up(plate, np.asarray(np.clip(np.arange(256)[:, None], darkest, brightest), np.uint8))

    @cached_property
    def undoing(self) -> npt.NDArray[np.uint8]:
        """The lookup table from the frame's levels to the plate's light: uint8 array of shape (256, 3)."""
        return kernels.gain_table(self.scale, self.offset)


def relit(image: Image, gain: Gain) -> Image:
    """Bring a frame into the plate's light, where that differs noticeably."""
    return gain.undo(image) if gain.noticeable else image


def estimate_gain(image: Image, plate: Image) -> Gain:
    """Estimate the gain and bias of a frame from the pixels that show the background.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame, and the plate registered to it.

    Returns
    -------
    Gain
        From the plate's light to the frame's; the identity if too few pixels are usable.

    Notes
    -----
    Linear regression per channel on an even grid of some 2000 pixels, reweighted with Geman and McClure's weight
    w = 1 / (1 + (r/s)²)², where s falls from 12 to 4 levels. Moving objects get no weight as long as more pixels follow
    the background's light than any other; the start from the mode of log(I/B) ensures that. On a flat image the gain is
    drawn to 1.

    References
    ----------
    S. Geman, D. McClure, "Statistical methods for tomographic image reconstruction", Bull. Int. Stat. Inst. 52, 1987.
    """
    found = kernels.robust_gain(image, plate, _step(image), EXPOSURE)
    return Gain.none() if found is None else Gain(*found)


def match_frame(
    image: Image, plate: Image, thresholds: Thresholds, nearness: Nearness, weight: float
) -> tuple[Gain, Matched]:
    """Estimate the gain of a frame, and compare frame and plate in the plate's light, in one call of the core.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        As for `estimate_gain`.
    thresholds, nearness, weight
        As for `kernels.weigh_frame`.

    Returns
    -------
    gain : Gain
        As `estimate_gain` finds it.
    matched : Matched
        The frame `relit`, the plate as it is `recorded`, and the evidence.
    """
    matched = kernels.match_frame(
        image, plate, _step(image), EXPOSURE, LEAST_NOTICEABLE, thresholds, nearness, weight
    )  # fmt: skip
    return Gain.known(matched.gain[0], matched.gain[1], matched.table), matched


def _step(image: Image) -> int:
    return max(1, int(np.sqrt(image.shape[0] * image.shape[1] / GRID)))
