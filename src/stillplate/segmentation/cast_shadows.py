"""Cast shadows: shade that neither texture nor hue proves needs a body that casts it."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Floats, Mask
from stillplate.imaging.morphology import block
from stillplate.kernels import Components
from stillplate.segmentation.cleanup import LEAST, REACH, opened

__all__ = ["find_uncast"]


DEEP, FAINT = 0.4, 0.7  # of the light: darker is a body, lighter its shadow, where both have a shadow's light, ...
STEP, BLENDED = 1.4, 0.2  # ... one is so many times the other, and so few pixels are between them
BODY = 0.2  # of the shade's area: a smaller body does not cast it
RIM = 2 * REACH  # of the width: blur at a dark thing's edge is no body beside it
SHARED = 0.15  # of their light: how far the shadows of one frame differ


def find_uncast(shade: Mask, proven: Mask, weak: Mask, light: Floats) -> Mask:
    """Find what was taken for shade, but nothing proves and no body casts: a thing on a plain ground.

    Parameters
    ----------
    shade : bool array of shape (H, W)
        Ground in another light, or a thing that looks like it.
    proven : bool array of shape (H, W)
        Where texture or hue shows that it is ground.
    weak : bool array of shape (H, W)
        Where the frame differs from the plate.
    light : float32 array of shape (H, W)
        The frame's light there, as a share of the plate's.

    Returns
    -------
    bool array of shape (H, W)
        Without proof, and lighter than the plate or in a region of `weak` that holds too little of anything else. Where
        such a region has two levels of light, the darker one far below the other, the other is shade that it casts.
        A region at the edge of the picture, whose body may be outside, is kept as shade if it has the light of the
        shadows that bodies cast in the same frame.
    """
    doubtful = shade & ~proven
    lighter = doubtful & (light > 1)
    alone = _alone(doubtful & ~lighter, (weak & ~shade) | lighter, proven, weak, light)
    return lighter | (alone & ~_cast_within(alone, light))


def _alone(doubtful: Mask, things: Mask, proven: Mask, weak: Mask, light: Floats) -> Mask:
    """Find doubtful shade in regions without a body, which is not that of the frame's other shadows cut by its edge."""
    import cv2

    if not doubtful.any():
        return doubtful
    width = weak.shape[1]
    rim = cv2.dilate(doubtful.view(np.uint8), block(RIM * width)).view(np.bool_)
    body = opened(things) & ~rim
    regions = Components.of(cv2.dilate(weak.view(np.uint8), block(REACH * width)).view(np.bool_))
    held = regions.held(doubtful)
    alone = regions.held(body | proven) < BODY * held
    own = regions.weights(light * doubtful) / np.maximum(held, 1)
    cast = own[~alone & (held > 0)]
    if cast.size:
        usual = float(np.median(cast))
        alone &= (np.abs(own - usual) > SHARED * usual) | (regions.held(_edge(weak.shape)) == 0)
    return doubtful & regions.where(alone)


def _cast_within(alone: Mask, light: Floats) -> Mask:
    """Find the shadows of things that have a shadow's light themselves: the lighter part of a region in two levels."""
    import cv2

    cast, side = np.zeros_like(alone), block(REACH * alone.shape[1])
    _, regions, boxes, _ = cv2.connectedComponentsWithStats(alone.view(np.uint8))
    for number, (left, top, width, height, size) in enumerate(boxes.tolist()):
        if number == 0 or size < LEAST * alone.size:
            continue
        part = np.s_[top : top + height, left : left + width]
        here = regions[part] == number
        limit = _between_levels(light[part][here])
        if limit is None:
            continue
        lit = np.pad((here & (light[part] >= limit)).view(np.uint8), side.shape[0])
        inner = slice(side.shape[0], -side.shape[0])
        wide = np.asarray(cv2.morphologyEx(lit, cv2.MORPH_OPEN, side)[inner, inner]).view(np.bool_)
        if np.count_nonzero(here & ~wide) > BODY * np.count_nonzero(wide):
            cast[part] |= wide
    return cast


def _between_levels(light: Floats) -> float | None:
    """Find the light that parts a dark body from its shadow (Otsu); None if there are no such two levels."""
    import cv2

    limit = (cv2.threshold((255 * light).astype(np.uint8), 0, 255, cv2.THRESH_OTSU)[0] + 1) / 255
    low, high = light[light < limit], light[light >= limit]
    if not low.size or not high.size:
        return None
    body, shadow = float(low.mean()), float(high.mean())
    off = np.abs(light - (body + shadow) / 2) / (shadow - body)
    apart = shadow > STEP * body and float((off < 0.25).mean()) < BLENDED
    return limit if apart and (body < DEEP or shadow > FAINT) else None


def _edge(shape: tuple[int, ...]) -> Mask:
    edge = np.ones(shape, np.bool_)
    edge[1:-1, 1:-1] = False
    return edge
