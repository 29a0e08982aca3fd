"""Shadows: the ground in less light, of the same hue and texture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.cleanup import REACH, disc, square
from stillplate.video.source import Image

__all__ = ["enclosed", "find_shade"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

SMOOTH = 1.0  # pixels: a chroma sample of 4:2:0
DARK = 4.0  # levels added to both: what quantisation does in the dark
DEEPEST, BRIGHTEST = 0.2, 1.25  # a shadow leaves a fifth of the light (sky against sun); a reflection adds a quarter
HUE, HUE_SHARE = 3.0, 0.04  # levels, and share of the level, that the hue may be off
FLAT = 0.08  # relative deviation of frame / plate in 5x5: light multiplies, texture stays
DETAIL = 5  # pixels: texture is what is left of a picture less its mean over so many
WINDOW = 0.06  # of the width: texture is compared over windows so wide
SURE = 6.0  # log likelihood ratio from which texture decides
VISIBLE = 2.0  # variances of the noise: texture under this may have been lost, and its absence tells nothing
MISFIT, MISFIT_SHARE = (
    30.0,
    0.1,
)  # variances of the noise, and share of the level: shade fits the plate's texture so well
QUIETEST = 1.0  # levels: noise is never taken for less
WHOLE = 0.5  # share of a region of that hue that must be flat for all of it to be shade ...
CAST = (0.1, 0.4)  # ... if so much of its rim is a body of another hue: what casts it, but does not hold it
ENCLOSED = 0.6  # of the rim: shade so far inside the mask is a dark part of the object


@dataclass(frozen=True, slots=True)
class _Texture:
    """What the texture in the windows around each pixel tells.

    Attributes
    ----------
    kept, gone : bool arrays of shape (H, W)
        Where the plate's texture surely is, or is not, in the frame.
    fits : bool array of shape (H, W)
        Where no other texture is there.
    """

    kept: Mask
    gone: Mask
    fits: Mask


def find_shade(image: Image, plate: Image, weak: Mask) -> Mask:
    """Tell shaded ground from things.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame and the plate in one light.
    weak : bool array of shape (H, W)
        Where they differ.

    Returns
    -------
    bool array of shape (H, W)
        What of that is ground in another light: I = s B, one s for all channels that hardly changes around, and with
        the plate's texture wherever it has one.

    References
    ----------
    A. Sanin, C. Sanderson, B. C. Lovell, "Shadow detection: a survey and comparative evaluation of recent methods",
    Pattern Recognition 45(4), 2012 (why texture over large regions decides). :doi:`10.1016/j.patcog.2011.10.001`
    """
    import cv2

    seen, ground = (cv2.GaussianBlur(part, (0, 0), SMOOTH).astype(np.float32) + DARK for part in (image, plate))
    light = (seen * ground).sum(axis=2) / np.square(ground).sum(axis=2)  # s = <I, B> / <B, B>
    off = np.abs(seen - light[:, :, None] * ground).mean(axis=2)
    alike = weak & (off < HUE + HUE_SHARE * seen.mean(axis=2)) & (light > DEEPEST) & (light < BRIGHTEST)
    if not alike.any():
        return np.zeros_like(weak)
    texture = _compare_texture(image, plate, light, weak, alike)
    ratio = seen.sum(axis=2) / ground.sum(axis=2)
    mean = cv2.blur(ratio, (5, 5))
    deviation = np.sqrt(np.maximum(cv2.blur(ratio * ratio, (5, 5)) - mean * mean, 0)) / mean
    flat = alike & (deviation < FLAT) & (texture.kept | (texture.fits & ~texture.gone))
    core = cv2.morphologyEx(flat.view(np.uint8), cv2.MORPH_OPEN, square(3))
    alike &= ~texture.gone
    shade = core.view(np.bool_) | ((cv2.dilate(core, disc(REACH * weak.shape[1])) > 0) & alike)
    return np.asarray(shade | _whole_regions(alike, shade, weak))


def _compare_texture(image: Image, plate: Image, light: Floats, weak: Mask, alike: Mask) -> _Texture:
    """Hold the frame's texture, h = I less its mean, to s times the plate's, over windows.

    With Σ h² the energy under "a thing is there" and Σ (h - s b)² under "the ground, shaded", the log likelihood ratio
    of the two is (Σ h² - Σ (h - s b)²) / 2 σ², σ² the mean of the smaller one, or the noise where that is more.
    """
    import cv2

    def detail(picture: Image) -> tuple[Floats, Floats]:
        level = picture.mean(axis=2, dtype=np.float32)
        return level, level - cv2.blur(level, (DETAIL, DETAIL))

    level, own = detail(image)
    _, plates = detail(plate)
    still = np.abs(own - plates)[~weak][::17]
    noise = max(QUIETEST, 1.48 * float(np.median(still))) ** 2 if still.size else QUIETEST
    side = max(7, int(WINDOW * weak.shape[1]) | 1)
    inside = cv2.erode(alike.view(np.uint8), square(3)).astype(np.float32)  # its rim is an edge, not texture

    def mean(values: Floats) -> Floats:
        return np.asarray(cv2.blur(values * inside, (side, side), borderType=cv2.BORDER_CONSTANT))

    expected = light * plates
    share = np.maximum(mean(np.ones_like(inside)), 1e-6)
    there, lit = mean(own * own) / share, mean(expected * expected) / share
    missed = there - 2 * mean(own * expected) / share + lit
    variance = np.maximum(np.minimum(there, missed), noise)
    ratio = (there - missed) * (share * (side * side)) / (2 * variance)
    fits = missed < MISFIT * noise + np.square(MISFIT_SHARE * level)
    return _Texture(ratio > SURE, (ratio < -SURE) & (lit > VISIBLE * noise), fits)


def _whole_regions(alike: Mask, shade: Mask, weak: Mask) -> Mask:
    import cv2

    opened = cv2.morphologyEx(alike.view(np.uint8), cv2.MORPH_OPEN, square(3))
    count, labels = cv2.connectedComponents(opened, connectivity=4)
    whole = np.bincount(labels[shade], minlength=count) > WHOLE * np.bincount(labels.ravel(), minlength=count)
    whole[0] = False
    if whole.any():
        body = cv2.morphologyEx((weak & ~alike).view(np.uint8), cv2.MORPH_OPEN, square(3)) > 0
        share = _share_of_rim(labels, count, body, REACH * weak.shape[1])
        whole &= (share > CAST[0]) & (share < CAST[1])
    return np.asarray(whole[labels])


def enclosed(shade: Mask, mask: Mask) -> Mask:
    """Find the regions of shade outside the mask whose rim is mostly mask: dark parts of what it holds."""
    import cv2

    count, labels = cv2.connectedComponents((shade & ~mask).view(np.uint8), connectivity=8)
    inside = _share_of_rim(labels, count, mask, REACH / 2 * mask.shape[1]) > ENCLOSED
    inside[0] = False
    return np.asarray(inside[labels])


def _share_of_rim(labels: npt.NDArray[Any], count: int, mask: Mask, reach: float) -> npt.NDArray[np.float64]:
    """Share of each region's rim, `reach` pixels wide, that the mask holds."""
    import cv2

    around = cv2.dilate(labels.astype(np.float32), disc(reach)).astype(np.int32)
    rim = (around > 0) & (labels == 0)
    return np.bincount(around[rim & mask], minlength=count) / np.maximum(np.bincount(around[rim], minlength=count), 1)
