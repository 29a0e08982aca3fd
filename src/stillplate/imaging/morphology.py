"""Structuring elements of morphological operations."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

__all__ = ["block", "disk", "radius", "square"]


def radius(reach: float) -> int:
    """A reach in whole pixels, 1 at least."""
    return max(1, round(reach))


@cache
def square(side: int) -> npt.NDArray[np.uint8]:
    """A square structuring element of `side` pixels, which is not to be changed."""
    element = np.ones((side, side), np.uint8)
    element.setflags(write=False)
    return element


def block(reach: float) -> npt.NDArray[np.uint8]:
    """A square structuring element that extends `reach` pixels, at least 1, from its centre."""
    return square(2 * radius(reach) + 1)


def disk(reach: float) -> npt.NDArray[np.uint8]:
    """A round structuring element that extends `reach` pixels, at least 1, from its centre."""
    import cv2

    side = 2 * radius(reach) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
