"""Shadows: background in less light, of the same hue and texture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import radius
from stillplate.kernels import Components, OtherLights, ShadeLimits
from stillplate.segmentation.cast_shadows import find_uncast
from stillplate.segmentation.cleanup import REACH

__all__ = [
    "BRIGHTEST", "DARK", "ENCLOSED", "HUE", "HUE_SHARE", "LIT_ANEW", "Shade", "enclosed", "find_other_light",
    "find_proven_shade", "find_shade", "other_lights", "shade_limits", "smoothed", "upright", "window_of",
]  # fmt: skip


SMOOTH = 1.0  # pixels: standard deviation of the smoothing, which covers a 4:2:0 chroma sample
DARK = 4.0  # levels added to frame and plate, which limits the effect of quantisation in the dark
DEEPEST = 0.2  # least light of a shadow, as a share of the plate's: skylight without the sun
BRIGHTEST = 1.25  # largest light of a reflection, as a share of the plate's
LIT_ANEW = 2.0  # the same where the scene has several light states
HUE = 3.0  # levels: allowed deviation of hue at level 0
HUE_SHARE = 0.04  # share of the level by which the allowed deviation of hue grows
LOOSE = 6.0  # levels: allowed deviation of hue at level 0 next to a certain shadow
FLAT = 0.08  # largest relative deviation of frame / plate within 5x5 pixels; a shadow scales light and keeps texture
CELL = 4  # pixels: side of the cells over which texture is summed
LINES = 32  # rows between two lines on which the noise is measured
WINDOW = 0.06  # share of the width: side of the windows over which texture is compared
SURE = 6.0  # log likelihood ratio from which texture decides
VISIBLE = 2.0  # variances of the noise: weaker texture may be invisible in shadow, so its absence proves nothing
MISFIT = 30.0  # variances of the noise: largest residual energy of the plate's texture in a shadow at level 0
MISFIT_SHARE = 0.1  # share of the level by which the allowed residual (its root) grows
QUIETEST = 1.0  # levels: least noise that is assumed
WHOLE = 0.5  # share of a region of matching hue that must be flat for the whole region to be shadow
CAST = (0.1, 0.4)  # share of such a region's border that is an object of another hue: it casts, but does not enclose
BETWEEN = 0.4  # thresholds: allowed residual of background in a light between two light states
THERE = 0.85  # share of the other light state from which background counts as fully in it
UPRIGHT = 0.03  # share of the width: largest extent of a shadow-like part above or below the mask, such as legs
OTHER = 3.0  # multiple of the texture energy expected of shadowed background, above which the texture is another
ENCLOSED = 0.6  # share of the border: a shadow surrounded so far by the mask is a dark part of the object


@dataclass(frozen=True, slots=True, eq=False)
class Shade:
    """Shadows of one frame, and what they were found by.

    Attributes
    ----------
    mask : bool array of shape (H, W)
        Background in another light.
    proven : bool array of shape (H, W)
        What texture or hue proves to be background in another light.
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate, `smoothed`.
    brightest : float
        Largest light of a reflection, as a share of the plate's.
    possible : bool array of shape (H, W), optional
        Where shadows can be; everywhere if None.
    """

    mask: Mask
    proven: Mask
    image: Image
    plate: Image
    brightest: float
    possible: Mask | None = None


def smoothed(image: Image) -> Image:
    """Return an image, uint8 of shape (H, W, 3), smoothed as for the comparison of hue."""
    import cv2

    return np.asarray(cv2.GaussianBlur(image, (0, 0), SMOOTH), np.uint8)


def find_shade(
    images: tuple[Image, Image], smooth: tuple[Image, Image], weak: Mask, brightest: float = BRIGHTEST
) -> Shade:
    """Find shadows: background in another light, as opposed to objects.

    Parameters
    ----------
    images : two uint8 arrays of shape (H, W, 3), RGB
        The frame and the plate in the same light.
    smooth : two uint8 arrays of shape (H, W, 3), RGB
        The same, `smoothed`.
    weak : bool array of shape (H, W)
        Where frame and plate differ.
    brightest : float
        Largest light of a reflection, as a share of the plate's.

    Returns
    -------
    Shade
        Pixels of `weak` where I = s B, with one s for all channels that varies little nearby, and with the plate's
        texture wherever it has any. Where the plate has neither texture nor hue, only shadows cast by an object.

    See Also
    --------
    stillplate.segmentation.cast_shadows.find_uncast : the test of shadows without texture and hue.

    References
    ----------
    A. Sanin, C. Sanderson, B. C. Lovell, "Shadow detection: a survey and comparative evaluation of recent methods",
    Pattern Recognition 45(4), 2012 (large-region texture decides best). :doi:`10.1016/j.patcog.2011.10.001`
    """
    shadow, proven, light = _shade(images, smooth, weak, brightest)
    mask = np.asarray(shadow & ~find_uncast(shadow, proven, weak, light))
    return Shade(mask, proven, *smooth, brightest)


def find_proven_shade(images: tuple[Image, Image], smooth: tuple[Image, Image], weak: Mask) -> Mask:
    """Mark shade that texture or hue proves; frame and plate, the same `smoothed`, and where they differ."""
    return _shade(images, smooth, weak, BRIGHTEST)[1]


def _shade(
    images: tuple[Image, Image], smooth: tuple[Image, Image], weak: Mask, brightest: float
) -> tuple[Mask, Mask, Floats]:
    """Return what may be shade, where texture or hue proves it, and the frame's light as a share of the plate's."""
    width = weak.shape[1]
    limits = shade_limits(brightest)
    return kernels.shade(images, smooth, weak, limits, window=window_of(width), reach=radius(REACH * width))


def window_of(width: int) -> int:
    """Return the cells along a side of the windows in which texture is compared."""
    return max(1, round(WINDOW * -(-width // CELL)) // 2 * 2 + 1)


@cache
def shade_limits(brightest: float) -> ShadeLimits:
    """Return the limits of `kernels.shade`, for this largest light of a reflection."""
    return ShadeLimits(
        dark=DARK, hue=HUE, loose=LOOSE, hue_share=HUE_SHARE, deepest=DEEPEST, brightest=brightest, flat=FLAT,
        cell=CELL, lines=LINES, quietest=QUIETEST, sure=SURE, visible=VISIBLE, misfit=MISFIT, other=OTHER,
        misfit_share=MISFIT_SHARE, whole=WHOLE, least_cast=CAST[0], most_cast=CAST[1],
    )  # fmt: skip


def find_other_light(
    smooth: tuple[Image, Image, Image], weak: Mask, thresholds: Floats, colour_thresholds: Floats | None
) -> Mask:
    """Mark background in another light state of the clip, or between it and the frame's.

    Parameters
    ----------
    smooth : three uint8 arrays of shape (H, W, 3), RGB
        The frame and the plate in the same light, and the plate in the other light state, all `smoothed`.
    weak : bool array of shape (H, W)
        Where the frame differs from the plate.
    thresholds, colour_thresholds : float32 arrays of shape (H, W)
        Thresholds of the difference, and of that of colour alone.

    Returns
    -------
    bool array of shape (H, W)
        Where the residual I - B - x (B' - B), with x in 0..1 chosen to minimise it, is below the thresholds for x near
        1, and below 0.4 thresholds in between, where any grey object on a grey road could match.
    """
    return kernels.other_light(smooth, weak, (thresholds, colour_thresholds), between=BETWEEN, there=THERE)


def other_lights(smooth: Sequence[Image], colour_thresholds: Floats | None, width: int) -> OtherLights:
    """Describe other light states, whose plates are `smoothed`, as `find_other_light` and `upright` look at them."""
    return OtherLights(smooth, colour_thresholds, BETWEEN, THERE, LIT_ANEW, radius(UPRIGHT * width))


def upright(mask: Mask, shadow: Mask) -> Mask:
    """Mark parts of the shadow directly above or below the mask, up to 3 % of the width: legs, not shadows."""
    import cv2

    if not shadow.any():
        return shadow
    within, grown = (mask | shadow).view(np.uint8), mask.view(np.uint8)
    for _ in range(radius(UPRIGHT * mask.shape[1])):
        grown = np.asarray(cv2.dilate(grown, np.ones((3, 1), np.uint8)), np.uint8) & within
    return grown.view(np.bool_) & shadow


def enclosed(shadow: Mask, mask: Mask) -> Mask:
    """Mark the regions of shadow outside the mask whose border is mostly mask: dark parts of an object."""
    regions = Components.of(shadow & ~mask)
    return regions.select(regions.border_shares(mask, radius(REACH / 2 * mask.shape[1])) > ENCLOSED)
