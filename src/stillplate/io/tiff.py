"""Pages of a TIFF file: their offsets, and each as a file of its own, without reading the rest of the file."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO

from stillplate.errors import DecodeError

__all__ = ["TIFFS", "Directory", "find_pages", "read_page"]

TIFFS = {b"II*\0": "<", b"MM\0*": ">", b"II+\0": "<", b"MM\0+": ">"}  # byte order by magic; + for BigTIFF
SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes per value, by the type of a tag."""
NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q"}  # struct formats of the unsigned integer types
SUBFILE, STRIP_OFFSETS, STRIP_BYTES, TILE_OFFSETS, TILE_BYTES = 254, 273, 279, 324, 325  # tags
SMALLER_OR_MASK = 0b101  # bits of SUBFILE: reduced-resolution copy of another page, or transparency mask
SUBDIRECTORIES = {330, 34665, 34853, 40965}  # tags that point to other directories, omitted from a single page
MOST_PAGES = 2**20  # pages read at most
MOST_ENTRIES = 4096  # entries of a directory read at most
MOST_BYTES = 2**31  # largest compressed size of a page


@dataclass(frozen=True, slots=True)
class _Layout:
    """Byte order and width of the numbers in a file."""

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
    """The image file directory (IFD) of one page.

    Attributes
    ----------
    layout : _Layout
    entries : dict of int to (int, int, bytes)
        By tag: type, count, and the values or their offset.
    following : int
        Offset of the next directory; 0 after the last.
    """

    layout: _Layout
    entries: dict[int, tuple[int, int, bytes]]
    following: int

    def values(self, file: BinaryIO, tag: int) -> bytes:
        """Read the raw values of a tag."""
        kind, count, raw = self.entries[tag]
        size = SIZES.get(kind, 0) * count
        if size <= len(raw):
            return raw[:size]
        if size > MOST_BYTES:
            raise struct.error
        return _read(file, struct.unpack(self.layout.pointer, raw)[0], size)

    def numbers(self, file: BinaryIO, tag: int) -> tuple[int, ...]:
        """Read the values of an integer tag; empty if the page lacks the tag."""
        if tag not in self.entries:
            return ()
        kind, count, _ = self.entries[tag]
        return struct.unpack(f"{self.layout.order}{count}{NUMBERS[kind]}", self.values(file, tag))


def find_pages(path: Path) -> list[int]:
    """Find the pages of a TIFF file, without reduced copies and masks of other pages.

    Returns
    -------
    list of int
        Offset of the directory of each page; empty if the file is no TIFF or cannot be read.
    """
    try:
        with path.open("rb") as file:
            offsets = [offset for offset, directory in _directories(file) if not _is_auxiliary(file, directory)]
    except (OSError, struct.error, LookupError):
        return []
    return offsets


def read_page(path: Path, offset: int) -> bytes:
    """Read one page as a TIFF file of its own.

    Parameters
    ----------
    path : Path
        The TIFF file.
    offset : int
        Offset of the page's directory, from `find_pages`.

    Raises
    ------
    DecodeError
        If the page is incomplete.
    """
    try:
        with path.open("rb") as file:
            layout, _ = _header(file)
            directory = _directory(file, layout, offset)
            return _single_page_file(file, directory)
    except (OSError, struct.error, LookupError) as err:
        raise DecodeError(f"{path}: a page at byte {offset} cannot be read: is the file whole? copy it again") from err


def _read(file: BinaryIO, offset: int, size: int) -> bytes:
    """Read exactly `size` bytes; struct.error if there are fewer."""
    if offset < 0 or offset >= 2**63:
        raise struct.error
    file.seek(offset)
    data = file.read(size)
    if len(data) < size:
        raise struct.error
    return data


def _header(file: BinaryIO) -> tuple[_Layout, int]:
    """Read the layout of the file and the offset of its first directory."""
    magic = _read(file, 0, 4)
    layout = _Layout(TIFFS[magic], b"+" in magic)
    offset = 8 if layout.big else 4
    return layout, struct.unpack(layout.pointer, _read(file, offset, struct.calcsize(layout.pointer)))[0]


def _directories(file: BinaryIO) -> Iterator[tuple[int, Directory]]:
    """Yield offset and directory of each page, to the end of the chain or to its first loop or error."""
    layout, offset = _header(file)
    seen: set[int] = set()
    while offset and offset not in seen and len(seen) < MOST_PAGES:
        seen.add(offset)
        try:
            directory = _directory(file, layout, offset)
        except struct.error:
            return
        yield offset, directory
        offset = directory.following


def _directory(file: BinaryIO, layout: _Layout, offset: int) -> Directory:
    head, step = struct.calcsize(layout.count), struct.calcsize(layout.entry)
    (count,) = struct.unpack(layout.count, _read(file, offset, head))
    if count > MOST_ENTRIES:
        raise struct.error
    rows = _read(file, offset + head, count * step)
    entries = {tag: (kind, many, value) for tag, kind, many, value in struct.iter_unpack(layout.entry, rows)}
    after = _read(file, offset + head + count * step, struct.calcsize(layout.pointer))
    return Directory(layout, entries, struct.unpack(layout.pointer, after)[0])


def _is_auxiliary(file: BinaryIO, directory: Directory) -> bool:
    return any(value & SMALLER_OR_MASK for value in directory.numbers(file, SUBFILE))


def _single_page_file(file: BinaryIO, directory: Directory) -> bytes:
    """Return a page as a BigTIFF file: header, directory, values, image data."""
    layout = _Layout(directory.layout.order, True)
    offset_tag, size_tag = (
        (TILE_OFFSETS, TILE_BYTES) if TILE_OFFSETS in directory.entries else (STRIP_OFFSETS, STRIP_BYTES)
    )
    lengths = directory.numbers(file, size_tag)
    if not lengths or sum(lengths) > MOST_BYTES:
        raise struct.error
    parts = [
        _read(file, offset, size) for offset, size in zip(directory.numbers(file, offset_tag), lengths, strict=False)
    ]
    if len(parts) < len(lengths):
        raise struct.error
    kept = {tag: one for tag, one in sorted(directory.entries.items()) if tag not in SUBDIRECTORIES and one[0] in SIZES}
    end = 16 + 8 + 20 * len(kept) + 8
    values = {tag: directory.values(file, tag) for tag in kept}
    values[offset_tag] = bytes(8 * len(parts))  # the length is needed now, the values are known below
    appended, at = {}, end
    for tag, value in values.items():
        if len(value) > 8:
            appended[tag], at = at, at + len(value)
    starts = list(accumulate(lengths[:-1], initial=at))
    values[offset_tag] = struct.pack(f"{layout.order}{len(starts)}Q", *starts)
    rows = []
    for tag, (kind, count, _) in kept.items():
        kind, count = (16, len(starts)) if tag == offset_tag else (kind, count)
        value_or_offset = struct.pack(layout.pointer, appended[tag]) if tag in appended else values[tag].ljust(8, b"\0")
        rows.append(struct.pack(layout.entry, tag, kind, count, value_or_offset))
    magic = next(mark for mark, order in TIFFS.items() if order == layout.order and b"+" in mark)
    head = magic + struct.pack(layout.order + "HHQ", 8, 0, 16) + struct.pack(layout.order + "Q", len(kept))
    return b"".join([head, *rows, bytes(8), *(values[tag] for tag in appended), *parts])
