"""How near one camera path comes to another: both are known only up to where the canvas lies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

__all__ = ["aligned", "corner_errors", "read_published"]

Floats = npt.NDArray[np.float64]

STARTS = 32  # frames that the canvases are laid on each other by, to begin with
ROUNDS = 20  # of Gauss-Newton
STRANGE = 8.0  # pixels, at least: an error of so much, or of three times the median, counts a quarter
STEP = 1e-6  # of the normalised canvas, for the derivatives


def corner_errors(path: Floats, truth: Floats, canvas: Floats, size: tuple[int, int]) -> Floats:
    """Compute how far each frame's corners are from the truth, in the frame's own pixels.

    Parameters
    ----------
    path, truth : float64 arrays of shape (N, 3, 3)
        Homographies from each frame to its canvas; NaN where a frame is not known.
    canvas : float64 array of shape (3, 3)
        From the path's canvas to that of the truth.
    size : (int, int)
        Width and height of a frame.

    Returns
    -------
    float64 array of shape (N,)
        The mean over the four corners; NaN where a frame is not known.
    """
    seen = np.linalg.inv(truth) @ canvas @ path @ _corners(size)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = seen[:, :2] / seen[:, 2:] - _corners(size)[:2]
    return np.asarray(np.linalg.norm(apart, axis=1).mean(axis=1))


def aligned(path: Floats, truth: Floats, size: tuple[int, int]) -> Floats:
    """Find the homography that lays the path's canvas on the truth's: float64 of shape (3, 3).

    The frame that most others agree with lays them roughly; Gauss-Newton with Geman and McClure's weights does the
    rest, so that frames that went astray do not pull.
    """
    known = np.flatnonzero(np.isfinite(path).all(axis=(1, 2)) & np.isfinite(truth).all(axis=(1, 2)))
    if not known.size:
        return np.eye(3)
    path, truth = path[known], truth[known]
    starts = np.unique(np.linspace(0, len(known) - 1, STARTS).round().astype(int))
    canvases = [truth[start] @ np.linalg.inv(path[start]) for start in starts]
    best = min(canvases, key=lambda canvas: float(np.median(corner_errors(path, truth, canvas, size))))
    return _refined(path, truth, best, size)


def _refined(path: Floats, truth: Floats, canvas: Floats, size: tuple[int, int]) -> Floats:
    scale = np.diag([1 / max(size), 1 / max(size), 1.0])
    back, there = np.linalg.inv(truth) @ np.linalg.inv(scale), scale @ path @ _corners(size)
    canvas = scale @ canvas @ np.linalg.inv(scale)
    canvas = canvas / canvas[2, 2]

    def apart(one: Floats) -> Floats:
        seen = back @ one @ there
        return np.asarray(seen[:, :2] / seen[:, 2:] - _corners(size)[:2])

    for _ in range(ROUNDS):
        error = apart(canvas)
        far = np.linalg.norm(error, axis=1, keepdims=True)
        weight = np.broadcast_to(
            1 / np.square(1 + np.square(far / max(STRANGE, 3 * float(np.median(far))))), error.shape
        )
        slopes = np.stack([(apart(canvas + step) - error).ravel() / STEP for step in _steps()])
        normal = (slopes * weight.ravel()) @ slopes.T
        change = np.linalg.lstsq(normal, -(slopes * weight.ravel()) @ error.ravel(), rcond=None)[0]
        canvas = canvas + np.append(change, 0).reshape(3, 3)
    return np.asarray(np.linalg.inv(scale) @ canvas @ scale)


def _steps() -> Floats:
    return np.asarray(STEP * np.eye(9)[:8].reshape(8, 3, 3))


def _corners(size: tuple[int, int]) -> Floats:
    right, bottom = size[0] - 1.0, size[1] - 1.0
    return np.array([[0.0, right, right, 0.0], [0.0, 0.0, bottom, bottom], [1.0, 1.0, 1.0, 1.0]])


def read_published(path: Path, size: tuple[int, int]) -> Floats:
    """Read published homographies: lines `size:` and `bounds:`, then nine numbers for each frame.

    Parameters
    ----------
    path : Path
    size : (int, int)
        Width and height of the frames at hand, which may have been made smaller.

    Returns
    -------
    float64 array of shape (N, 3, 3)
        From each frame to the first, which is how paths run here; the file has them the other way.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split() for line in lines if line.strip() and ":" not in line]
    width, height = (float(number) for number in lines[0].partition(":")[2].split())
    scale = np.diag([size[0] / width, size[1] / height, 1.0])
    return np.asarray(scale @ np.linalg.inv(np.array(rows, np.float64).reshape(-1, 3, 3)) @ np.linalg.inv(scale))
