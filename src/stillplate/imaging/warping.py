"""Frames put in their places on a larger canvas: warped row by row when they are read, so that no canvas is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Matrix

__all__ = ["TILE", "Size", "place_rows"]

Size = tuple[int, int]  # width and height, in pixels

TILE = 32  # rows that are warped in one go: cut at its multiples, every row comes out the same in any band
REACH = 3  # pixels around a point that its colour is made of, and rounding
BEHIND = 1e-3  # a denominator under this: the point lies behind the camera, or next to it


def place_rows(
    frame: Any, matrix: npt.NDArray[np.floating[Any]], size: Size, out: npt.NDArray[Any], top: int, interpolation: int
) -> None:
    """Warp what is needed of a frame into some rows of the canvas.

    Parameters
    ----------
    frame : callable
        From a slice of the frame's rows to these rows.
    matrix : float64 array of shape (3, 3)
        From the canvas to the frame.
    size : (int, int)
        Of the frame.
    out : array of shape (rows, width) or (rows, width, 3)
        Written where the frame lies.
    top : int
        The first of the rows, on the canvas.
    interpolation : int
        OpenCV's.
    """
    import cv2

    flags = interpolation | cv2.WARP_INVERSE_MAP
    for first, columns in _tiles(matrix, size, top, top + len(out), out.shape[1]):
        tile = matrix @ np.array([[1.0, 0, columns.start], [0, 1, first], [0, 0, 1]])
        wide = columns.stop - columns.start
        needed = _rows_needed(tile, wide, size[1])
        if needed.start >= needed.stop:
            continue
        tile = np.array([[1.0, 0, 0], [0, 1, -needed.start], [0, 0, 1]]) @ tile
        warped = cv2.warpPerspective(frame(needed), tile, (wide, TILE), flags=flags)
        here = slice(max(first, top) - first, min(first + TILE, top + len(out)) - first)
        out[first + here.start - top : first + here.stop - top, columns] = warped[here]


def _tiles(
    matrix: npt.NDArray[np.floating[Any]], size: Size, top: int, bottom: int, width: int
) -> Iterator[tuple[int, slice]]:
    """First row and columns of the tiles between two rows in which the frame may lie."""
    left, first, right, last = 0, top, width, bottom
    corners = _mapped(np.linalg.inv(matrix), _corners(*size))
    if corners is not None:
        left, right = max(left, int(corners[:, 0].min()) - 1), min(right, int(corners[:, 0].max()) + 3)
        first, last = max(first, int(corners[:, 1].min()) - 1), min(last, int(corners[:, 1].max()) + 3)
    if left < right:
        for row in range(first // TILE * TILE, last, TILE):
            yield row, slice(left, right)


def _rows_needed(tile: Matrix, width: int, height: int) -> slice:
    corners = _mapped(tile, _corners(width, TILE))
    if corners is None:
        return slice(0, height)
    first, last = corners[:, 1].min(), corners[:, 1].max()
    return slice(int(np.clip(first - REACH, 0, height)), int(np.clip(last + REACH + 1, 0, height)))


def _corners(width: int, height: int) -> npt.NDArray[np.float64]:
    return np.array([[0.0, 0], [width, 0], [width, height], [0, height]])


def _mapped(matrix: npt.NDArray[np.floating[Any]], points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64] | None:
    """Where points go; None if one goes to infinity, so that nothing can be told of what lies between them."""
    mapped = np.c_[points, np.ones(len(points))] @ (matrix / matrix[2, 2]).T
    if (mapped[:, 2] < BEHIND).any():
        return None
    return np.asarray(np.clip(mapped[:, :2] / mapped[:, 2:], -1e6, 1e6))
