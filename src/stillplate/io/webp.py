"""Animated WebP: its frames, one after the other, laid on its canvas."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.errors import DecodeError
from stillplate.io.source import MOST_PIXELS

__all__ = ["Animation"]

ANIMATED = 0x02  # of the flags in VP8X
CLEARED, REPLACES = 0x01, 0x02  # of the flags of a frame: its place is cleared after it; it is not blended
LEAST_SHOWN = 10  # ms: what is to be shown for less is shown for USUAL, as browsers do
USUAL = 100  # ms


@dataclass(frozen=True, slots=True)
class _Part:
    """Where a frame lies in the file and on the canvas."""

    place: int
    size: int
    corner: tuple[int, int]
    shape: tuple[int, int]
    shown: int
    flags: int


class Animation:
    """The frames of an animated WebP file.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    times : list of Fraction
        When each frame is first shown, in seconds.
    end : Fraction
        When the last frame has been shown.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size, self._parts = _parts(path)
        self.times: list[Fraction] = []
        self.end = Fraction(0)
        for part in self._parts:
            self.times.append(self.end)
            self.end += Fraction(USUAL if part.shown <= LEAST_SHOWN else part.shown, 1000)

    def frames(self) -> Iterator[Image]:
        """Decode all frames in their order: uint8 arrays of shape (H, W, 3), RGB, on black.

        Raises
        ------
        DecodeError
            If the canvas is too large, or a frame is damaged.
        """
        width, height = self._size
        if width * height > MOST_PIXELS:
            raise DecodeError(
                f"{self._path}: is {width}x{height}, but at most {MOST_PIXELS} pixels are taken up: bring it down first"
            )
        canvas = np.zeros((height, width, 3), np.uint8)
        with self._path.open("rb") as file:
            for part in self._parts:
                place = canvas[part.corner[1] :, part.corner[0] :][: part.shape[1], : part.shape[0]]
                image = self._decoded(file, part)
                if image.shape[:2] != place.shape[:2]:
                    raise self._damaged()
                _lay(image, place, blend=not part.flags & REPLACES)
                yield canvas.copy()
                if part.flags & CLEARED:
                    place[:] = 0

    def _decoded(self, file: BinaryIO, part: _Part) -> npt.NDArray[Any]:
        import cv2

        file.seek(part.place)
        data = _still(file.read(part.size), part.shape)
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None:
            raise self._damaged()
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB if image.shape[2] == 3 else cv2.COLOR_BGRA2RGBA)

    def _damaged(self) -> DecodeError:
        return DecodeError(f"{self._path}: cannot be decoded: it is damaged: copy it again")


def _parts(path: Path) -> tuple[tuple[int, int], list[_Part]]:
    """Read the size of the canvas and where the frames are; no frame of what is not animated."""
    size, parts = (0, 0), []
    try:
        with path.open("rb") as file:
            if file.read(4) != b"RIFF" or file.read(8)[4:] != b"WEBP":
                return size, []
            while len(head := file.read(8)) == 8:
                kind, length = head[:4], int.from_bytes(head[4:], "little")
                place = file.tell()
                if kind == b"VP8X":
                    flags, *sides = struct.unpack("<B3x3s3s", file.read(10))
                    size = (_number(sides[0]) + 1, _number(sides[1]) + 1)
                    if not flags & ANIMATED:
                        return size, []
                elif kind == b"ANMF":
                    x, y, width, height, shown, flags = struct.unpack("<3s3s3s3s3sB", file.read(16))
                    shape, corner = (_number(width) + 1, _number(height) + 1), (2 * _number(x), 2 * _number(y))
                    parts.append(_Part(place + 16, length - 16, corner, shape, _number(shown), flags))
                elif kind in (b"VP8 ", b"VP8L"):
                    return size, []
                file.seek(place + length + length % 2)
    except (OSError, struct.error):
        return size, []
    return size, parts


def _number(three: bytes) -> int:
    return int.from_bytes(three, "little")


def _still(data: bytes, shape: tuple[int, int]) -> bytes:
    """Make a file of its own of a frame's chunks."""
    if data.startswith(b"ALPH"):
        sides = b"".join((side - 1).to_bytes(3, "little") for side in shape)
        data = b"VP8X" + struct.pack("<IB3x", 10, 0x10) + sides + data
    return b"RIFF" + struct.pack("<I", 4 + len(data)) + b"WEBP" + data


def _lay(image: Image, place: Image, *, blend: bool) -> None:
    """Lay a frame, RGB or RGBA with straight alpha, on its place, whatever is there shining through."""
    if image.shape[2] == 3:
        place[:] = image
        return
    alpha = image[:, :, 3:].astype(np.float32) / 255
    ground = place * (1 - alpha) if blend else 0
    place[:] = np.rint(image[:, :, :3] * alpha + ground)
