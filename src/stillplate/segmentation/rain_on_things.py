"""Rain and snow before things that move: brighter than the frames before and after, along the flow."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Floats, Grey, Image, Mask
from stillplate.camera.neighbour_flow import LARGE, dense_flow, sizes
from stillplate.imaging.morphology import block, square
from stillplate.imaging.warping import remapped, squared_lengths
from stillplate.segmentation.rain import BRIGHTER, EDGE, LEAST, NEAR, ROOM, Change, Cleared, fading

__all__ = ["derained_along_flow"]

OPEN = 0.021
BENT = 2.0  # pixels of the flow's image: most by which motion may change in a frame; where flow fails, it does by more


def derained_along_flow(image: Image, here: Cleared, before: Image, after: Image, region: Mask | None = None) -> Image:
    """Take rain and snow before things out of a frame whose ground is without them.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The frame.
    here : Cleared
        The frame, its ground without rain.
    before, after : uint8 arrays of shape (H, W, 3), RGB
        The frames beside it, their ground without rain.
    region : bool array of shape (H, W), optional
        Where rain is looked for; everywhere if None.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
        `here`, and the brighter of both neighbours, along the flow, where the frame is brighter than that by more than
        they differ, and the channels change alike. What is brighter or darker than both because the flow fails is told
        as on the ground: rain never darkens, so it has to brighten by more than anything near is darkened.
    """
    import cv2

    flows = [_flow(here.image, other) for other in (before, after)]
    sides = [remapped(other.astype(np.float32), flow) for other, flow in zip((before, after), flows, strict=True)]
    brighter = np.maximum(*sides)
    change = Change.of(image, np.asarray(np.rint(brighter), np.uint8))
    limit = np.full(change.level.shape, LEAST, np.float32)
    level = np.maximum(change.level, 0)
    apart = np.max(np.abs(cv2.blur(sides[0] - sides[1], (3, 3))), axis=2)
    darker = np.clip(cv2.blur(np.mean(np.minimum(*sides) - image, axis=2), (3, 3)), 0, None)
    opacity = cv2.dilate(level / np.maximum(ROOM, 255 - brighter.mean(axis=2)), square(3))
    may = (opacity <= here.opacity) & _inside(flows[0]) & _inside(flows[1]) & ~here.changed
    may &= level > np.float32(BRIGHTER) * cv2.dilate(darker, block(NEAR * level.shape[1]))
    if region is not None:
        may &= region
    rain = change.seen(limit)[0] & may
    near = cv2.dilate(rain.view(np.uint8), square(EDGE)).view(np.bool_) & may
    share = np.where(rain, np.float32(1), fading(change.level, limit) * near)
    mixed = here.image + share[:, :, None] * (brighter - here.image)
    return np.asarray(np.rint(mixed), np.uint8)


def _flow(image: Image, other: Image) -> Floats:
    """Return displacements from an image to another, in pixels; found in images of one size, whatever theirs."""
    import cv2

    height, width = image.shape[:2]
    _, size = sizes((width, height))
    shape = cv2.INTER_AREA if size[0] < width else cv2.INTER_LINEAR
    k = np.ones((1, 1 + 2 * round(OPEN * size[0] / 2)), np.uint8)
    one, another = (
        np.asarray(cv2.morphologyEx(cv2.resize(_grey(full), size, interpolation=shape), cv2.MORPH_OPEN, k), np.uint8)
        for full in (image, other)
    )
    d = cv2.DISOpticalFlow.create(1)
    d.setVariationalRefinementIterations(0)
    d.setFinestScale(1)
    small = d.calc(*(cv2.copyMakeBorder(x, 0, max(0, 32 - size[1]), 0, max(0, 32 - size[0]), cv2.BORDER_REPLICATE) for x in (one, another)), None)[: size[1], : size[0]]
    flow = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(flow * np.array([width / size[0], height / size[1]], np.float32), np.float32)


def _grey(image: Image) -> Grey:
    import cv2

    return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), np.uint8)


def _inside(flow: Floats) -> Mask:
    """Mark where a flow leads into the picture."""
    height, width = flow.shape[:2]
    x, y = np.arange(width) + flow[:, :, 0], np.arange(height)[:, None] + flow[:, :, 1]
    return np.asarray((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))
