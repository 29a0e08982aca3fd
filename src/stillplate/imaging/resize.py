"""Reduced sizes: of the images in which masks are found, and of the thumbnails of votes and light states."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Grey, Image

__all__ = ["SMALL", "downscale", "nearest_rows", "resized", "resized_grey", "shrink", "small_size", "working_factor"]

NARROWEST, WIDEST = 320, 480  # columns, the range of widths to which wider images are reduced before masks are found
SMALL = 160  # pixels, longer side of a small image; votes are smooth, and a limb, 1/40 of the image, still has 4 pixels


def working_factor(width: int) -> int:
    """Factor by which images of a width are reduced before masks are found in them."""
    return max(1, min(-(-width // WIDEST), width // NARROWEST))


def downscale(image: Image, factor: int) -> Image:
    """Reduce an image by a whole factor; each pixel of the result is the mean of those it covers."""
    return kernels.downscale(image, factor) if factor > 1 else image


def small_size(height: int, width: int, side: int = SMALL) -> tuple[int, int]:
    """Height and width of an image, reduced so that its longer side is at most `side` pixels."""
    scale = min(1.0, side / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def shrink(image: Image, side: int = SMALL) -> Image:
    """Reduce an image so that its longer side is at most `side` pixels; each pixel is the mean of those it covers."""
    import cv2

    height, width = small_size(image.shape[0], image.shape[1], side)
    if (height, width) == image.shape[:2]:
        return image.copy()
    return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def resized(image: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    """Resize an image to (height, width): area means to reduce it, linear interpolation to enlarge it."""
    import cv2

    height, width = size
    if image.shape[:2] == (height, width):
        return image
    smaller = height * width < image.shape[0] * image.shape[1]
    return cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def resized_grey(image: Image, size: tuple[int, int]) -> Grey:
    """Return the grey levels of an RGB image at a width and height: uint8 of shape (height, width)."""
    import cv2

    return np.asarray(resized(np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)), size[::-1]), np.uint8)


def nearest_rows(image: npt.NDArray[Any], rows: slice, height: int, width: int) -> npt.NDArray[Any]:
    """Return a band of rows of a small image, enlarged to a height and a width by nearest neighbour."""
    down = np.arange(rows.start, rows.stop) * image.shape[0] // height
    return np.asarray(image[down[:, None], np.arange(width) * image.shape[1] // width])
