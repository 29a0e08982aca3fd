"""A picture that others, whose places are about known, are brought to exactly, by their grey levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Floats
from stillplate.camera.corners import cells_of
from stillplate.imaging.homography import exponential, generators, inverse, project

__all__ = ["Template", "smooth"]


BLUR = 0.8  # pixels: interpolation blurs by less, and unevenly
CELL = 12  # pixels: of each square of this side the steepest places are compared,
MOST = 5  # so many of them
STEEP = 1.0  # levels a pixel: flatter places tell nothing
FEWEST = 64  # places, below which nothing is told
STEPS = 6  # of Gauss-Newton, at most
ENOUGH = 3e-5  # half-widths of the picture: a step so small is the last
NOISE = 2.0  # levels: residuals are weighed against 1.5 of their median, but never less than this


class Template:
    """A picture, made ready to be found in others.

    Parameters
    ----------
    picture : float32 array of shape (h, w)
        As `smooth` made it.
    known : uint8 array of shape (h, w), optional
        0 where the picture is not to be looked at.
    model : str
        What may change: "translation", "similarity", "affine" or "homography".

    Notes
    -----
    Gauss-Newton on the grey levels, inverse compositional, at the steepest places of each part of the picture; with
    Geman and McClure's weights, so that what moves by itself does not pull; gain and offset of the light are fitted
    along.

    References
    ----------
    S. Baker, I. Matthews, "Lucas-Kanade 20 years on: a unifying framework", Int. J. Comput. Vis. 56(3), 2004.
    :doi:`10.1023/B:VISI.0000011205.11775.fd`
    """

    def __init__(self, picture: Floats, known: npt.NDArray[np.uint8] | None = None, model: str = "homography") -> None:
        self._shape = picture.shape
        x, y, slope_x, slope_y = _steepest(picture, known)
        self._places = np.column_stack([x, y]).astype(np.float64)
        self._levels = picture[y, x]
        self._steep = np.hypot(slope_x, slope_y)
        self._basis = generators(model, picture.shape[1], picture.shape[0])
        homogeneous = np.column_stack([self._places, np.ones(len(x))])
        change = self._basis @ homogeneous.T
        moves = change[:, :2] - self._places.T * change[:, 2:]
        columns = [*(slope_x * moves[:, 0] + slope_y * moves[:, 1]), self._levels, np.ones(len(x))]
        self._columns = np.array(columns, np.float32)

    def improve(
        self, frame: Floats, way: Doubles, farthest: float, trust: Doubles | None = None
    ) -> tuple[Doubles, float]:
        """Correct where this picture lies in another.

        Parameters
        ----------
        frame : float32 array of shape (h, w)
            As `smooth` made it.
        way : float64 array of shape (3, 3)
            From this picture to the other, to a pixel or two.
        farthest : float
            Pixels: what would move some place by more is not followed.
        trust : float64 array of shape (96,), optional
            How much each part of this picture counts, as `corners.agreement` tells it; all the same, if left out.

        Returns
        -------
        float64 array of shape (3, 3)
            As given, where nothing is gained.
        float
            How far the steep places seem to be from the frame's, in pixels: their median; infinite where there are few.
        """
        if len(self._places) < FEWEST:
            return way, np.inf
        weights = np.ones(1, np.float32)
        if trust is not None:
            weights = trust[cells_of(self._places, self._shape)].astype(np.float32)
        best, found, away, fair = np.inf, way, np.inf, 0.0
        moved, light, scale = way, np.array([1.0, 0.0], np.float32), np.inf
        for _ in range(STEPS + 1):
            levels, inside = _sample(frame, project(moved, self._places))
            if np.count_nonzero(inside) < FEWEST:
                break
            residual = levels - (light[0] * self._levels + light[1])
            if scale == np.inf:
                shift = np.median(residual[inside])
                light[1] += shift
                residual -= shift
            off = np.abs(residual)
            scale = max(NOISE, min(scale, 1.5 * float(np.median(off[inside]))))
            fair = fair or scale  # the steps are judged by one measure
            cost = float(np.mean(weights * np.where(inside, _badness(residual, fair), 1)))
            if cost < best:
                best, found, away = cost, moved, float(np.median((off / self._steep)[inside]))
            step = self._step(residual, weights * inside * np.square(1 - _badness(residual, scale)))
            light += step[-2:].astype(np.float32)
            moved = moved @ inverse(exponential(np.tensordot(step[:-2], self._basis, 1)))  # what this picture must do
            if np.abs(step[:-2]).max() < ENOUGH:
                break
        with np.errstate(invalid="ignore"):  # of places that come to lie behind the camera
            near = np.abs(project(found, self._places) - project(way, self._places)).max() <= farthest
        return (found if near else way), away

    def _step(self, residual: Floats, weights: Floats) -> Doubles:
        """The amounts of each generator, and of gain and offset, that take away the most of the residual."""
        weighted = self._columns * weights
        normal = (weighted @ self._columns.T).astype(np.float64)
        steady = np.diag(1e-6 * np.diagonal(normal) + 1e-6)
        return np.asarray(np.linalg.solve(normal + steady, (weighted @ residual).astype(np.float64)))


def _badness(residual: Floats, scale: float) -> Floats:
    """Geman and McClure's: from 0, where the levels are the same, to 1."""
    square = np.square(residual / np.float32(scale))
    return np.asarray(square / (1 + square), np.float32)


def smooth(grey: npt.NDArray[Any]) -> Floats:
    """Make a grey picture ready to be compared between its pixels."""
    import cv2

    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (5, 5), BLUR))


def _steepest(picture: Floats, known: npt.NDArray[np.uint8] | None) -> tuple[npt.NDArray[Any], ...]:
    """The places of each cell that tell most: x, y and the slopes there."""
    import cv2

    slope_x = cv2.Sobel(picture, cv2.CV_32F, 1, 0, scale=1 / 8)
    slope_y = cv2.Sobel(picture, cv2.CV_32F, 0, 1, scale=1 / 8)
    steep = np.asarray(cv2.magnitude(slope_x, slope_y))
    if known is not None:
        steep[cv2.erode(known, np.ones((5, 5), np.uint8), borderValue=0) == 0] = 0
    rows, columns = (side // CELL for side in picture.shape)
    squares = steep[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    cells = squares.transpose(0, 2, 1, 3).reshape(rows * columns, CELL * CELL)
    picked = np.argpartition(-cells, MOST, axis=1)[:, :MOST]
    cell = np.arange(rows * columns)[:, None]
    kept = cells[cell, picked] > STEEP
    y = (cell // max(1, columns) * CELL + picked // CELL)[kept]
    x = (cell % max(1, columns) * CELL + picked % CELL)[kept]
    return x, y, slope_x[y, x], slope_y[y, x]


def _sample(frame: Floats, places: Doubles) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The levels of a picture between its pixels, and which of the places lie within it."""
    import cv2

    x, y = places.T
    inside = (x >= 1) & (y >= 1) & (x <= frame.shape[1] - 2) & (y <= frame.shape[0] - 2)
    spots = places.astype(np.float32).T[:, :, None]
    levels = cv2.remap(frame, spots[0], spots[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(levels[:, 0], np.float32), inside
