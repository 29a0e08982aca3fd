"""Pictures as bytes for a browser."""

from __future__ import annotations

import cv2
import numpy as np

from stillplate.arrays import AnyArray, Floats, Grey, Image
from stillplate.io.picture import AnyImage, PlanarImage, rgb_of

__all__ = ["STEPS", "jpeg", "linear", "logarithmic", "png"]

QUALITY = 85  # of JPEG, while the picture moves
STEPS = 32  # values of a logarithmic plane for each doubling
MIDDLE = 128  # value of a logarithmic plane that stands for 1


def jpeg(image: AnyImage, width: int | None = None) -> bytes:
    """Encode an image, not wider than `width` pixels, for a moment: JPEG."""
    small = rgb_of(image) if width is None or width >= image.shape[1] else _reduced(image, width)
    return _encoded(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])


def _reduced(image: AnyImage, width: int) -> Image:
    """Reduce an image to a width by a whole number of pixels, of which the mean is taken, and the rest between pixels.

    Half of an image that is not yet RGB is converted alone.
    """
    height, whole, _ = image.shape
    step = whole // width
    if step > 1 and isinstance(image, PlanarImage):
        image = image.reduced(2)
        step //= 2
    rgb = rgb_of(image)
    if step > 1:
        part = (max(1, rgb.shape[1] // step), max(1, rgb.shape[0] // step))
        rgb = np.asarray(cv2.resize(rgb, part, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(rgb, (width, max(1, round(height * width / whole)))), np.uint8)


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
