"""Pictures as bytes for a browser."""

from __future__ import annotations

import cv2
import numpy as np

from stillplate.arrays import AnyArray, Floats, Grey, Image

__all__ = ["STEPS", "jpeg", "linear", "logarithmic", "png"]

QUALITY = 85  # of JPEG, while the picture moves
STEPS = 32  # values of a logarithmic plane for each doubling
MIDDLE = 128  # value of a logarithmic plane that stands for 1


def jpeg(image: Image, width: int | None = None) -> bytes:
    """Encode an image, not wider than `width` pixels, for a moment: JPEG."""
    height, whole, _ = image.shape
    if width is not None and width < whole:
        size = (width, max(1, round(height * width / whole)))
        image = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    return _encoded(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def png(image: AnyArray) -> bytes:
    """Encode an image as it is: PNG, of uint8 of shape (H, W), (H, W, 3) RGB or (H, W, 4) RGBA."""
    if image.ndim == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR if image.shape[2] == 3 else cv2.COLOR_RGBA2BGRA)
    return _encoded(".png", image, [cv2.IMWRITE_PNG_COMPRESSION, 1])


def linear(values: Floats, most: float) -> Grey:
    """Quantise values from 0 to `most` to 0..255: uint8 of the same shape."""
    return np.asarray(np.clip(np.rint(values * np.float32(255 / most)), 0, 255), np.uint8)


def logarithmic(values: Floats, one: float = 1.0) -> Grey:
    """Quantise positive values by their logarithm: uint8 of the same shape.

    q = 128 + 32 · log2(value / one), rounded up, so that value > s · one where q > 128 + 32 · log2(s).
    """
    scaled = np.maximum(values / np.float32(one), np.float32(2.0**-8))
    return np.asarray(np.clip(np.ceil(MIDDLE + STEPS * np.log2(scaled)), 0, 255), np.uint8)


def _encoded(form: str, image: AnyArray, options: list[int]) -> bytes:
    done, data = cv2.imencode(form, image, options)
    assert done  # an image of 8 bits can be encoded
    return data.tobytes()
