"""A store of a moving camera's samples, which are warped to the canvas when they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from stillplate.imaging.warping import Size, place_rows

__all__ = ["WarpedFrames"]


class FrameStore(Protocol):
    """A store from which rows of frames are read, by slot."""

    @property
    def dtype(self) -> type[np.generic]: ...

    def read(self, slots: Sequence[int], rows: slice) -> npt.NDArray[Any]: ...

    def close(self) -> None: ...


class WarpedFrames:
    """Frames warped to the canvas, black outside the frame.

    Parameters
    ----------
    store : Store
        The unwarped frames.
    matrices : mapping of int to float64 array of shape (3, 3)
        For each slot, the homography from the canvas's pixels (x, y, 1) to the frame's.
    size, canvas : (int, int)
        Width and height of a frame and of the canvas, in pixels.
    """

    def __init__(
        self, store: FrameStore, matrices: Mapping[int, npt.NDArray[np.floating[Any]]], size: Size, canvas: Size
    ) -> None:
        self._store, self._matrices = store, matrices
        self._size, self._canvas, self.dtype = size, canvas, store.dtype

    def read(self, slots: Sequence[int], rows: slice) -> npt.NDArray[Any]:
        """Read rows of the canvas for some slots: array of shape (slots, rows, width, 3), RGB."""
        import cv2

        band = np.zeros((len(slots), rows.stop - rows.start, self._canvas[0], 3), self.dtype)
        for image, slot in zip(band, slots, strict=True):

            def frame(needed: slice, slot: int = slot) -> npt.NDArray[Any]:
                return np.asarray(self._store.read([slot], needed)[0])

            place_rows(frame, self._matrices[slot], self._size, image, rows.start, cv2.INTER_CUBIC)
        return band

    def frame(self, slot: int) -> npt.NDArray[Any]:
        """Read an unwarped frame: array of shape (height, width, 3), RGB."""
        return np.asarray(self._store.read([slot], slice(0, self._size[1]))[0])

    def close(self) -> None:
        """Free the unwarped frames."""
        self._store.close()
