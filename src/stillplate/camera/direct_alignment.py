"""Direct alignment: refine the registration of an image by its grey levels."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Floats, Numbers
from stillplate.camera.corners import cells_of
from stillplate.imaging.homography import exponential, generators, inverse, project

__all__ = ["Template", "smooth"]


BLUR = 0.8  # pixels: standard deviation of the smoothing, greater than that of interpolation
CELL = 12  # pixels, side of the cells in which the steepest pixels are selected
PIXELS_PER_CELL = 5  # pixels selected in each cell, at most
LEAST_GRADIENT = 1.0  # 8-bit levels per pixel: least gradient of a selected pixel
FEWEST = 64  # selected pixels, below which nothing is aligned
STEPS = 6  # Gauss-Newton steps, at most
LEAST_STEP = 3e-5  # half-widths of the image: a smaller step ends the iteration
NOISE = 2.0  # 8-bit levels: least robust scale, which is otherwise 1.5 times the median residual


class Template:
    """An image prepared for alignment with others.

    Parameters
    ----------
    image : float32 array of shape (h, w)
        As returned by `smooth`.
    known : uint8 array of shape (h, w), optional
        0 where the image is not used.
    model : str
        Motion model: "translation", "similarity", "affine" or "homography".

    Notes
    -----
    Inverse compositional Gauss-Newton on the grey levels of the steepest pixels of each cell, with Geman and McClure's
    weights, so that moving objects have no influence; gain and offset of the light are fitted, too.

    References
    ----------
    S. Baker, I. Matthews, "Lucas-Kanade 20 years on: a unifying framework", Int. J. Comput. Vis. 56(3), 2004.
    :doi:`10.1023/B:VISI.0000011205.11775.fd`
    """

    def __init__(self, image: Floats, known: npt.NDArray[np.uint8] | None = None, model: str = "homography") -> None:
        self._shape = image.shape
        x, y, slope_x, slope_y = _steepest(image, known)
        self._places = np.column_stack([x, y]).astype(np.float64)
        self._levels = image[y, x]
        self._steep = np.hypot(slope_x, slope_y)
        self._basis = generators(model, image.shape[1], image.shape[0])
        homogeneous = np.column_stack([self._places, np.ones(len(x))])
        change = self._basis @ homogeneous.T
        moves = change[:, :2] - self._places.T * change[:, 2:]
        columns = [*(slope_x * moves[:, 0] + slope_y * moves[:, 1]), self._levels, np.ones(len(x))]
        self._columns = np.array(columns, np.float32)

    def improve(
        self, frame: Floats, way: Doubles, farthest: float, trust: Doubles | None = None
    ) -> tuple[Doubles, float]:
        """Refine the transform from this image to another.

        Parameters
        ----------
        frame : float32 array of shape (h, w)
            As returned by `smooth`.
        way : float64 array of shape (3, 3)
            From this image to the other, correct to a pixel or two.
        farthest : float
            Pixels: a refinement that moves some pixel by more is rejected.
        trust : float64 array of shape (96,), optional
            Weight of each cell of this image, as returned by `corners.agreement`; 1 if omitted.

        Returns
        -------
        float64 array of shape (3, 3)
            The given transform, if no refinement has a lower cost.
        float
            Median distance of the steep pixels from the frame's, in pixels; infinite if there are too few.
        """
        if len(self._places) < FEWEST:
            return way, np.inf
        weights = np.ones(1, np.float32)
        if trust is not None:
            weights = trust[cells_of(self._places, self._shape)].astype(np.float32)
        best, found, distance, cost_scale = np.inf, way, np.inf, 0.0
        moved, gain_offset, scale = way, np.array([1.0, 0.0], np.float32), np.inf
        for _ in range(STEPS + 1):
            levels, inside = _sample(frame, project(moved, self._places))
            if np.count_nonzero(inside) < FEWEST:
                break
            residual = levels - (gain_offset[0] * self._levels + gain_offset[1])
            if scale == np.inf:
                shift = np.median(residual[inside])
                gain_offset[1] += shift
                residual -= shift
            error = np.abs(residual)
            scale = max(NOISE, min(scale, 1.5 * float(np.median(error[inside]))))
            cost_scale = cost_scale or scale  # one scale for the costs of all steps
            cost = float(np.mean(weights * np.where(inside, _robust_cost(residual, cost_scale), 1)))
            if cost < best:
                best, found, distance = cost, moved, float(np.median((error / self._steep)[inside]))
            step = self._step(residual, weights * inside * np.square(1 - _robust_cost(residual, scale)))
            gain_offset += step[-2:].astype(np.float32)
            moved = moved @ inverse(exponential(np.tensordot(step[:-2], self._basis, 1)))
            if np.abs(step[:-2]).max() < LEAST_STEP:
                break
        with np.errstate(invalid="ignore"):  # points behind the camera
            near = np.abs(project(found, self._places) - project(way, self._places)).max() <= farthest
        return (found if near else way), distance

    def _step(self, residual: Floats, weights: Floats) -> Doubles:
        """Return the step of each generator, and of gain and offset, that reduces the residual most."""
        weighted = self._columns * weights
        normal = (weighted @ self._columns.T).astype(np.float64)
        damping = np.diag(1e-6 * np.diagonal(normal) + 1e-6)
        return np.asarray(np.linalg.solve(normal + damping, (weighted @ residual).astype(np.float64)))


def _robust_cost(residual: Floats, scale: float) -> Floats:
    """Return Geman and McClure's cost: 0 for equal levels, up to 1."""
    square = np.square(residual / np.float32(scale))
    return np.asarray(square / (1 + square), np.float32)


def smooth(grey: npt.NDArray[Any]) -> Floats:
    """Return a grey image smoothed for sampling between its pixels."""
    import cv2

    return np.asarray(cv2.GaussianBlur(grey.astype(np.float32), (5, 5), BLUR))


def _steepest(image: Floats, known: npt.NDArray[np.uint8] | None) -> tuple[npt.NDArray[Any], ...]:
    """Return the steepest pixels of each cell: x, y and the gradients there."""
    import cv2

    slope_x = cv2.Sobel(image, cv2.CV_32F, 1, 0, scale=1 / 8)
    slope_y = cv2.Sobel(image, cv2.CV_32F, 0, 1, scale=1 / 8)
    steep = np.asarray(cv2.magnitude(slope_x, slope_y), np.float32)
    if known is not None:
        steep[cv2.erode(known, np.ones((5, 5), np.uint8), borderValue=0) == 0] = 0
    rows, columns = (side // CELL for side in image.shape)
    squares = steep[: rows * CELL, : columns * CELL].reshape(rows, CELL, columns, CELL)
    cells = squares.transpose(0, 2, 1, 3).reshape(rows * columns, CELL * CELL)
    picked, cell = _largest(cells, PIXELS_PER_CELL), np.arange(rows * columns)[:, None]
    kept = cells[cell, picked] > LEAST_GRADIENT
    y = (cell // max(1, columns) * CELL + picked // CELL)[kept]
    x = (cell % max(1, columns) * CELL + picked % CELL)[kept]
    return x, y, slope_x[y, x], slope_y[y, x]


def _largest(cells: Floats, count: int) -> Numbers:
    """Return where the largest values of each row are, one by one: a tenth of the time of `argpartition`."""
    left, rows, picked = cells.copy(), np.arange(len(cells)), np.empty((len(cells), count), np.intp)
    for place in picked.T:
        place[:] = left.argmax(axis=1)
        left[rows, place] = -np.inf
    return picked


def _sample(frame: Floats, places: Doubles) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Return the levels of an image between its pixels, and which of the points lie within it."""
    import cv2

    x, y = places.T
    inside = (x >= 1) & (y >= 1) & (x <= frame.shape[1] - 2) & (y <= frame.shape[0] - 2)
    spots = places.astype(np.float32).T[:, :, None]
    levels = cv2.remap(frame, spots[0], spots[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(levels[:, 0], np.float32), inside
