"""Shadows: the ground in less light, of the same hue and texture."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.cleanup import REACH, disc, square
from stillplate.video.source import Image

__all__ = ["enclosed", "find_shade"]

Mask = npt.NDArray[np.bool_]

SMOOTH = 1.0  # pixels: a chroma sample of 4:2:0
DARK = 4.0  # levels added to both: what quantisation does in the dark
DEEPEST, BRIGHTEST = 0.2, 1.25  # a shadow leaves a fifth of the light (sky against sun); a reflection adds a quarter
HUE, HUE_SHARE = 3.0, 0.04  # levels, and share of the level, that the hue may be off
FLAT = 0.08  # relative deviation of frame / plate in 5x5: light multiplies, texture stays
WHOLE = 0.5  # share of a region of that hue that must be flat for all of it to be shade ...
CAST = (
    0.1,
    0.4,
)  # ... if so much of its rim is a body of another hue: it hangs on what casts it, and is not part of it
ENCLOSED = 0.6  # of the rim: shade so far inside the mask is a dark part of the object


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
        What of that is ground in another light: I = s B with one s for all channels, that hardly changes around.
    """
    import cv2

    seen, ground = (cv2.GaussianBlur(part, (0, 0), SMOOTH).astype(np.float32) + DARK for part in (image, plate))
    light = (seen * ground).sum(axis=2) / np.square(ground).sum(axis=2)  # s = <I, B> / <B, B>
    off = np.abs(seen - light[:, :, None] * ground).mean(axis=2)
    alike = weak & (off < HUE + HUE_SHARE * seen.mean(axis=2)) & (light > DEEPEST) & (light < BRIGHTEST)
    ratio = seen.sum(axis=2) / ground.sum(axis=2)
    mean = cv2.blur(ratio, (5, 5))
    deviation = np.sqrt(np.maximum(cv2.blur(ratio * ratio, (5, 5)) - mean * mean, 0)) / mean
    core = cv2.morphologyEx((alike & (deviation < FLAT)).view(np.uint8), cv2.MORPH_OPEN, square(3))
    shade = core.view(np.bool_) | ((cv2.dilate(core, disc(REACH * weak.shape[1])) > 0) & alike)
    return np.asarray(shade | _whole_regions(alike, shade, weak))


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
