"""The size of the pictures that masks are found on."""

from __future__ import annotations

import numpy as np

from stillplate.video.source import Image

__all__ = ["brought_down", "working_factor"]

NARROWEST, WIDEST = 320, 480  # columns: wider pictures are brought down to at most so many, unless too few are left


def working_factor(width: int) -> int:
    """Tell by how much pictures are brought down before masks are found on them."""
    return max(1, min(-(-width // WIDEST), width // NARROWEST))


def brought_down(image: Image, factor: int) -> Image:
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
