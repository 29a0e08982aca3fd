"""Upright rectangles of pixels, and the largest one inside a region."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Flags

__all__ = ["Rectangle", "largest_rectangle"]

COARSE = 400  # blocks along the longer side, of which the rectangle is found before it is grown by single rows


class Rectangle(NamedTuple):
    """An upright rectangle of pixels.

    Attributes
    ----------
    x, y : int
        Its first column and row.
    width, height : int
        In pixels.
    """

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return ",".join(map(str, self))

    def of(self, picture: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return this part of an array of shape (H, W, ...), as a view."""
        return picture[self.y : self.y + self.height, self.x : self.x + self.width]


def largest_rectangle(region: Flags) -> Rectangle:
    """Return a large upright rectangle that lies in a region wholly.

    Parameters
    ----------
    region : bool array of shape (H, W)

    Returns
    -------
    Rectangle
        The largest that is made of whole blocks of 1/400 of the longer side, grown as far as it goes; of no size where
        no block lies in the region.

    Examples
    --------
    >>> region = np.ones((6, 8), np.bool_)
    >>> region[:2, :5] = False
    >>> largest_rectangle(region)
    Rectangle(x=0, y=2, width=8, height=4)
    """
    height, width = region.shape
    block = -(-max(height, width) // COARSE)
    rows, columns = height // block, width // block
    coarse: Flags = np.asarray(
        region[: rows * block, : columns * block].reshape(rows, block, columns, block).all(axis=(1, 3))
    )
    heights, best = np.zeros(columns, np.int64), Rectangle(0, 0, 0, 0)
    for row in range(rows):
        heights = np.where(coarse[row], heights + 1, 0)
        best = max(best, _below(heights.tolist(), row), key=lambda one: one.width * one.height)
    x, y, wide, tall = (side * block for side in best)
    return _grown(region, x, y, x + wide, y + tall) if wide else Rectangle(0, 0, 0, 0)


def _below(heights: list[int], row: int) -> Rectangle:
    """Return the largest rectangle that ends in a row, under a histogram of the rows above it: by a stack of edges."""
    best, edges = Rectangle(0, 0, 0, 0), list[tuple[int, int]]()  # the first column, and the height from there on
    for column, height in enumerate([*heights, 0]):
        first = column
        while edges and edges[-1][1] >= height:
            first, tall = edges.pop()
            if tall * (column - first) > best.width * best.height:
                best = Rectangle(first, row - tall + 1, column - first, tall)
        edges.append((first, height))
    return best


def _grown(region: Flags, left: int, top: int, right: int, bottom: int) -> Rectangle:
    """Return a rectangle grown to each side in turn, as long as all of the next row or column is in the region."""
    height, width = region.shape
    while left > 0 and region[top:bottom, left - 1].all():
        left -= 1
    while right < width and region[top:bottom, right].all():
        right += 1
    while top > 0 and region[top - 1, left:right].all():
        top -= 1
    while bottom < height and region[bottom, left:right].all():
        bottom += 1
    return Rectangle(left, top, right - left, bottom - top)
