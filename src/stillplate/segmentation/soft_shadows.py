"""Soft shadows: where the ground beside a thing is a little darker, out to where the noise hides it."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import block
from stillplate.imaging.resize import downscale, working_factor

__all__ = ["darkened", "soft_shadows"]


SMOOTH = 2.0  # pixels of the small picture: a soft shadow is wider
LEAST = 1.5  # levels: a shadow that is fainter is not seen
SIGMAS = 3.0  # of what the smoothed difference varies by where nobody is
QUIET = 1 / 8  # of the mask's threshold: what ground that waves is darker by, smoothed
HUE, HUE_SHARE = 3.0, 0.04  # levels, and share of the level, that the hue may be off
NEAR = 0.05  # of the width: so far around things light and noise are not measured
GAP = 0.15  # of a thing's size: so far below it its shadow may begin
FARTHEST = 2.5  # of a thing's size: so long is its shadow when the sun is low
LINK = 0.01  # of the width: so near to one another, parts of a shadow are of one thing
SMALLEST = 0.05  # of the width: a smaller thing's shadow is looked for as if it were so large


def darkened(image: Image, view: Image, hidden: Mask, thresholds: Floats) -> Mask:
    """Find where a frame is the ground in a little less light.

    Parameters
    ----------
    image, view : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate in one light.
    hidden : bool array of shape (H, W)
        Things and their shadows, as far as they are known.
    thresholds : float32 array of shape (H, W)
        Difference that the ground makes by itself, in 8-bit levels.

    Returns
    -------
    bool array of shape (H, W)
        Where B - I, smoothed, is above the noise, and I = s B for all channels, s < 1.
    """
    factor = working_factor(image.shape[1])
    seen, ground = (_smoothed(downscale(part, factor)) for part in (image, view))
    width = seen.shape[1]
    less = (ground - seen).mean(axis=2)
    away = ~_grown(hidden[::factor, ::factor], NEAR * width)
    usual, spread = _usual(less[away])
    share = (seen * ground).sum(axis=2) / np.maximum(np.square(ground).sum(axis=2), 1)
    off = np.abs(seen - share[:, :, None] * ground).mean(axis=2)
    limit = np.maximum(max(LEAST, SIGMAS * spread), QUIET * thresholds[::factor, ::factor])
    dark = (less - usual > limit) & (off < HUE + HUE_SHARE * seen.mean(axis=2))
    return _enlarged(dark, factor, hidden.shape)


def soft_shadows(hidden: Mask, dark: Mask) -> Mask:
    """Find the soft shadows of things: what is darkened and hangs on them.

    Parameters
    ----------
    hidden, dark : bool arrays of shape (H, W)
        Things and their shadows, as far as they are known; where the ground is `darkened`.

    Returns
    -------
    bool array of shape (H, W)
        As far away as 2.5 times the thing's size, with a gap of a seventh of it at most, as under somebody who jumps.
    """
    import cv2

    factor = working_factor(hidden.shape[1])
    things = np.ascontiguousarray(hidden[::factor, ::factor])
    if not things.any():
        return np.zeros_like(hidden)
    away = _sizes_away(things)
    shadow = dark[::factor, ::factor] & (away < FARTHEST)
    linked = _grown(shadow, LINK * things.shape[1]) | (away < GAP)
    _, regions = cv2.connectedComponents(linked.view(np.uint8), connectivity=4)
    held = np.zeros(int(regions.max()) + 1, np.bool_)
    held[regions[things]] = True
    return _enlarged(shadow & held[regions], factor, hidden.shape)


def _sizes_away(things: Mask) -> Floats:
    """Distance to the nearest thing, in lengths of the longer side of that thing's box."""
    import cv2

    away, nearest = cv2.distanceTransformWithLabels(
        (~things).view(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_CCOMP
    )
    _, regions, boxes, _ = cv2.connectedComponentsWithStats(things.view(np.uint8))
    sides = boxes[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    sizes = np.ones(int(nearest.max()) + 1, np.float32)
    sizes[nearest[things]] = np.maximum(sides[regions[things]], SMALLEST * things.shape[1])
    return np.asarray(away / sizes[nearest], np.float32)


def _enlarged(mask: Mask, factor: int, shape: tuple[int, ...]) -> Mask:
    return np.asarray(mask.repeat(factor, 0).repeat(factor, 1)[: shape[0], : shape[1]])


def _usual(values: Floats) -> tuple[float, float]:
    """Median, and standard deviation as the median tells it."""
    if not values.size:
        return 0.0, 0.0
    median = float(np.median(values))
    return median, 1.48 * float(np.median(np.abs(values - median)))


def _smoothed(image: Image) -> Floats:
    import cv2

    return np.asarray(cv2.GaussianBlur(image.astype(np.float32), (0, 0), SMOOTH))


def _grown(mask: Mask, reach: float) -> Mask:
    import cv2

    return cv2.dilate(np.ascontiguousarray(mask).view(np.uint8), block(reach)).view(np.bool_)
