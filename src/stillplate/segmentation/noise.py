"""Noise of the background: how far it differs from the plate by itself (leaves, water, sensor, codec)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image
from stillplate.imaging.morphology import radius

__all__ = [
    "FAINTEST", "FLOOR", "HALO", "HALO_SHARE", "TIMES", "Limits", "Noise", "calm_distances", "distance", "is_dark",
    "over_thresholds", "signed_difference", "smooth", "smoothing_weights", "trust",
]  # fmt: skip


FLOOR = 16.0  # levels: least threshold near an object; codec, haze and reflected light differ by less
FAINTEST = 5.0  # levels: least threshold where no object is near; the codec alone differs by less
HALO = 0.04  # share of the width: radius of haze and reflections around an object
HALO_SHARE = 0.25  # share of an object's contrast: strength of haze and reflections around it
LEAST_LIGHT = 0.3  # share of full light below which the least threshold falls no further
CALM = 0.8  # mean share of full light below which images are smoothed before comparison, as sensor noise dominates
TIMES = 2.0  # threshold divided by recurring noise: 3.3 standard deviations of a normal distribution
COLOUR_TIMES = 3.0  # threshold of colour divided by its noise: colour changes less often than level, but by more
COLOUR_LEAST = 0.25  # least threshold of colour, as a share of the threshold of level that the noise gives
SMOOTH = 1.0  # pixels of the frame: standard deviation of the smoothing, which covers a 4:2:0 chroma sample
SMOOTH_LEAST = 0.6  # pixels of the reduced image: least standard deviation of the smoothing
LIGHTEST = 1e-4  # least weight of a pixel in the smoothing
UNSMOOTHED = np.ones(1, np.float32)  # the weights of no smoothing


@dataclass(frozen=True, slots=True)
class Limits:
    """Thresholds in one light state; each is a pair: where no object is near, and beside an object of high contrast.

    Attributes
    ----------
    levels : two float32 arrays of shape (H, W)
        Thresholds of the difference, in 8-bit levels.
    colour : two float32 arrays of shape (H, W), or None
        Thresholds of the difference of colour alone, in 8-bit levels.
    """

    levels: tuple[Floats, Floats]
    colour: tuple[Floats, Floats] | None


@dataclass(frozen=True, slots=True)
class Noise:
    """The noise of the background: the differences from the plate that recur without any object.

    Attributes
    ----------
    level : float32 array of shape (h, w)
        Recurring noise, in 8-bit levels, on a grid of 400 columns at most.
    colour : float32 array of shape (h, w), or None
        Recurring noise of colour alone, in 8-bit levels; leaves and water vary less in colour than in level.
    calm : bool
        Whether images were smoothed before comparison when the noise was learnt, and must be for masks.
    specks : float32 array of shape (h, w), or None
        Least area of a region, as a share of the image, where snow, rain or glints occur; 0 elsewhere.
    """

    level: Floats
    colour: Floats | None = None
    calm: bool = False
    specks: Floats | None = None

    @classmethod
    def even(cls, threshold: float) -> Self:
        """Return the noise that gives the same threshold, in 8-bit levels, at every pixel."""
        return cls(np.full((1, 1), threshold / TIMES, np.float32))

    @classmethod
    def of_plate(cls, noise: Floats) -> Self:
        """Return an estimate from the plate's noise, float32 of shape (H, W), for when none was learnt from samples.

        The threshold is 16 + 2 σ, with σ the median over the image. The mean of three absolute differences of
        independent noise is 0.8 σ on average with a deviation of 0.35 σ, so one pixel in 3000 exceeds 2 σ.
        """
        return cls.even(FLOOR + 2 * float(np.median(noise)))

    def louder(self, other: Noise) -> Noise:
        """Return the larger noise at each cell of two that were learnt from the same stack."""
        if self.colour is None or other.colour is None:
            return Noise(np.maximum(self.level, other.level), calm=self.calm)
        return Noise(np.maximum(self.level, other.level), np.maximum(self.colour, other.colour), self.calm)

    def dimmed(self, light: Floats) -> Noise:
        """Return the noise in less light, float32 of shape (H, W), 0..1, where motion makes smaller differences."""
        import cv2

        share = cv2.resize(light, self.level.shape[::-1], interpolation=cv2.INTER_AREA)
        return Noise(self.level * share, None if self.colour is None else self.colour * share)

    def thresholds(self, height: int, width: int, light: Floats | None = None, floor: float = FLOOR) -> Floats:
        """Return the difference above which a pixel is foreground: float32 of shape (height, width), in 8-bit levels.

        Parameters
        ----------
        height, width : int
        light : float32 array of shape (height, width), optional
            Brightness of the scene relative to full light, 0..1; the least threshold falls with it.
        floor : float
            Least threshold in full light, in 8-bit levels; by default that beside an object of high contrast.
        """
        return self._above(TIMES * self.level, height, width, light, floor)

    def limits(self, height: int, width: int, light: Floats | None = None) -> Limits:
        """Return the thresholds of level and of colour; parameters as for `thresholds`."""
        size, floors = (height, width, light), (FAINTEST, FLOOR)
        lowest, highest = (self.thresholds(*size, floor) for floor in floors)
        if self.colour is None:
            return Limits((lowest, highest), None)
        own = np.maximum(COLOUR_TIMES * self.colour, COLOUR_LEAST * TIMES * self.level)
        faint, strong = (self._above(own, *size, floor) for floor in floors)
        return Limits((lowest, highest), (faint, strong))

    @staticmethod
    def _above(levels: Floats, height: int, width: int, light: Floats | None, floor: float) -> Floats:
        """Return the levels at full size, raised to the least threshold in this light."""
        import cv2

        if light is None:
            levels = np.maximum(floor, levels)
        levels = np.asarray(cv2.resize(levels.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR))
        return levels if light is None else np.maximum(floor * np.maximum(light, np.float32(LEAST_LIGHT)), levels)


def over_thresholds(
    difference: Floats, thresholds: tuple[Floats, Floats], weight: float = 1, beside: Floats | None = None
) -> Floats:
    """Return how many thresholds a smoothed difference has.

    Parameters
    ----------
    difference : float32 array of shape (H, W), 8-bit levels
    thresholds : two float32 arrays of shape (H, W), 8-bit levels
        Where no object is near, and beside an object of high contrast.
    weight : float
        Of the ratio.
    beside : float32 array of shape (H, W), optional
        Another ratio, which is changed; the result is whichever is more.

    Returns
    -------
    float32 array of shape (H, W)
        The difference over a quarter of the contrast, limited to the two thresholds. The contrast is the largest
        difference within 4 % of the width.
    """
    reach = radius(HALO * difference.shape[1])
    return kernels.local_ratio(difference, thresholds, reach=reach, share=HALO_SHARE, weight=weight, beside=beside)


def is_dark(light: Floats) -> bool:
    """Whether a relative light, float32 of shape (H, W), 0..1, is so low that images are smoothed before comparison."""
    return float(light.mean()) < CALM


def smooth(difference: Floats, factor: int) -> Floats:
    """Smooth a difference, float32 of shape (H, W), of images reduced by `factor`."""
    import cv2

    return np.asarray(cv2.GaussianBlur(difference, (0, 0), _sigma(factor)))


def _sigma(factor: int) -> float:
    """Return the standard deviation of the smoothing, in pixels of an image reduced by `factor`."""
    return max(SMOOTH / factor, SMOOTH_LEAST)


def distance(image: Image, plate: Image, factor: int, weights: Sequence[float], *, common: float, calm: bool) -> Floats:
    """Return the smoothed difference between frame and plate; if `calm`, the difference between the smoothed images."""
    if not calm:
        return smooth(kernels.difference(image, plate, weights, common=common, threads=1), factor)
    return kernels.difference(*_calm(image, plate, factor), weights, common=common, threads=1)


def calm_distances(image: Image, plate: Image, factor: int) -> tuple[Floats, Floats]:
    """Return the differences of level and of colour between the smoothed images, as `distance` does with `calm`."""
    compared = kernels.compare(*_calm(image, plate, factor), UNSMOOTHED, colour=True)
    assert compared.colour is not None  # it was asked for
    return compared.level, compared.colour


def _calm(image: Image, plate: Image, factor: int) -> tuple[Image, Image]:
    import cv2

    one, other = (cv2.GaussianBlur(part, (0, 0), _sigma(factor)) for part in (image, plate))
    return np.asarray(one, np.uint8), np.asarray(other, np.uint8)


@cache
def smoothing_weights(factor: int) -> Floats:
    """Return the weights of `smooth`, of a pixel itself, and of those so far from it on either side."""
    import cv2

    sigma = _sigma(factor)
    side = round(8 * sigma + 1) | 1  # OpenCV's own choice
    weights = np.asarray(cv2.getGaussianKernel(side, sigma, cv2.CV_32F)).ravel()[side // 2 :]
    return np.ascontiguousarray(weights[weights > LIGHTEST], np.float32)


def signed_difference(image: Image, plate: Image, factor: int) -> Floats:
    """Return frame less plate, smoothed as in `smooth`: float32 of shape (H, W, 3), RGB, in 8-bit levels."""
    import cv2

    return smooth(np.asarray(cv2.subtract(image, plate, dtype=cv2.CV_32F)), factor)


def trust(thresholds: Floats) -> Floats:
    """Return the weight of each pixel in the size of a region: of noisier pixels, a region needs more."""
    return np.asarray(np.sqrt(FLOOR / thresholds))
