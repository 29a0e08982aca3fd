"""Before and after in one picture: the frame left of a border, the clean frame right of it."""

from __future__ import annotations

from math import cos, tau

import numpy as np

from stillplate.arrays import Image

__all__ = ["border_at", "wiped"]

PERIOD = 8.0  # seconds of the border's way from right to left and back
FINE = 480  # pixels of width to a pixel of the line
LINE = (255, 255, 255)


def border_at(fixed: float | None, time: float) -> float:
    """Return where the border stands, from 0 (left) to 1 (right): fixed, or moving with time, in seconds.

    Examples
    --------
    >>> [border_at(None, time) for time in (0, 4, 8)], border_at(0.5, 4)
    ([1.0, 0.0, 1.0], 0.5)
    """
    return 0.5 + 0.5 * cos(tau * time / PERIOD) if fixed is None else fixed


def wiped(image: Image, clean: Image, border: float) -> Image:
    """Return a frame left of the border, and the same without foreground right of it, with a white line between.

    Parameters
    ----------
    image, clean : uint8 arrays of shape (H, W, 3), RGB
    border : float
        0..1, from left to right.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
    """
    width = image.shape[1]
    at, thick = round(border * width), max(1, round(width / FINE))
    picture = np.hstack((image[:, :at], clean[:, at:]))
    if 0 < at < width:
        picture[:, max(0, at - (thick + 1) // 2) : at + thick // 2] = LINE
    return picture
