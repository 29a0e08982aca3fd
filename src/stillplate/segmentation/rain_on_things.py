"""Rain and snow before things that move: brighter than the frames before and after, along the flow."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Floats, Grey, Image, Mask
from stillplate.camera.neighbour_flow import dense_flow, sizes
from stillplate.imaging.morphology import block, square
from stillplate.segmentation.rain import EDGE, LEAST, NEAR, Change, Cleared, darkening, mixed, opacities, outweighing

__all__ = ["derained_along_flow"]

AROUND = 0.06  # share of the width around a pixel in which the flow has to hold
MOSTLY = 2.0  # where flow fails, a frame is darker than both neighbours as often as brighter: rain outweighs that
NARROW = 0.02  # share of the width up to which what is bright is left out of the flow: rain, which moves otherwise


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
        `here`, and the brighter of both neighbours, along the flow, where the frame is brighter than that, and the
        channels change alike. What is brighter because the flow fails is told as on the ground: rain never darkens, so
        it has to brighten by more than anything near is darker than both, and around a pixel twice as much; and it is
        no more opaque than the rain before the ground of the frame.
    """
    import cv2

    own = _without_narrow(here.image)
    ways = [_way(own, _without_narrow(other), image.shape) for other in (before, after)]
    sides = [cv2.remap(other, *way, cv2.INTER_LINEAR) for other, way in zip((before, after), ways, strict=True)]
    brighter = np.asarray(cv2.max(*sides), np.uint8)
    change = Change.of(image, brighter)
    darker = darkening(image, np.asarray(cv2.min(*sides), np.uint8))
    least = outweighing(cv2.dilate(darker, block(NEAR * image.shape[1])))
    opaque = opacities(change.lighter, brighter) > here.opacity
    may = cv2.dilate(opaque.view(np.uint8), square(3)) == 0
    may &= ~here.changed & (change.lighter > least) & _inside(*ways[0]) & _inside(*ways[1])
    may &= _mostly(change.lighter, darker)
    if region is not None:
        may &= region
    limit = np.full(may.shape, LEAST, np.uint8)
    rain = change.bright(limit) & may
    near = cv2.dilate(rain.view(np.uint8), square(EDGE)).view(np.bool_) & may
    return mixed(here.image, brighter, change.lighter, limit, rain, near)[0]


def _mostly(lighter: Grey, darker: Grey) -> Mask:
    """Mark where a frame is brighter than both neighbours more than darker, around each pixel."""
    import cv2

    side = 2 * round(AROUND * lighter.shape[1] / 2) + 1
    bright, dark = (cv2.boxFilter(level, cv2.CV_32F, (side, side)) for level in (lighter, darker))
    return np.asarray(bright >= np.float32(MOSTLY) * dark)


def _without_narrow(image: Image) -> Grey:
    """Return a frame at the size at which flow is found, without what is bright and narrow, as rain is."""
    import cv2

    height, width = image.shape[:2]
    _, size = sizes((width, height))
    shape = cv2.INTER_AREA if size[0] < width else cv2.INTER_LINEAR
    grey = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), size, interpolation=shape)
    line = np.ones((1, 2 * round(NARROW * size[0] / 2) + 1), np.uint8)
    return np.asarray(cv2.morphologyEx(grey, cv2.MORPH_OPEN, line), np.uint8)


def _way(image: Grey, other: Grey, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return where each pixel of a frame lies in another: x and y, float32 of shape (H, W), in pixels."""
    import cv2

    height, width = shape[:2]
    flow = cv2.resize(dense_flow(image, other, quick=True), (width, height), interpolation=cv2.INTER_LINEAR)
    x, y = cv2.split(flow)
    x = np.float32(width / image.shape[1]) * np.asarray(x) + np.arange(width, dtype=np.float32)
    y = np.float32(height / image.shape[0]) * np.asarray(y) + np.arange(height, dtype=np.float32)[:, None]
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


def _inside(x: Floats, y: Floats) -> Mask:
    """Mark where a way leads into the picture."""
    height, width = x.shape
    return np.asarray((x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1))
