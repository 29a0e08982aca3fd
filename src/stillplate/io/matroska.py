"""The pixel aspect ratio of Matroska and WebM, written into the header of a finished file.

FFmpeg's muxer takes it from a field that PyAV does not expose. So a track is first written with a long name, whose
bytes are then replaced by the elements of the display size: the file keeps its length, and no offset changes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

__all__ = ["PLACEHOLDER", "note_pixel_aspect"]

PLACEHOLDER = "." * 24  # name of a track whose bytes will be replaced
HEAD = 1 << 16  # bytes of the file's start, which hold the track headers
SEGMENT, TRACKS, TRACK, VIDEO, NAME = 0x18538067, 0x1654AE6B, 0xAE, 0xE0, 0x536E
WIDTH, HEIGHT, DISPLAY_WIDTH, DISPLAY_HEIGHT, DISPLAY_UNIT = 0xB0, 0xBA, 0x54B0, 0x54BA, 0x54B2
VOID, CHECKSUM = 0xEC, 0xBF
PIXELS, RATIO = 0, 3  # display units: pixels, or an aspect ratio only


class Element(NamedTuple):
    """One EBML element: its ID, and the offsets of its start, its content and its end."""

    name: int
    start: int
    inner: int
    end: int


def note_pixel_aspect(path: Path, aspect: Fraction) -> None:
    """Write the pixel aspect ratio into each video track that is called `PLACEHOLDER`.

    Parameters
    ----------
    path : Path
        A Matroska or WebM file.
    aspect : Fraction
        Width of a displayed pixel over its height.
    """
    with path.open("r+b") as file:
        head = bytearray(file.read(HEAD))
        for segment in _elements(head, 0, len(head), SEGMENT):
            for tracks in _elements(head, segment.inner, len(head), TRACKS):
                for track in _elements(head, tracks.inner, tracks.end, TRACK):
                    head[track.inner : track.end] = _rewritten_track(head, track, aspect)
                _renew_checksum(head, tracks)
        file.seek(0)
        file.write(head)


def _elements(data: bytes | bytearray, start: int, end: int, wanted: int | None = None) -> Iterator[Element]:
    """Yield the sibling elements between two offsets, all or those with the ID `wanted`."""
    while start < end:
        after = start + _width(data[start])
        if after >= len(data):  # the part of the file that was read ends here
            return
        inner = after + _width(data[after])
        size = int.from_bytes(data[after:inner], "big") & ((1 << 7 * (inner - after)) - 1)
        element = Element(int.from_bytes(data[start:after], "big"), start, inner, min(inner + size, end))
        if wanted in (None, element.name):
            yield element
        start = inner + size


def _width(first: int) -> int:
    """Length in bytes of a variable-length number, from the highest set bit of its first byte."""
    return 9 - first.bit_length()


def _encoded(name: int, content: bytes) -> bytes:
    """An element as bytes: ID, size, content."""
    size = len(content)
    length = 1 if size < 127 else 8
    marked = size | 1 << 7 * length
    return name.to_bytes((name.bit_length() + 7) // 8, "big") + marked.to_bytes(length, "big") + content


def _video_with_display_size(head: bytearray, video: Element, aspect: Fraction) -> bytes:
    """Content of the video element with the display size, in pixels if these are whole, else as a ratio."""
    elements = {one.name: bytes(head[one.start : one.end]) for one in _elements(head, video.inner, video.end)}
    inner = {one.name: head[one.inner : one.end] for one in _elements(head, video.inner, video.end)}
    height = int.from_bytes(inner[HEIGHT], "big")
    shown = int.from_bytes(inner[WIDTH], "big") * aspect
    unit, across, down = PIXELS, shown.numerator, height
    if shown.denominator > 1:
        unit, (across, down) = RATIO, (shown / height).as_integer_ratio()
    for name, value in ((DISPLAY_WIDTH, across), (DISPLAY_HEIGHT, down), (DISPLAY_UNIT, unit)):
        elements[name] = _encoded(name, value.to_bytes(max(1, (value.bit_length() + 7) // 8), "big"))
    return b"".join(elements.values())


def _rewritten_track(head: bytearray, track: Element, aspect: Fraction) -> bytes:
    """Content of the track at its old length, with the display size in place of its name."""
    parts, named = [], False
    for part in _elements(head, track.inner, track.end):
        named |= part.name == NAME and head[part.inner : part.end] == PLACEHOLDER.encode()
        if part.name == VIDEO:
            parts.append(_encoded(VIDEO, _video_with_display_size(head, part, aspect)))
        elif part.name != NAME:
            parts.append(bytes(head[part.start : part.end]))
    rest = track.end - track.inner - sum(map(len, parts))
    if not named or rest < 2:
        return bytes(head[track.inner : track.end])
    return b"".join(parts) + _encoded(VOID, bytes(rest - 2))


def _renew_checksum(head: bytearray, tracks: Element) -> None:
    """Recompute the checksum of the tracks, if they have one."""
    first = next(_elements(head, tracks.inner, tracks.end))
    if first.name == CHECKSUM:
        head[first.inner : first.end] = zlib.crc32(head[first.end : tracks.end]).to_bytes(4, "little")
