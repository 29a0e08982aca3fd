"""Shadows: the ground in less light, of the same hue and texture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.cleanup import REACH, block, square
from stillplate.video.source import Image

__all__ = ["enclosed", "find_shade"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

SMOOTH = 1.0  # pixels: a chroma sample of 4:2:0
DARK = 4.0  # levels added to both: what quantisation does in the dark
DEEPEST, BRIGHTEST = 0.2, 1.25  # a shadow leaves a fifth of the light (sky against sun); a reflection adds a quarter
HUE, HUE_SHARE = 3.0, 0.04  # levels, and share of the level, that the hue may be off
FLAT = 0.08  # relative deviation of frame / plate in 5x5: light multiplies, texture stays
CELL = 4  # pixels: texture is summed over cells of this side first
LINES = 32  # rows from one to the next that the noise is taken from
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

    seen, ground = (np.asarray(cv2.GaussianBlur(part, (0, 0), SMOOTH), np.uint8) for part in (image, plate))
    alike, light = kernels.hue(
        seen, ground, weak, dark=DARK, off=(HUE, HUE_SHARE), between=(DEEPEST, BRIGHTEST), threads=1
    )  # fmt: skip
    if not alike.any():
        return alike
    flat, sums = kernels.texture(image, plate, (seen, ground), alike, light, cell=CELL, dark=DARK, flat=FLAT, threads=1)
    texture = _compare_texture(sums, _noise(image, plate, weak), weak.shape)
    flat &= texture.kept | (texture.fits & ~texture.gone)
    core = cv2.morphologyEx(flat.view(np.uint8), cv2.MORPH_OPEN, square(3))
    alike &= ~texture.gone
    shade = core.view(np.bool_) | (cv2.dilate(core, block(REACH * weak.shape[1])).view(np.bool_) & alike)
    return np.asarray(shade | _whole_regions(alike, shade, weak))


def _noise(image: Image, plate: Image, weak: Mask) -> float:
    """Variance of the grey level's noise, from some lines where frame and plate are alike."""
    rows = np.arange(2, len(image) - 2, LINES)
    lines = rows + np.arange(-2, 3)[:, None]
    channels = image[lines].astype(np.float32) - plate[lines]
    apart = channels[..., 0] + channels[..., 1] + channels[..., 2]
    sums = np.cumsum(apart.sum(axis=0), axis=1)
    own = apart[2, :, 3:-2] - (sums[:, 5:] - sums[:, :-5]) / 25
    still = np.abs(own / 3)[~weak[rows, 3:-2]]
    return max(QUIETEST, 1.48 * float(np.median(still))) ** 2 if still.size else QUIETEST


def _compare_texture(sums: Floats, noise: float, shape: tuple[int, ...]) -> _Texture:
    """Hold the frame's texture, h = I less its mean, to s times the plate's, over windows.

    With Σ h² the energy under "a thing is there" and Σ (h - s b)² under "the ground, shaded", the log likelihood ratio
    of the two is (Σ h² - Σ (h - s b)²) / 2 σ², σ² the mean of the smaller one, or the noise where that is more.
    """
    import cv2

    side = max(1, round(WINDOW * shape[1] / CELL) // 2 * 2 + 1)
    totals = cv2.boxFilter(sums, -1, (side, side), normalize=False, borderType=cv2.BORDER_CONSTANT)
    count, own, common, lit, level = np.moveaxis(np.asarray(totals), 2, 0)
    missed = own - 2 * common + lit
    each = np.maximum(count, 1)
    variance = np.maximum(np.minimum(own, missed) / each, noise)
    ratio = (own - missed) / (2 * variance)
    fits = missed / each < MISFIT * noise + np.square(MISFIT_SHARE * level / each)
    told = (ratio > SURE, (ratio < -SURE) & (lit / each > VISIBLE * noise), fits)
    return _Texture(*(_everywhere(flags, shape) for flags in told))


def _everywhere(cells: Mask, shape: tuple[int, ...]) -> Mask:
    return np.asarray(cells.repeat(CELL, axis=0)[: shape[0]].repeat(CELL, axis=1)[:, : shape[1]])


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
    """Share of each region's rim, `reach` pixels outside it to all four sides, that the mask holds."""
    reach = max(1, round(reach))
    rim, held = np.zeros(count, np.int64), np.zeros(count, np.int64)
    for own, other, there in (
        (labels[:-reach], labels[reach:], mask[reach:]),
        (labels[reach:], labels[:-reach], mask[:-reach]),
        (labels[:, :-reach], labels[:, reach:], mask[:, reach:]),
        (labels[:, reach:], labels[:, :-reach], mask[:, :-reach]),
    ):
        outside = own[(own > 0) & (other == 0)]
        rim += np.bincount(outside, minlength=count)
        held += np.bincount(own[(own > 0) & (other == 0) & there], minlength=count)
    return held / np.maximum(rim, 1)
