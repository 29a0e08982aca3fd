"""A clip as napari takes it: an array of which a frame is decoded when it is looked at."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any

import numpy as np
import numpy.typing as npt

import stillplate

__all__ = ["Clip", "Frames"]

KEPT = 64  # frames that are kept once they were looked at


class Frames:
    """Pictures of one size, of which each is made when it is looked at; array-like, as napari's layers are.

    Parameters
    ----------
    make : callable
        From the number of a picture to the picture.
    shape : tuple of int
        Of all: their number first.
    dtype : dtype
    """

    def __init__(self, make: Callable[[int], npt.NDArray[Any]], shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
        self._make, self.shape, self.dtype = make, shape, np.dtype(dtype)
        self.ndim, self.size = len(shape), int(np.prod(shape))
        self._known: OrderedDict[int, npt.NDArray[Any]] = OrderedDict()
        self._lock = Lock()  # napari may ask for several pictures at once

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, key: Any) -> npt.NDArray[Any]:
        first, *rest = key if isinstance(key, tuple) else (key,)
        if isinstance(first, slice) or np.ndim(first) > 0:
            numbers = range(len(self))[first] if isinstance(first, slice) else np.asarray(first).tolist()
            made = [self._frame(number) for number in numbers]
            pictures = np.stack(made) if made else np.empty((0, *self.shape[1:]), self.dtype)
            return pictures[(slice(None), *rest)]
        number = int(first)
        return self._frame(number + len(self) if number < 0 else number)[tuple(rest)]

    def __array__(self, dtype: npt.DTypeLike = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.asarray(self[:], dtype)

    def _frame(self, number: int) -> npt.NDArray[Any]:
        if not 0 <= number < len(self):
            raise IndexError(f"picture {number} of {len(self)}")
        with self._lock:
            if number not in self._known:
                self._known[number] = self._make(number)
                if len(self._known) > KEPT:
                    self._known.popitem(last=False)
            self._known.move_to_end(number)
            return self._known[number]


class Clip(Frames):
    """The frames of a video file: uint8 of shape (N, H, W, 3), RGB.

    Parameters
    ----------
    path : str
        A video file, or its address.

    Raises
    ------
    stillplate.StillplateError
        If it cannot be read.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.source = stillplate.open_video(path)
        info = self.source.info
        count = info.frames or sum(1 for _ in self.source)
        super().__init__(self._decoded, (count, info.height, info.width, 3), np.uint8)

    def _decoded(self, number: int) -> npt.NDArray[Any]:
        """Return a frame; black past the end of a file that declares more frames than it has."""
        for frame in self.source.take([number]):
            return frame.image
        return np.zeros(self.shape[1:], np.uint8)
