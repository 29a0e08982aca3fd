"""Warping of frames to a larger canvas, by bands of rows, so that no whole canvas has to be stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Matrix

__all__ = ["TILE", "Size", "place_rows", "remapped", "sampled", "squared_lengths", "warped", "warped_part"]

Size = tuple[int, int]  # width and height, in pixels

TILE = 32  # rows warped at once; tiles start at multiples of this, so that a row is the same in any band
REACH = 3  # pixels around a point that interpolation uses, rounding included
BEHIND = 1e-3  # denominator of a projection, below which a point lies behind the camera or close to its plane


def place_rows(
    frame: Any, matrix: npt.NDArray[np.floating[Any]], size: Size, out: npt.NDArray[Any], top: int, interpolation: int
) -> None:
    """Warp a frame to a band of rows of the canvas, reading only the frame's rows that are needed.

    Parameters
    ----------
    frame : callable
        Takes a slice, and returns these rows of the frame.
    matrix : float64 array of shape (3, 3)
        Homography from the canvas to the frame.
    size : (int, int)
        Width and height of the frame.
    out : array of shape (rows, width) or (rows, width, 3)
        The band; written where the frame lies.
    top : int
        The band's first row on the canvas.
    interpolation : int
        OpenCV's constant of the interpolation method.
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
        inside = slice(max(first, top) - first, min(first + TILE, top + len(out)) - first)
        out[first + inside.start - top : first + inside.stop - top, columns] = warped[inside]


def warped(
    picture: npt.NDArray[Any], matrix: npt.NDArray[np.float64], size: tuple[int, int], interpolation: int = 1
) -> npt.NDArray[Any]:
    """Sample a picture where a homography leads, in a frame of a width and height."""
    import cv2

    return np.asarray(cv2.warpPerspective(picture, matrix, size, flags=interpolation | cv2.WARP_INVERSE_MAP))


def warped_part(
    picture: npt.NDArray[Any], matrix: npt.NDArray[np.float64], size: tuple[int, int], part: tuple[slice, slice]
) -> npt.NDArray[Any]:
    """Sample a picture where a homography leads, in a part of a frame's rows and columns; 0 elsewhere."""
    rows, columns = part
    out = np.zeros((size[1], size[0], *picture.shape[2:]), picture.dtype)
    here = matrix @ np.array([[1.0, 0, columns.start], [0, 1, rows.start], [0, 0, 1]])
    out[part] = warped(picture, here, (columns.stop - columns.start, rows.stop - rows.start))
    return out


def remapped(picture: npt.NDArray[Any], displacements: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Sample a picture where displacements lead, with linear interpolation; 0 outside.

    Parameters
    ----------
    picture : float32 array of shape (H, W) or (H, W, C)
    displacements : float32 array of shape (H, W, 2)
        x and y, in pixels.
    """
    import cv2

    height, width = picture.shape[:2]
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return np.asarray(
        cv2.remap(picture, x + displacements[..., 0], y + displacements[..., 1], cv2.INTER_LINEAR), np.float32
    )


def squared_lengths(displacements: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Squared lengths of displacements, (H, W, 2); NumPy's sum over so short an axis takes ten times as long."""
    x, y = displacements[..., 0], displacements[..., 1]
    return np.asarray(x * x + y * y, np.float32)


def sampled(
    picture: npt.NDArray[Any], places: npt.NDArray[np.float32], interpolation: int, *, outside: float | None = None
) -> npt.NDArray[Any]:
    """Sample a picture at places.

    Parameters
    ----------
    picture : array of shape (H, W) or (H, W, C)
    places : float32 array of shape (h, w, 2)
        x and y, in pixels.
    interpolation : int
        OpenCV's constant of the interpolation method.
    outside : float, optional
        Value outside of the picture; by default that of its nearest pixel.

    Returns
    -------
    array of shape (h, w) or (h, w, C), of the picture's dtype
    """
    import cv2

    x, y = cv2.split(places)
    if outside is None:
        return cv2.remap(picture, x, y, interpolation, borderMode=cv2.BORDER_REPLICATE)
    return cv2.remap(picture, x, y, interpolation, borderMode=cv2.BORDER_CONSTANT, borderValue=outside)


def _tiles(
    matrix: npt.NDArray[np.floating[Any]], size: Size, top: int, bottom: int, width: int
) -> Iterator[tuple[int, slice]]:
    """Yield the first row and the columns of every tile between two rows of the canvas that may overlap the frame."""
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
    """Points transformed by a homography; None if a point lies behind the camera."""
    mapped = np.c_[points, np.ones(len(points))] @ (matrix / matrix[2, 2]).T
    if (mapped[:, 2] < BEHIND).any():
        return None
    return np.asarray(np.clip(mapped[:, :2] / mapped[:, 2:], -1e6, 1e6))
