"""Stores of sampled frames: in memory, or in a temporary file if they need more memory than allowed."""

from __future__ import annotations

import os
import tempfile
import threading
from bisect import bisect_right
from collections.abc import Sequence
from itertools import groupby
from typing import Protocol

import numpy as np

from stillplate.arrays import AnyArray
from stillplate.errors import EncodeError, ParameterError

__all__ = ["FileStore", "JoinedStores", "MemoryStore", "Store", "check_memory", "open_store"]

MOST_HELD = 2**27  # bytes in memory; the system keeps a file there as well, where it has nothing better to keep
Depth = type[np.uint8] | type[np.uint16]


class Store(Protocol):
    """Stores images by slot, and returns bands of rows of some slots."""

    @property
    def dtype(self) -> Depth:
        """Type of the samples: uint8 or uint16."""

    def write(self, slot: int, image: AnyArray) -> None:
        """Store an image in a slot, replacing the previous one."""

    def read(self, slots: Sequence[int], rows: slice) -> AnyArray:
        """Read rows of the images in some slots: array of shape (slots, rows, width, 3), RGB."""
        ...

    def close(self) -> None:
        """Free the images. Safe to call twice."""


class MemoryStore:
    """A store in memory, as one array."""

    def __init__(self, slots: int, height: int, width: int, dtype: Depth = np.uint8) -> None:
        self.dtype = dtype
        self._images = np.empty((slots, height, width, 3), dtype)

    def write(self, slot: int, image: AnyArray) -> None:
        """Store an image in a slot, replacing the previous one."""
        self._images[slot] = image

    def read(self, slots: Sequence[int], rows: slice) -> AnyArray:
        """Read rows of the images in some slots: array of shape (slots, rows, width, 3), RGB."""
        if list(slots) == list(range(len(slots))):
            return self._images[: len(slots), rows]
        return self._images[list(slots), rows]

    def close(self) -> None:
        """Do nothing: the array is freed with the store."""


class FileStore:
    """A store in an unnamed temporary file, from which rows are read directly, not mapped into memory."""

    def __init__(self, height: int, width: int, dtype: Depth = np.uint8) -> None:
        self.dtype = dtype
        self._lock = threading.Lock()
        self._file = tempfile.TemporaryFile(prefix="stillplate-")  # noqa: SIM115  lives as long as the stack
        self._shape = (height, width, 3)
        self._row = width * 3 * np.dtype(dtype).itemsize

    def write(self, slot: int, image: AnyArray) -> None:
        """Store an image in a slot, replacing the previous one."""
        try:
            self._file.seek(slot * image.nbytes)
            self._file.write(np.ascontiguousarray(image).data)
            self._file.flush()
        except OSError as err:
            raise EncodeError(
                f"{tempfile.gettempdir()}: no room for the samples ({err.strerror}): "
                "free some, set TMPDIR to another disk, or allow more (memory=...)"
            ) from err

    def read(self, slots: Sequence[int], rows: slice) -> AnyArray:
        """Read rows of the images in some slots: array of shape (slots, rows, width, 3), RGB."""
        height, width, _ = self._shape
        band = np.empty((len(slots), rows.stop - rows.start, width, 3), self.dtype)
        for image, slot in zip(band, slots, strict=True):
            start = (slot * height + rows.start) * self._row
            if self._read_at(start, image.data) != image.nbytes:
                raise EncodeError(f"{tempfile.gettempdir()}: the spilled samples came back incomplete: run again")
        return band

    def _read_at(self, start: int, into: memoryview) -> int:
        """Read bytes from a place on; return how many came."""
        came: int
        if hasattr(os, "preadv"):
            came = os.preadv(self._file.fileno(), [into], start)
        else:
            with self._lock:  # Windows: threads share one place in the file
                self._file.seek(start)
                came = self._file.readinto(into)
        return came

    def close(self) -> None:
        """Delete the file. Safe to call twice."""
        self._file.close()


class JoinedStores:
    """Several stores as one, in which the slots of each follow those of the one before.

    Parameters
    ----------
    stores : sequence of Store
        Of images of one size and type.
    starts : sequence of int
        First slot of each store.
    """

    def __init__(self, stores: Sequence[Store], starts: Sequence[int]) -> None:
        self.dtype = stores[0].dtype
        self._stores, self._starts = stores, starts

    def _place(self, slot: int) -> int:
        """Number of the store of a slot."""
        return bisect_right(self._starts, slot) - 1

    def write(self, slot: int, image: AnyArray) -> None:
        """Store an image in a slot, replacing the previous one."""
        place = self._place(slot)
        self._stores[place].write(slot - self._starts[place], image)

    def read(self, slots: Sequence[int], rows: slice) -> AnyArray:
        """Read rows of the images in some slots: array of shape (slots, rows, width, 3), RGB."""
        return np.concatenate(
            [
                self._stores[place].read([slot - self._starts[place] for slot in own], rows)
                for place, own in groupby(slots, self._place)
            ]
        )

    def close(self) -> None:
        """Free the images. Safe to call twice."""
        for store in self._stores:
            store.close()


def check_memory(memory: int) -> None:
    """Raise ParameterError if a number of bytes is negative."""
    if memory < 0:
        raise ParameterError(f"memory is {memory}, but 0 bytes or more is needed")


def open_store(slots: int, height: int, width: int, memory: int, dtype: Depth = np.uint8) -> Store:
    """Open a store for `slots` images: in memory if they take at most `memory` bytes and MOST_HELD, else in a file."""
    check_memory(memory)
    if slots * height * width * 3 * np.dtype(dtype).itemsize <= min(memory, MOST_HELD):
        return MemoryStore(slots, height, width, dtype)
    return FileStore(height, width, dtype)
