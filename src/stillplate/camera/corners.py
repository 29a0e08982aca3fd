"""Corners spread over an image, and their tracking into another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Flags, Grey, Points

__all__ = ["agreement", "cells_of", "find_corners", "follow", "spread_weights"]


CELLS = 12, 8  # columns and rows of the cells that corners are spread over
CORNERS_PER_CELL = 4  # corners of a cell, at most
LEAST_SPACING = 7  # pixels between two corners, at least
LEAST_EIGENVALUE = 4e-4  # least smaller eigenvalue of a corner; that of noise is less
WINDOW = 15  # pixels, side of the tracking window
MOST_ERROR = 0.7  # pixels: greatest forward-backward error of a tracked corner
EDGE_WEIGHT = 2.0  # weight of the cells at the image's edge, where foreground is rare; 1 in the middle


def find_corners(grey: Grey) -> Points:
    """Return the best corners of each cell of an image: (n, 2), x and y."""
    import cv2

    strength = cv2.cornerMinEigenVal(grey, 5, ksize=3)
    peak = (strength == cv2.dilate(strength, np.ones((LEAST_SPACING, LEAST_SPACING)))) & (strength > LEAST_EIGENVALUE)
    margin = WINDOW // 2
    peak[:margin] = peak[-margin:] = False
    peak[:, :margin] = peak[:, -margin:] = False
    rows, columns = np.nonzero(peak)
    order = np.argsort(-strength[rows, columns], kind="stable")
    rows, columns = rows[order], columns[order]
    cell = cells_of(np.column_stack([columns, rows]).astype(np.float64), grey.shape)
    by_cell = np.argsort(cell, kind="stable")
    ranked = cell[by_cell]
    rank = np.arange(len(ranked)) - np.searchsorted(ranked, ranked)
    kept = np.sort(by_cell[rank < CORNERS_PER_CELL])
    return np.column_stack([columns[kept], rows[kept]]).astype(np.float64)


def spread_weights(points: Points, shape: tuple[int, ...]) -> Doubles:
    """Return a weight for each point: those of one cell share its weight, which grows towards the edge."""
    cell = cells_of(points, shape)
    count = np.bincount(cell, minlength=CELLS[0] * CELLS[1])
    x, y = np.abs(points / (shape[1], shape[0]) - 0.5).T * 2
    return np.asarray((1 + (EDGE_WEIGHT - 1) * np.maximum(x, y) ** 2) / count[cell])


def agreement(points: Points, agrees: Flags, shape: tuple[int, ...]) -> Doubles:
    """Return the share of points of each cell, and of the cells beside it, that move with the background, 0..1."""
    import cv2

    cells = cells_of(points, shape)
    count, agreed = (
        np.bincount(cells, weights, CELLS[0] * CELLS[1]).reshape(CELLS[1], CELLS[0])
        for weights in (np.ones(len(cells)), agrees.astype(np.float64))
    )
    near = [cv2.GaussianBlur(cell, (3, 3), 0.7, borderType=cv2.BORDER_REPLICATE) for cell in (agreed, count)]
    return np.asarray((near[0] + 0.1) / (near[1] + 0.2), np.float64).ravel()


def cells_of(points: Points, shape: tuple[int, ...]) -> npt.NDArray[np.intp]:
    """Return the number of each point's cell, of 96."""
    column, row = (points / (shape[1], shape[0]) * CELLS).clip(0, (CELLS[0] - 1, CELLS[1] - 1)).astype(np.intp).T
    return np.asarray(row * CELLS[0] + column)


def follow(one: Grey, other: Grey, points: Points, levels: int) -> tuple[Points, Flags]:
    """Track points from one image to another and back: their positions, and which returned.

    References
    ----------
    .. [1] J.-Y. Bouguet, "Pyramidal implementation of the affine Lucas Kanade feature tracker", Intel, 2001.
    .. [2] Z. Kalal, K. Mikolajczyk, J. Matas, "Forward-backward error: automatic detection of tracking failures",
       ICPR 2010. :doi:`10.1109/ICPR.2010.675`
    """
    if not len(points):
        return points, np.zeros(0, np.bool_)
    there, kept = _track(one, other, points, levels)
    back, returned = _track(other, one, there, levels)
    return there, kept & returned & (np.linalg.norm(back - points, axis=1) < MOST_ERROR)


def _track(one: Grey, other: Grey, points: Points, levels: int) -> tuple[Points, Flags]:
    import cv2

    before = points.astype(np.float32)[:, None]
    after, status, _ = cv2.calcOpticalFlowPyrLK(
        one, other, before, before.copy(), winSize=(WINDOW, WINDOW), maxLevel=levels, criteria=(3, 15, 0.02)
    )  # fmt: skip
    return after[:, 0].astype(np.float64), status[:, 0] > 0
