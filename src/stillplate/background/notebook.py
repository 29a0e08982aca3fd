"""A background as a notebook shows it."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

import numpy as np

from stillplate.arrays import Image
from stillplate.io.images import encode_image

__all__ = ["as_html"]

SHOWN = 640  # pixels: largest width at which a plate is shown


def as_html(plate: Image, caption: str) -> str:
    """Show a plate with a line of text below it, as HTML in one piece."""
    picture = base64.b64encode(encode_image(Path("plate.png"), _fitted(plate))).decode()
    return f'<img src="data:image/png;base64,{picture}" alt="plate"><p>{escape(caption)}</p>'


def _fitted(image: Image) -> Image:
    """Reduce a picture to the largest width that is shown."""
    import cv2

    height, width, _ = image.shape
    if width <= SHOWN:
        return image
    return np.asarray(cv2.resize(image, (SHOWN, round(height * SHOWN / width)), interpolation=cv2.INTER_AREA), np.uint8)
