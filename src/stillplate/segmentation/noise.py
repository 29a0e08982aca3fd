"""How far the ground itself is from the plate at times: leaves, water, sensor, codec."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image
from stillplate.imaging.morphology import block

__all__ = ["FLOOR", "TIMES", "Limits", "Noise", "distance", "is_dark", "local_thresholds", "smooth", "trust"]


FLOOR = 16.0  # levels: codec, haze and light reflected from things stay below a 16th of the range ...
FAINTEST = 5.0  # ... and below this where no thing is near: the codec alone
HALO, HALO_SHARE = (
    0.04,
    0.25,
)  # of the width, of a thing's contrast: how far and strong haze and reflections are
LEAST_LIGHT = 0.3  # of it, in the dark
CALM = 0.8  # of the light, in the mean: in less, the sensor tells from things only what is smoothed
TIMES = 2.0  # threshold = 2 x the noise that recurs: 3.3 sigmas of a normal
COLOUR_TIMES = 3.0  # the same of colour, which changes more seldom and then by more: another tree's leaves swing in
COLOUR_LEAST = 0.25  # of the threshold of levels: what is loud is never quieter in colour
SMOOTH, SMOOTH_LEAST = 1.0, 0.6  # pixels of the frame: bridges a chroma sample; and of the picture that is worked on


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds of one state of light, each of a pair where no thing is near, and beside one of high contrast.

    Attributes
    ----------
    levels : two float32 arrays of shape (H, W)
        Of the difference, in 8-bit levels.
    colour : two float32 arrays of shape (H, W), or None
        Of the difference of colour alone.
    """

    levels: tuple[Floats, Floats]
    colour: tuple[Floats, Floats] | None


@dataclass(frozen=True, slots=True)
class Noise:
    """What the ground does by itself.

    Attributes
    ----------
    level : float32 array of shape (h, w)
        Noise that recurs, in 8-bit levels, on a grid of 400 columns at most.
    colour : float32 array of shape (h, w), or None
        The same of the difference of colour alone: leaves and water flicker less in it.
    calm : bool
        Whether pictures were smoothed before they were compared, and are to be.
    specks : float32 array of shape (h, w), or None
        Least area of a region, as a share of the image, where snow, rain or glints are seen; 0 elsewhere.
    """

    level: Floats
    colour: Floats | None = None
    calm: bool = False
    specks: Floats | None = None

    @classmethod
    def even(cls, threshold: float) -> Self:
        """The noise that gives one threshold, in 8-bit levels, everywhere."""
        return cls(np.full((1, 1), threshold / TIMES, np.float32))

    @classmethod
    def of_plate(cls, noise: Floats) -> Self:
        """A guess where samples were not heard, from the plate's noise, float32 of shape (H, W).

        The threshold is 16 + 2 σ, σ the median over the picture: the mean of three absolute differences of independent
        noise is 0.8 σ on average and varies by 0.35 σ, so 2 σ keep all but a pixel in 3000 out.
        """
        return cls.even(FLOOR + 2 * float(np.median(noise)))

    def maximum(self, other: Noise) -> Noise:
        """Of two that were learnt from the same stack, everywhere the louder one."""
        if self.colour is None or other.colour is None:
            return Noise(np.maximum(self.level, other.level), calm=self.calm)
        return Noise(np.maximum(self.level, other.level), np.maximum(self.colour, other.colour), self.calm)

    def dimmed(self, light: Floats) -> Noise:
        """What is left of it in less light, float32 of shape (H, W), 0..1: what waves there differs by less."""
        import cv2

        share = cv2.resize(light, self.level.shape[::-1], interpolation=cv2.INTER_AREA)
        return Noise(self.level * share, None if self.colour is None else self.colour * share)

    def thresholds(self, height: int, width: int, light: Floats | None = None, floor: float = FLOOR) -> Floats:
        """Difference above which a pixel is foreground, float32 of shape (height, width), in 8-bit levels.

        Parameters
        ----------
        height, width : int
        light : float32 array of shape (height, width), optional
            How bright the scene is, 0..1: the less, the less is noticed.
        floor : float
            Least threshold in full light, in 8-bit levels; by default that beside a thing of high contrast.
        """
        return self._above(TIMES * self.level, height, width, light, floor)

    def limits(self, height: int, width: int, light: Floats | None = None) -> Limits:
        """Thresholds of levels and of colour; parameters as of `thresholds`."""
        size, floors = (height, width, light), (FAINTEST, FLOOR)
        lowest, highest = (self.thresholds(*size, floor) for floor in floors)
        if self.colour is None:
            return Limits((lowest, highest), None)
        own = np.maximum(COLOUR_TIMES * self.colour, COLOUR_LEAST * TIMES * self.level)
        faint, strong = (self._above(own, *size, floor) for floor in floors)
        return Limits((lowest, highest), (faint, strong))

    @staticmethod
    def _above(levels: Floats, height: int, width: int, light: Floats | None, floor: float) -> Floats:
        import cv2

        if light is None:
            levels = np.maximum(floor, levels)
        levels = np.asarray(cv2.resize(levels.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR))
        return levels if light is None else np.maximum(floor * np.maximum(light, np.float32(LEAST_LIGHT)), levels)


def local_thresholds(difference: Floats, lowest: Floats, highest: Floats) -> Floats:
    """Threshold of each pixel of one frame, float32 of shape (H, W), in 8-bit levels.

    Parameters
    ----------
    difference : float32 array of shape (H, W)
        Of the frame to the plate, smoothed, in 8-bit levels.
    lowest, highest : float32 arrays of shape (H, W)
        Thresholds where no thing is near, and beside a thing of high contrast.

    Returns
    -------
    float32 array of shape (H, W)
        A quarter of the largest difference within 4 % of the width, but neither below `lowest` nor above `highest`.
    """
    import cv2

    near = cv2.dilate(difference, block(HALO * difference.shape[1]))
    return np.asarray(np.clip(np.float32(HALO_SHARE) * near, lowest, highest), np.float32)


def is_dark(light: Floats) -> bool:
    """Whether so much of the light is gone, float32 of shape (H, W), 0..1, that pictures are to be compared calmly."""
    return float(light.mean()) < CALM


def smooth(difference: Floats, factor: int) -> Floats:
    """Bridge pixels that differ by less, float32 of shape (H, W), in a picture brought down by `factor`."""
    import cv2

    return np.asarray(cv2.GaussianBlur(difference, (0, 0), _sigma(factor)))


def _sigma(factor: int) -> float:
    return max(SMOOTH / factor, SMOOTH_LEAST)


def distance(image: Image, plate: Image, factor: int, weights: Sequence[float], *, common: float, calm: bool) -> Floats:
    """How far a frame is from the plate, smoothed; or, if `calm`, how far smoothed pictures are from one another."""
    import cv2

    if not calm:
        return smooth(kernels.difference(image, plate, weights, common=common, threads=1), factor)
    image, plate = (np.asarray(cv2.GaussianBlur(part, (0, 0), _sigma(factor)), np.uint8) for part in (image, plate))
    return kernels.difference(image, plate, weights, common=common, threads=1)


def trust(thresholds: Floats) -> Floats:
    """What a pixel counts where a region's size is measured: the noisier, the larger it must be."""
    return np.asarray(np.sqrt(FLOOR / thresholds))
