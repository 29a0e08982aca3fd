"""The part of the plate that a frame of a moving camera shows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate.arrays import Floats, Image, Mask
from stillplate.photometry.gain import Gain

__all__ = ["Patch", "has_plate_texture", "steepness"]

PATCH = 5  # pixels: side of the squares in which background is recognised by its texture
ALIKE = 0.4  # thresholds: largest mean difference of a square that shows the plate's texture
TEXTURE = 12.0  # levels: least standard deviation of a square that has texture


@dataclass(frozen=True, slots=True)
class Patch:
    """The part of the plate that one frame shows, at one scale.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        In the plate's light; black where nothing is known.
    seen : bool array of shape (H, W)
        Where a sample showed the background.
    certain : bool array of shape (H, W)
        Where enough samples did.
    thresholds : float32 array of shape (H, W)
        Difference that noise and registration explain, in 8-bit levels.
    gain : Gain
        From the plate's light to the frame's.
    """

    image: Image
    seen: Mask
    certain: Mask
    thresholds: Floats
    gain: Gain


def has_plate_texture(view: Image, ratio: Floats) -> Mask:
    """Where the plate has texture and the frame shows it: bool of shape (h, w)."""
    import cv2

    grey = cv2.cvtColor(view, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.blur(grey, (PATCH, PATCH))
    variance = cv2.blur(grey * grey, (PATCH, PATCH)) - mean * mean
    return np.asarray((cv2.blur(ratio, (PATCH, PATCH)) < ALIKE) & (variance > TEXTURE**2))


def steepness(image: Image) -> Floats:
    """How much the image changes from pixel to pixel: float32 of shape (H, W), in 8-bit levels."""
    import cv2

    red, green, blue = cv2.split(cv2.morphologyEx(image, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)))
    change = np.add(red, green, dtype=np.float32) + blue  # a mean over the last axis takes five times as long
    return np.asarray(cv2.GaussianBlur(change / 3 / 2, (0, 0), 1.0), np.float32)
