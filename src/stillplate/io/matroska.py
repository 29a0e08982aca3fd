"""The shape of pixels in Matroska and WebM, written into the head of a file that is whole.

FFmpeg's muxer takes it from a field that PyAV does not reach. So a track is given a long name first, and the name's
place is then taken by the elements that tell the shape: the file keeps its length, and nothing after them moves.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

__all__ = ["ROOM", "note_pixel_aspect"]

ROOM = "." * 24  # the name of a track whose place will be taken
HEAD = 1 << 16  # bytes; the tracks come before the pictures
SEGMENT, TRACKS, TRACK, VIDEO, NAME = 0x18538067, 0x1654AE6B, 0xAE, 0xE0, 0x536E
WIDTH, HEIGHT, DISPLAY_WIDTH, DISPLAY_HEIGHT, DISPLAY_UNIT = 0xB0, 0xBA, 0x54B0, 0x54BA, 0x54B2
VOID, CHECKSUM = 0xEC, 0xBF
PIXELS, RATIO = 0, 3  # display units: whole pixels, and nothing but their ratio


class Element(NamedTuple):
    """One element of a file: what it is, and where it and its content start and end."""

    name: int
    start: int
    inner: int
    end: int


def note_pixel_aspect(path: Path, aspect: Fraction) -> None:
    """Note the shape of the pixels in each video track that is called `ROOM`.

    Parameters
    ----------
    path : Path
        A Matroska or WebM file.
    aspect : Fraction
        Width of a pixel as shown, over its height.
    """
    with path.open("r+b") as file:
        head = bytearray(file.read(HEAD))
        for segment in _elements(head, 0, len(head), SEGMENT):
            for tracks in _elements(head, segment.inner, len(head), TRACKS):
                for track in _elements(head, tracks.inner, tracks.end, TRACK):
                    head[track.inner : track.end] = _told(head, track, aspect)
                _check(head, tracks)
        file.seek(0)
        file.write(head)


def _elements(data: bytes | bytearray, start: int, end: int, wanted: int | None = None) -> Iterator[Element]:
    """Walk over the elements that lie side by side, or over those of one name."""
    while start < end:
        after = start + _width(data[start])
        if after >= len(data):  # what was read of the file ends here
            return
        inner = after + _width(data[after])
        size = int.from_bytes(data[after:inner], "big") & ((1 << 7 * (inner - after)) - 1)
        element = Element(int.from_bytes(data[start:after], "big"), start, inner, min(inner + size, end))
        if wanted in (None, element.name):
            yield element
        start = inner + size


def _width(first: int) -> int:
    """Bytes of a number by its first one: as many as the place of its highest bit tells."""
    return 9 - first.bit_length()


def _made(name: int, content: bytes) -> bytes:
    size = len(content)
    length = 1 if size < 127 else 8
    marked = size | 1 << 7 * length
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + marked.to_bytes(length, "big") + content


def _shaped(head: bytearray, video: Element, aspect: Fraction) -> bytes:
    """Tell the size that the picture is shown at: in pixels where these are whole, else as a ratio."""
    told = {one.name: bytes(head[one.start : one.end]) for one in _elements(head, video.inner, video.end)}
    inner = {one.name: head[one.inner : one.end] for one in _elements(head, video.inner, video.end)}
    height = int.from_bytes(inner[HEIGHT], "big")
    shown = int.from_bytes(inner[WIDTH], "big") * aspect
    unit, across, down = PIXELS, shown.numerator, height
    if shown.denominator > 1:
        unit, (across, down) = RATIO, (shown / height).as_integer_ratio()
    for name, value in ((DISPLAY_WIDTH, across), (DISPLAY_HEIGHT, down), (DISPLAY_UNIT, unit)):
        told[name] = _made(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))
    return b"".join(told.values())


def _told(head: bytearray, track: Element, aspect: Fraction) -> bytes:
    """Lay the track out anew, at its old length: with what is displayed in place of its name."""
    parts, named = [], False
    for part in _elements(head, track.inner, track.end):
        named |= part.name == NAME and head[part.inner : part.end] == ROOM.encode()
        if part.name == VIDEO:
            parts.append(_made(VIDEO, _shaped(head, part, aspect)))
        elif part.name != NAME:
            parts.append(bytes(head[part.start : part.end]))
    rest = track.end - track.inner - sum(map(len, parts))
    if not named or rest < 2:
        return bytes(head[track.inner : track.end])
    return b"".join(parts) + _made(VOID, bytes(rest - 2))


def _check(head: bytearray, tracks: Element) -> None:
    """Renew the checksum over the tracks, where there is one."""
    first = next(_elements(head, tracks.inner, tracks.end))
    if first.name == CHECKSUM:
        head[first.inner : first.end] = zlib.crc32(head[first.end : tracks.end]).to_bytes(4, "little")
