"""The chunks of an AVI file: FFmpeg tells nothing of those that hold no picture, and repeat the one before."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

__all__ = ["repeats_at_end"]

LISTS = {(b"RIFF", b"AVI "), (b"RIFF", b"AVIX"), (b"LIST", b"movi"), (b"LIST", b"rec ")}  # that frames are in
PICTURES = (b"dc", b"db")
DEEPEST = 4


def repeats_at_end(path: Path, stream: int) -> int:
    """Count the empty chunks after the last picture of a video stream, each of which shows that for a frame more.

    Parameters
    ----------
    path : Path
        An AVI file; what cannot be read of another counts for nothing.
    stream : int
        Its number in the file.
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


def _chunks(file: BinaryIO, place: int, end: int, depth: int) -> Iterator[tuple[bytes, int]]:
    """Yield name and size of each chunk between two places, those within lists too, as far as the file is whole."""
    while place + 8 <= end:
        file.seek(place)
        name, size = struct.unpack("<4sI", file.read(8))
        inner = file.read(4) if name in (b"RIFF", b"LIST") else b""
        if (name, inner) in LISTS and depth < DEEPEST:
            yield from _chunks(file, place + 12, min(end, place + 8 + size), depth + 1)
        elif place + 8 + size <= end:
            yield name, size
        place += 8 + size + size % 2
