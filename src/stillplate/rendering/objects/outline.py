"""The outline of a region as a polygon."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.rendering.objects.regions import Region

__all__ = ["outline_of"]

COARSE = 1.0  # pixels by which the polygon may be off the edges of the pixels, which are stairs


def outline_of(region: Region) -> npt.NDArray[np.int32]:
    """Return the polygon around a region, without its holes.

    Returns
    -------
    int32 array of shape (P, 2)
        Corners x, y, where the picture's first pixel reaches from 0 to 1; three or more.
    """
    x, y, _, _ = region.box
    doubled = region.mask.repeat(2, axis=0).repeat(2, axis=1).view(np.uint8)
    (around, *_), _ = cv2.findContours(doubled, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    edges = (around + 1) // 2  # of a pixel's two, the first lies at its left or upper edge, the second at the other
    corners = cv2.approxPolyDP(edges, COARSE, True)
    if len(corners) < 3:
        left, top, right, bottom = 0, 0, *region.box[2:]
        corners = np.array([[[left, top]], [[right, top]], [[right, bottom]], [[left, bottom]]], np.int32)
    return np.asarray(corners[:, 0] + np.array([x, y], np.int32), np.int32)
