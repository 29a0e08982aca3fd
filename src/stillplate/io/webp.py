"""Animated WebP: its frames in order, composited on the canvas."""

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

ANIMATED = 0x02  # flag in the VP8X chunk
DISPOSES, REPLACES = 0x01, 0x02  # flags of a frame: clear its area after display; do not blend
LEAST_DURATION = 10  # ms; frames of this duration or less get DEFAULT_DURATION, as in browsers
DEFAULT_DURATION = 100  # ms


@dataclass(frozen=True, slots=True)
class _FrameChunk:
    """One frame: its data in the file, its area on the canvas, its duration in ms."""

    offset: int
    size: int
    position: tuple[int, int]
    shape: tuple[int, int]
    duration: int
    flags: int


class Animation:
    """The frames of an animated WebP file.

    Parameters
    ----------
    path : Path

    Attributes
    ----------
    times : list of Fraction
        Start of each frame, in seconds; empty if the file is no animation.
    end : Fraction
        End of the last frame, in seconds.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size, self._chunks = _chunks(path)
        self.times: list[Fraction] = []
        self.end = Fraction(0)
        for chunk in self._chunks:
            self.times.append(self.end)
            self.end += Fraction(DEFAULT_DURATION if chunk.duration <= LEAST_DURATION else chunk.duration, 1000)

    def frames(self) -> Iterator[Image]:
        """Decode all frames in order, composited on black: uint8 arrays of shape (H, W, 3), RGB.

        Raises
        ------
        DecodeError
            If the canvas is too large, or a frame is damaged.
        """
        width, height = self._size
        if width * height > MOST_PIXELS:
            raise DecodeError(
                f"{self._path}: is {width}x{height}, but at most {MOST_PIXELS} pixels are read: downscale it first"
            )
        canvas = np.zeros((height, width, 3), np.uint8)
        with self._path.open("rb") as file:
            for chunk in self._chunks:
                target = canvas[chunk.position[1] :, chunk.position[0] :][: chunk.shape[1], : chunk.shape[0]]
                image = self._decoded(file, chunk)
                if image.shape[:2] != target.shape[:2]:
                    raise self._damaged()
                _composite(image, target, blend=not chunk.flags & REPLACES)
                yield canvas.copy()
                if chunk.flags & DISPOSES:
                    target[:] = 0

    def _decoded(self, file: BinaryIO, chunk: _FrameChunk) -> npt.NDArray[Any]:
        import cv2

        file.seek(chunk.offset)
        data = _still_file(file.read(chunk.size), chunk.shape)
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None:
            raise self._damaged()
        return cv2.cvtColor(image, cv2.COLOR_BGR2RGB if image.shape[2] == 3 else cv2.COLOR_BGRA2RGBA)

    def _damaged(self) -> DecodeError:
        return DecodeError(f"{self._path}: cannot be decoded: it is damaged: copy it again")


def _chunks(path: Path) -> tuple[tuple[int, int], list[_FrameChunk]]:
    """Read the size of the canvas and the frame chunks; no chunks if the file is not animated."""
    size, chunks = (0, 0), []
    try:
        with path.open("rb") as file:
            if file.read(4) != b"RIFF" or file.read(8)[4:] != b"WEBP":
                return size, []
            while len(head := file.read(8)) == 8:
                kind, length = head[:4], int.from_bytes(head[4:], "little")
                offset = file.tell()
                if kind == b"VP8X":
                    flags, *size_fields = struct.unpack("<B3x3s3s", file.read(10))
                    size = (_uint24(size_fields[0]) + 1, _uint24(size_fields[1]) + 1)
                    if not flags & ANIMATED:
                        return size, []
                elif kind == b"ANMF":
                    x, y, width, height, duration, flags = struct.unpack("<3s3s3s3s3sB", file.read(16))
                    shape, position = (_uint24(width) + 1, _uint24(height) + 1), (2 * _uint24(x), 2 * _uint24(y))
                    chunks.append(_FrameChunk(offset + 16, length - 16, position, shape, _uint24(duration), flags))
                elif kind in (b"VP8 ", b"VP8L"):
                    return size, []
                file.seek(offset + length + length % 2)
    except (OSError, struct.error):
        return size, []
    return size, chunks


def _uint24(data: bytes) -> int:
    return int.from_bytes(data, "little")


def _still_file(data: bytes, shape: tuple[int, int]) -> bytes:
    """Return the data of a frame as a still WebP file."""
    if data.startswith(b"ALPH"):
        size_fields = b"".join((side - 1).to_bytes(3, "little") for side in shape)
        data = b"VP8X" + struct.pack("<IB3x", 10, 0x10) + size_fields + data
    return b"RIFF" + struct.pack("<I", 4 + len(data)) + b"WEBP" + data


def _composite(image: Image, target: Image, *, blend: bool) -> None:
    """Write a frame, RGB or RGBA with straight alpha, to its area of the canvas, blended with it if `blend`."""
    if image.shape[2] == 3:
        target[:] = image
        return
    alpha = image[:, :, 3:].astype(np.float32) / 255
    background = target * (1 - alpha) if blend else 0
    target[:] = np.rint(image[:, :, :3] * alpha + background)
