"""Cast shadows: a shadow that neither texture nor hue proves needs an object that casts it."""

from __future__ import annotations

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Mask
from stillplate.imaging.morphology import block, radius
from stillplate.segmentation.cleanup import LEAST, REACH

__all__ = ["CASTER_AREA", "RIM", "SHADOW_SPREAD", "find_uncast"]


DARK_OBJECT = 0.4  # share of the plate's light: a darker level below this is an object, not a shadow
FAINT_SHADOW = 0.7  # share of the plate's light: a lighter level above this is a shadow, not an object
LEVEL_RATIO = 1.4  # least ratio of the two mean levels in a region that holds an object and its shadow
BETWEEN_LEVELS = 0.2  # largest share of such a region's pixels that lie midway between the two levels
CASTER_AREA = 0.2  # share of the shadow's area: a smaller object does not cast it
RIM = 2 * REACH  # share of the width: blur at the edge of a dark object reaches this far, and is not another object
SHADOW_SPREAD = 0.15  # relative deviation: how far the light of one frame's shadows differs


def find_uncast(shadow: Mask, proven: Mask, weak: Mask, light: Floats) -> Mask:
    """Mark pixels labelled shadow that nothing proves and no object casts: dark objects on a plain background.

    Parameters
    ----------
    shadow : bool array of shape (H, W)
        Background in another light, or an object of the same appearance.
    proven : bool array of shape (H, W)
        Where texture or hue proves that it is background.
    weak : bool array of shape (H, W)
        Where the frame differs from the plate.
    light : float32 array of shape (H, W)
        The frame's light there, relative to the plate's.

    Returns
    -------
    bool array of shape (H, W)
        Unproven pixels that are lighter than the plate, or lie in a region of `weak` with too little else in it to cast
        a shadow. Where such a region has two levels of light, one far darker, the lighter level is the shadow of the
        darker and is not marked. Nor is a region at the edge of the image, whose caster may be outside, if its light
        is that of the other shadows of the frame.
    """
    width = weak.shape[1]
    lighter, uncast = kernels.find_uncast(
        shadow, proven, weak, light,
        rim=radius(RIM * width), reach=radius(REACH * width), caster_area=CASTER_AREA, spread=SHADOW_SPREAD,
    )  # fmt: skip
    return lighter | (uncast & ~_cast_within(uncast, light))


def _cast_within(uncast: Mask, light: Floats) -> Mask:
    """Mark the shadows of objects as dark as shadows: the lighter part of each region of two levels of light."""
    import cv2

    cast, side = np.zeros_like(uncast), block(REACH * uncast.shape[1])
    if np.count_nonzero(uncast) < LEAST * uncast.size:
        return cast
    _, regions, boxes, _ = cv2.connectedComponentsWithStats(uncast.view(np.uint8))
    for number, (left, top, width, height, size) in enumerate(boxes.tolist()):
        if number == 0 or size < LEAST * uncast.size:
            continue
        part = np.s_[top : top + height, left : left + width]
        here = regions[part] == number
        limit = _level_threshold(light[part][here])
        if limit is None:
            continue
        lighter = np.pad((here & (light[part] >= limit)).view(np.uint8), side.shape[0])
        inner = slice(side.shape[0], -side.shape[0])
        wide = np.asarray(cv2.morphologyEx(lighter, cv2.MORPH_OPEN, side)[inner, inner]).view(np.bool_)
        if np.count_nonzero(here & ~wide) > CASTER_AREA * np.count_nonzero(wide):
            cast[part] |= wide
    return cast


def _level_threshold(light: Floats) -> float | None:
    """Return the light that separates a dark object from its shadow (Otsu); None if there are no two such levels."""
    import cv2

    limit = (cv2.threshold((255 * light).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0] + 1) / 255
    low, high = light[light < limit], light[light >= limit]
    if not low.size or not high.size:
        return None
    darker, lighter = float(low.mean()), float(high.mean())
    off = np.abs(light - (darker + lighter) / 2) / (lighter - darker)
    separate = lighter > LEVEL_RATIO * darker and float((off < 0.25).mean()) < BETWEEN_LEVELS
    return limit if separate and (darker < DARK_OBJECT or lighter > FAINT_SHADOW) else None
