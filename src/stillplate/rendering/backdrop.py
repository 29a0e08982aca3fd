"""Backdrops for composites: a colour, an image or a video."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from stillplate.arrays import Image
from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.image_samples import read_image
from stillplate.io.images import is_image
from stillplate.io.opening import open_video
from stillplate.io.source import FrameSource

__all__ = ["backdrops", "check_backdrop"]

COLOURS = {
    "black": "000000", "silver": "c0c0c0", "grey": "808080", "gray": "808080", "white": "ffffff", "maroon": "800000",
    "red": "ff0000", "purple": "800080", "magenta": "ff00ff", "green": "008000", "lime": "00ff00", "olive": "808000",
    "yellow": "ffff00", "navy": "000080", "blue": "0000ff", "teal": "008080", "cyan": "00ffff", "orange": "ffa500",
}  # fmt: skip


@contextmanager
def backdrops(what: str | os.PathLike[str], width: int, height: int) -> Iterator[Iterator[Image]]:
    """Yield an endless iterator of backdrops, one for each frame.

    Parameters
    ----------
    what : str or path
        A colour (#00ff00, #0f0 or one of HTML's basic names), an image file, or a video, which is repeated.
    width, height : int
        Size of the frames, in pixels. Images of another aspect ratio are cropped.

    Raises
    ------
    ParameterError
        If the text starts with # and is not a colour.
    VideoError
        If the file cannot be read.
    """
    colour = _colour(os.fspath(what))
    if colour is not None:
        yield _repeat_image(np.full((height, width, 3), colour, np.uint8))
    elif is_image(as_path(what)):
        yield _repeat_image(_cover(read_image(what), width, height))
    else:
        with open_video(what) as video:
            yield _repeat_video(video, width, height)


def check_backdrop(what: str | os.PathLike[str]) -> None:
    """Raise ParameterError unless the text is a colour or the path of an existing file."""
    if _colour(os.fspath(what)) is None and not as_path(what).exists():
        raise ParameterError(
            f"{os.fspath(what)}: is no file and no colour: give an image, a video, a colour such as #00ff00, or one of "
            f"{', '.join(COLOURS)}"
        )


def _colour(text: str) -> tuple[int, ...] | None:
    """Return red, green and blue of a colour; None if the text is not one by its form."""
    digits = COLOURS.get(text.lower())
    if digits is None:
        if not text.startswith("#"):
            return None
        digits = text[1:] if len(text) == 7 else "".join(2 * digit for digit in text[1:])
    try:
        red, green, blue = bytes.fromhex(digits)
    except ValueError:
        raise ParameterError(f"{text} is no colour: # and 6 or 3 hexadecimal digits are needed, as #00ff00") from None
    return red, green, blue


def _repeat_image(image: Image) -> Iterator[Image]:
    """Yield one image without end."""
    while True:
        yield image


def _repeat_video(video: FrameSource, width: int, height: int) -> Iterator[Image]:
    """Yield the frames of a video, scaled to cover a size, without end."""
    while True:
        for frame in video:
            yield _cover(frame.image, width, height)


def _cover(image: Image, width: int, height: int) -> Image:
    """Return an image scaled to cover a size and cropped to it around its centre."""
    import cv2

    if image.shape[:2] == (height, width):
        return image
    scale = max(width / image.shape[1], height / image.shape[0])
    size = (max(width, round(image.shape[1] * scale)), max(height, round(image.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    wide = cv2.resize(image, size, interpolation=method)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    return np.ascontiguousarray(wide[top : top + height, left : left + width])
