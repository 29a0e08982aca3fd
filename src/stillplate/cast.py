"""Cast shadows: shade that neither texture nor hue proves needs a body that casts it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.cleanup import REACH, block, opened
from stillplate.kernels import Regions

__all__ = ["find_uncast"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]

DEEP = 0.4  # of the light: what is darker, and no body casts, may be the body of what is less dark
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
        Without proof, and lighter than the plate or in a region of `weak` that holds too little of anything else. What
        is darker than 0.4 of the plate in such a region casts the rest of it, if it is large enough. A region at the
        edge of the picture, whose body may be outside, is kept as shade if it has the light of the shadows that
        bodies cast in the same frame.
    """
    doubtful = shade & ~proven
    lighter = doubtful & (light > 1)
    things = (weak & ~shade) | lighter
    alone = _alone(doubtful & ~lighter, things, proven, weak, light)
    deep = alone & (light < DEEP)
    if deep.any():
        alone = deep | _alone(alone & ~deep, things | deep, proven, weak, light)
    return lighter | alone


def _alone(doubtful: Mask, things: Mask, proven: Mask, weak: Mask, light: Floats) -> Mask:
    """Find doubtful shade in regions without a body, which is not that of the frame's other shadows cut by its edge."""
    import cv2

    if not doubtful.any():
        return doubtful
    width = weak.shape[1]
    rim = cv2.dilate(doubtful.view(np.uint8), block(RIM * width)).view(np.bool_)
    body = opened(things) & ~rim
    regions = Regions.of(cv2.dilate(weak.view(np.uint8), block(REACH * width)).view(np.bool_))
    held = regions.held(doubtful)
    alone = regions.held(body | proven) < BODY * held
    own = regions.weights(light * doubtful) / np.maximum(held, 1)
    cast = own[~alone & (held > 0)]
    if cast.size:
        usual = float(np.median(cast))
        alone &= (np.abs(own - usual) > SHARED * usual) | (regions.held(_edge(weak.shape)) == 0)
    return doubtful & regions.where(alone)


def _edge(shape: tuple[int, ...]) -> Mask:
    edge = np.ones(shape, np.bool_)
    edge[1:-1, 1:-1] = False
    return edge
