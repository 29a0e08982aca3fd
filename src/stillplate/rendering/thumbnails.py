"""Thumbnails: a few reduced frames of a clip, with the foreground tinted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.io.source import Frame

__all__ = ["Thumbnail", "draw_thumbnail", "is_kept", "thinned"]

WIDE = 320  # pixels: largest width
MOST = 12  # about the number of thumbnails of a clip
TINT = (255, 64, 64)  # RGB
DENSE = 0.55  # opacity of the tint


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """A reduced frame with its foreground tinted.

    Attributes
    ----------
    image : uint8 array of shape (h, w, 3), RGB
        At most 320 pixels wide; the foreground is tinted red.
    index : int
        Number of the frame among those of the render, from 0.
    time : float
        Time in seconds from the first frame of the clip.
    """

    image: Image
    index: int
    time: float


def draw_thumbnail(frame: Frame, mask: npt.NDArray[np.bool_], index: int | None = None) -> Thumbnail:
    """Return the thumbnail of a frame and its mask, bool of shape (H, W)."""
    import cv2

    height, width = mask.shape
    size = (min(WIDE, width), max(1, round(height * min(1.0, WIDE / width))))
    small = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)[:, :, None] * DENSE
    mixed = small + share * (np.array(TINT, np.float32) - small)
    return Thumbnail(np.rint(mixed).astype(np.uint8), frame.index if index is None else index, float(frame.time))


def is_kept(index: int, frames: int | None = None) -> bool:
    """Return whether a frame is one of the about 12 thumbnails of a clip of so many frames, or of those up to it."""
    every = 1
    while (index if frames is None else frames - 1) > MOST * every:
        every *= 2
    return index % every == 0


def thinned(thumbnails: Sequence[Thumbnail]) -> list[Thumbnail]:
    """Return the thumbnails that are kept for a clip that ends with the last of them."""
    return [one for one in thumbnails if is_kept(one.index, thumbnails[-1].index + 1)]
