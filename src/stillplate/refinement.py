"""A frame's place on the plate, known to a pixel or two, made exact by the grey levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.homography import Floats, exponential, generators, inverse, project, resized
from stillplate.motion import Transform
from stillplate.video.source import Image

__all__ = ["Refinement"]

Grey = npt.NDArray[np.float32]

WIDEST = 480  # columns of the pictures that are compared, at most
CELL = 12  # pixels: of each square of this side the steepest places are compared
MOST = 6  # of them
COARSE = 2  # the pictures are halved so often at first
STEPS = 6  # of Gauss-Newton at each size, at most
ENOUGH = 1e-5  # half-widths of the picture: a step so small is the last
NOISE = 2.0  # levels: residuals are weighed against 1.5 of their median, but never less than this
FARTHEST = 0.03  # half-widths: what would move a frame by more is no refinement
STEEP = 1.0  # levels a pixel: flatter places tell nothing
FEWEST = 64  # places, below which nothing is refined


class Refinement:
    """A plate that frames, whose places are about known, are held to.

    Parameters
    ----------
    plate : uint8 array of shape (H, W, 3), RGB
    size : (int, int)
        Width and height of the frames, in pixels.
    seen : bool array of shape (H, W), optional
        Where the plate is known; everywhere, if left out.
    model : str
        What may change: "translation", "similarity", "affine" or "homography".

    Notes
    -----
    Gauss-Newton on the grey levels, inverse compositional, at the steepest places of each part of the picture; with
    Geman and McClure's weights, so that what moves by itself does not pull; gain and offset of the light are fitted
    along. The frame's place is left as it was where that fits better.

    References
    ----------
    S. Baker, I. Matthews, "Lucas-Kanade 20 years on: a unifying framework", Int. J. Comput. Vis. 56(3), 2004.
    :doi:`10.1023/B:VISI.0000011205.11775.fd`
    """

    def __init__(
        self,
        plate: Image,
        size: tuple[int, int],
        seen: npt.NDArray[np.bool_] | None = None,
        model: str = "homography",
    ) -> None:
        import cv2

        columns = min(WIDEST, size[0])
        self._size = (columns, max(1, round(size[1] * columns / size[0])))
        height, width, _ = plate.shape
        small = (max(1, round(width * columns / size[0])), max(1, round(height * columns / size[0])))
        self._enlarge, self._shrink = resized(self._size, size), inverse(resized(small, (width, height)))
        self._plate = _grey(plate, small)
        known = np.ones((height, width), np.uint8) if seen is None else seen.view(np.uint8)
        self._seen = np.asarray(cv2.resize(known, small, interpolation=cv2.INTER_NEAREST), np.uint8)
        self._model = model

    def refine(self, image: Image, transform: Transform) -> tuple[Transform, float]:
        """Find a frame's place exactly.

        Parameters
        ----------
        image : uint8 array of shape (h, w, 3), RGB
            The frame.
        transform : Transform
            About where it lies on the plate, to a pixel or two.

        Returns
        -------
        Transform
            Where it lies; as given, where that fits better.
        float
            How far the steep places of the plate seem to be from the frame's, in pixels of the frame: their median.
        """
        given = self._shrink @ transform.matrix @ self._enlarge
        frame, matrix, size = _grey(image, self._size), given, self._size
        away = np.inf
        for halvings in (COARSE - 1, 0):
            shrink = resized((size[0] >> halvings, size[1] >> halvings), size)
            matrix, away = self._improve(frame, matrix, shrink, (size[0] >> halvings, size[1] >> halvings))
        if not np.isfinite(away):
            return transform, away
        moved = inverse(self._shrink) @ matrix @ inverse(self._enlarge)
        return Transform(moved / moved[2, 2]), away * float(self._enlarge[0, 0])

    def _improve(self, frame: Grey, matrix: Floats, enlarge: Floats, size: tuple[int, int]) -> tuple[Floats, float]:
        import cv2

        if size != self._size:
            frame = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
        flags = cv2.WARP_INVERSE_MAP
        view = cv2.warpPerspective(self._plate, matrix @ enlarge, size, flags=flags | cv2.INTER_LINEAR)
        known = cv2.warpPerspective(self._seen, matrix @ enlarge, size, flags=flags | cv2.INTER_NEAREST)
        x, y, slope_x, slope_y = _steepest(view, known)
        if len(x) < FEWEST:
            return matrix, np.inf
        level = view[y, x].astype(np.float64)
        basis = generators(self._model, *size)
        places = np.column_stack([x, y]).astype(np.float64)
        homogeneous = np.column_stack([places, np.ones(len(x))])
        change = np.einsum("kij,nj->nik", basis, homogeneous)
        change = change[:, :2] - places[:, :, None] * change[:, 2:]
        slopes = slope_x[:, None] * change[:, 0] + slope_y[:, None] * change[:, 1]
        columns = np.column_stack([slopes, level, np.ones(len(x))])
        way, best, step = np.eye(3), (np.inf, np.eye(3)), np.zeros(3)
        light = np.array([1.0, 0.0])
        scale = np.inf
        for _ in range(STEPS + 1):
            seen, inside = _sample(frame, project(way, places))
            if inside.sum() < FEWEST:
                break
            residual = seen - (light[0] * level + light[1])
            if not np.isfinite(scale):
                light[1] += np.median(residual[inside])
                residual = seen - (light[0] * level + light[1])
                scale = max(NOISE, 1.5 * float(np.median(np.abs(residual[inside]))))
            trust = inside / np.square(1 + np.square(residual / scale))
            square = np.square(residual / scale)
            cost = float(np.mean(np.where(inside, square / (1 + square), 1)))
            if cost < best[0]:
                best = (cost, way)
            weighted = columns * trust[:, None]
            normal = weighted.T @ columns
            normal[np.diag_indices_from(normal)] += 1e-6 + 1e-6 * np.diagonal(normal)
            step = np.linalg.solve(normal, weighted.T @ residual)
            light += step[-2:]
            # frame(way · x) = view(x); view(exp(step) x) ≈ view + slopes · step, so the step is taken back from the way
            way = way @ inverse(exponential(np.tensordot(step[:-2], basis, 1)))
            if np.abs(step[:-2]).max() < ENOUGH:
                break
            scale = max(NOISE, min(scale, 1.5 * float(np.median(np.abs(residual[inside])))))
        way = best[1]
        if np.abs(project(way, places) - places).max() > FARTHEST * size[0] / 2:
            way = np.eye(3)
        seen, inside = _sample(frame, project(way, places))
        residual = seen - (light[0] * level + light[1])
        away = np.abs(residual) / np.hypot(slope_x, slope_y)
        found = matrix @ enlarge @ inverse(way) @ inverse(enlarge)
        return found, float(np.median(away[inside])) * float(enlarge[0, 0])


def _grey(image: npt.NDArray[Any], size: tuple[int, int]) -> Grey:
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    if grey.shape[::-1] != size:
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (5, 5), 0.8), np.float32)


def _steepest(view: Grey, known: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[Any], ...]:
    """The places of each cell that tell most: x, y and the slopes there."""
    import cv2

    slope_x = cv2.Sobel(view, cv2.CV_32F, 1, 0, scale=1 / 8)
    slope_y = cv2.Sobel(view, cv2.CV_32F, 0, 1, scale=1 / 8)
    steep = cv2.magnitude(slope_x, slope_y)
    steep[cv2.erode(known, np.ones((5, 5)), borderValue=0) == 0] = 0
    rows, columns = (side // CELL for side in view.shape)
    if rows * columns == 0:
        return (np.zeros(0, np.intp),) * 4
    cells = steep[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    cells = cells.transpose(0, 2, 1, 3).reshape(rows * columns, -1)
    picked = np.argpartition(-cells, MOST, axis=1)[:, :MOST]
    cell = np.arange(rows * columns)[:, None]
    kept = cells[cell, picked] > STEEP
    y = (cell // columns * CELL + picked // CELL)[kept]
    x = (cell % columns * CELL + picked % CELL)[kept]
    return x, y, slope_x[y, x].astype(np.float64), slope_y[y, x].astype(np.float64)


def _sample(frame: Grey, places: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The levels of a picture between its pixels, and which of the places lie within it."""
    import cv2

    spots = places.astype(np.float32)
    inside = ((places >= 1) & (places <= np.array(frame.shape[::-1]) - 2)).all(axis=1)
    levels = cv2.remap(frame, spots[:, None, 0], spots[:, None, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return levels[:, 0].astype(np.float64), inside
