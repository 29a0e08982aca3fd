"""The size of the pictures that masks are found on."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image

__all__ = ["SMALL", "downscale", "resized", "shrink", "small_size", "working_factor"]

NARROWEST, WIDEST = 320, 480  # columns: wider pictures are brought down to at most so many, unless too few are left


def working_factor(width: int) -> int:
    """Tell by how much pictures are brought down before masks are found on them."""
    return max(1, min(-(-width // WIDEST), width // NARROWEST))


def downscale(image: Image, factor: int) -> Image:
    """Bring a picture down: each pixel of the small one is the mean of those it covers."""
    import cv2

    while factor > 1:
        step = 2 if factor % 2 == 0 else factor  # two by two is what OpenCV has instructions for
        height, width = image.shape[:2]
        below, beside = -height % step, -width % step
        if below or beside:
            image = np.asarray(cv2.copyMakeBorder(image, 0, below, 0, beside, cv2.BORDER_REPLICATE), np.uint8)
        size = (-(-width // step), -(-height // step))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        factor //= step
    return image


SMALL = 160  # pixels, long side of the small pictures: votes are smooth, and a limb (1/40 of the picture) still has 4


def small_size(height: int, width: int, side: int = SMALL) -> tuple[int, int]:
    """Height and width of a picture brought down to `side` pixels at its longer one; as they are if it is smaller."""
    scale = min(1.0, side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def shrink(image: Image, side: int = SMALL) -> Image:
    """Bring a picture down to `side` pixels: each pixel of the small one is the mean of those it covers."""
    import cv2

    height, width = small_size(image.shape[0], image.shape[1], side)
    if (height, width) == image.shape[:2]:
        return image.copy()
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def resized(picture: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    """Bring a picture to another size: means where it becomes smaller, straight lines where it grows."""
    import cv2

    height, width = size
    if picture.shape[:2] == (height, width):
        return picture
    smaller = height * width < picture.shape[0] * picture.shape[1]
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
