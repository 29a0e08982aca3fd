"""Structuring elements of morphological operations."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["block", "disk", "square"]


def square(side: int) -> npt.NDArray[np.uint8]:
    """A square structuring element of `side` pixels."""
    return np.ones((side, side), np.uint8)


def block(radius: float) -> npt.NDArray[np.uint8]:
    """A square structuring element that extends `radius` pixels, at least 1, from its centre."""
    return square(2 * max(1, round(radius)) + 1)


def disk(radius: float) -> npt.NDArray[np.uint8]:
    """A round structuring element of a radius of `radius` pixels, at least 1."""
    import cv2

    side = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)
