"""Box filters and distances between images."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Image

__all__ = ["box", "distance", "max_difference", "mean_difference"]


def max_difference(first: Image, second: Image) -> Floats:
    """The largest channel's absolute difference, of means over 3 x 3 pixels: float32 of shape (h, w), 8-bit levels."""
    return np.asarray(np.abs(mean_difference(first, second)).max(axis=2))


def mean_difference(first: Image, second: Image) -> Floats:
    """Mean over 3 x 3 pixels of the first less that of the second, float32 of shape (h, w, 3), in 8-bit levels."""
    import cv2

    return np.asarray(cv2.blur(cv2.subtract(first, second, dtype=cv2.CV_32F), (3, 3)), np.float32)


def distance(a: Image, b: Image) -> npt.NDArray[np.uint16]:
    """Sum of the absolute differences of the channels, 0..765."""
    import cv2

    difference = cv2.absdiff(a, b) if a.size else a
    return difference[..., 0].astype(np.uint16) + difference[..., 1] + difference[..., 2]


def box(picture: Floats, fraction: float) -> Floats:
    """Mean over a box of 1/fraction of the picture's longer side."""
    import cv2

    side = 2 * int(max(picture.shape) / fraction / 2) + 1
    return np.asarray(cv2.blur(picture, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)
