"""Pages of a TIFF file: which there are, and each as a file of its own, whatever the size of the whole."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from stillplate.errors import DecodeError

__all__ = ["TIFFS", "Directory", "find_pages", "read_page"]

TIFFS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}  # those with a + are BigTIFF
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}  # types of values that count or point
SUBFILE, STRIPS, STRIP_BYTES, TILES, TILE_BYTES = 254, 273, 279, 324, 325
SMALLER_OR_MASK = 0b101  # bits of SUBFILE: a preview of another page, or its mask
POINTERS = {330, 34665, 34853, 40965}  # to directories that a page by itself does not have
MOST_PAGES = 2**20
MOST_ENTRIES = 4096
MOST_BYTES = 2**31  # of a page, compressed


@dataclass(frozen=True, slots=True)
class _Form:
    """How numbers are laid out in a file."""

    order: str
    big: bool

    @property
    def pointer(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")

    @property
    def entry(self) -> str:
        return self.order + ("HHQ8s" if self.big else "HHI4s")


@dataclass(frozen=True, slots=True)
class Directory:
    """What a file says of one page.

    Attributes
    ----------
    form : of numbers
    entries : dict of int to (int, int, bytes)
        By tag: type, count, and the values, or where they are.
    following : int
        Where the next directory is; 0 after the last.
    """

    form: _Form
    entries: dict[int, tuple[int, int, bytes]]
    following: int

    def values(self, file: BinaryIO, tag: int) -> bytes:
        """Read the values of a tag as they are stored."""
        kind, count, place = self.entries[tag]
        size = SIZES.get(kind, 0) * count
        if size <= len(place):
            return place[:size]
        if size > MOST_BYTES:
            raise struct.error
        return _read(file, struct.unpack(self.form.pointer, place)[0], size)

    def numbers(self, file: BinaryIO, tag: int) -> tuple[int, ...]:
        """Read the values of a tag that counts or points; none if the page does not have it."""
        if tag not in self.entries:
            return ()
        kind, count, _ = self.entries[tag]
        return struct.unpack(f"{self.form.order}{count}{NUMBERS[kind]}", self.values(file, tag))


def find_pages(path: Path) -> list[int]:
    """Find the pages of a TIFF file: where the directory of each is, without previews and masks of others.

    Returns
    -------
    list of int
        Empty if the file has no page that can be told, as one that is no TIFF.
    """
    try:
        with path.open("rb") as file:
            places = [place for place, directory in _directories(file) if not _is_aside(file, directory)]
    except (OSError, struct.error, LookupError):
        return []
    return places


def read_page(path: Path, place: int) -> bytes:
    """Read one page as a TIFF file of its own.

    Parameters
    ----------
    path : Path
        Of the TIFF file.
    place : int
        As `find_pages` gives it.

    Raises
    ------
    DecodeError
        If the page is not whole.
    """
    try:
        with path.open("rb") as file:
            form, _ = _head(file)
            directory = _directory(file, form, place)
            return _alone(file, directory)
    except (OSError, struct.error, LookupError) as err:
        raise DecodeError(f"{path}: a page at byte {place} cannot be read: is the file whole? copy it again") from err


def _read(file: BinaryIO, place: int, size: int) -> bytes:
    """Read exactly so many bytes; struct.error if there are fewer."""
    if place < 0 or place >= 2**63:
        raise struct.error
    file.seek(place)
    data = file.read(size)
    if len(data) < size:
        raise struct.error
    return data


def _head(file: BinaryIO) -> tuple[_Form, int]:
    """Read how the file is laid out, and where its first directory is."""
    magic = _read(file, 0, 4)
    form = _Form(TIFFS[magic], b"+" in magic)
    place = 8 if form.big else 4
    return form, struct.unpack(form.pointer, _read(file, place, struct.calcsize(form.pointer)))[0]


def _directories(file: BinaryIO) -> Iterator[tuple[int, Directory]]:
    """Follow the chain of directories to its end, or to where it comes back or breaks."""
    form, place = _head(file)
    seen: set[int] = set()
    while place and place not in seen and len(seen) < MOST_PAGES:
        seen.add(place)
        try:
            directory = _directory(file, form, place)
        except struct.error:
            return
        yield place, directory
        place = directory.following


def _directory(file: BinaryIO, form: _Form, place: int) -> Directory:
    head, step = struct.calcsize(form.count), struct.calcsize(form.entry)
    (count,) = struct.unpack(form.count, _read(file, place, head))
    if count > MOST_ENTRIES:
        raise struct.error
    rows = _read(file, place + head, count * step)
    entries = {tag: (kind, many, value) for tag, kind, many, value in struct.iter_unpack(form.entry, rows)}
    after = _read(file, place + head + count * step, struct.calcsize(form.pointer))
    return Directory(form, entries, struct.unpack(form.pointer, after)[0])


def _is_aside(file: BinaryIO, directory: Directory) -> bool:
    return any(value & SMALLER_OR_MASK for value in directory.numbers(file, SUBFILE))


def _alone(file: BinaryIO, directory: Directory) -> bytes:
    """Lay a page out as a BigTIFF: head, directory, values, picture."""
    form = _Form(directory.form.order, True)
    places, sizes = (TILES, TILE_BYTES) if TILES in directory.entries else (STRIPS, STRIP_BYTES)
    lengths = directory.numbers(file, sizes)
    if not lengths or sum(lengths) > MOST_BYTES:
        raise struct.error
    parts = [_read(file, place, size) for place, size in zip(directory.numbers(file, places), lengths, strict=False)]
    if len(parts) < len(lengths):
        raise struct.error
    kept = {tag: one for tag, one in sorted(directory.entries.items()) if tag not in POINTERS and one[0] in SIZES}
    end = 16 + 8 + 20 * len(kept) + 8
    values = {tag: directory.values(file, tag) for tag in kept}
    values[places] = bytes(8 * len(parts))  # of the right length: where they are is known below
    outside, at = {}, end
    for tag, value in values.items():
        if len(value) > 8:
            outside[tag], at = at, at + len(value)
    starts = list(accumulate(lengths[:-1], initial=at))
    values[places] = struct.pack(f"{form.order}{len(starts)}Q", *starts)
    rows = []
    for tag, (kind, count, _) in kept.items():
        kind, count = (16, len(starts)) if tag == places else (kind, count)
        inside = struct.pack(form.pointer, outside[tag]) if tag in outside else values[tag].ljust(8, b"\0")
        rows.append(struct.pack(form.entry, tag, kind, count, inside))
    magic = next(mark for mark, order in TIFFS.items() if order == form.order and b"+" in mark)
    head = magic + struct.pack(form.order + "HHQ", 8, 0, 16) + struct.pack(form.order + "Q", len(kept))
    return b"".join([head, *rows, bytes(8), *(values[tag] for tag in outside), *parts])
