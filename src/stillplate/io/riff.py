"""The chunks of an AVI file; FFmpeg does not report empty ones, each of which repeats the previous frame."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["repeats_at_end"]

LISTS = {
    (b"RIFF", b"AVI "),
    (b"RIFF", b"AVIX"),
    (b"LIST", b"movi"),
    (b"LIST", b"rec "),
}  # list types that contain frames
PICTURES = (b"dc", b"db")  # chunk types of video frames: compressed, uncompressed
DEEPEST = 4  # levels of nested lists read at most


def repeats_at_end(path: Path, stream: int) -> int:
    """Count the empty chunks after the last coded frame of a video stream, each of which repeats that frame.

    Parameters
    ----------
    path : Path
        An AVI file; of any other file the count is 0.
    stream : int
        Number of the stream in the file.
    """
    count, names = 0, {b"%02d" % stream + kind for kind in PICTURES}
    try:
        with path.open("rb") as file:
            end = file.seek(0, 2)
            for name, size in _chunks(file, 0, end, 0):
                if name in names:
                    count = 0 if size else count + 1
    except (OSError, struct.error):
        return 0
    return count


def _chunks(file: BinaryIO, offset: int, end: int, depth: int) -> Iterator[tuple[bytes, int]]:
    """Yield name and size of each complete chunk between two offsets, including those inside lists."""
    while offset + 8 <= end:
        file.seek(offset)
        name, size = struct.unpack("<4sI", file.read(8))
        inner = file.read(4) if name in (b"RIFF", b"LIST") else b""
        if (name, inner) in LISTS and depth < DEEPEST:
            yield from _chunks(file, offset + 12, min(end, offset + 8 + size), depth + 1)
        elif offset + 8 + size <= end:
            yield name, size
        offset += 8 + size + size % 2
