"""Layout of a moving camera's frames on a canvas: the reference frame, and the bounds of the size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles
from stillplate.imaging.homography import corners_of

__all__ = ["MOST_PIXELS", "Layout", "lay_out"]

CANDIDATES = 64  # frames tried as the reference, at most
MOST_AREA = 24  # areas of a frame: greatest area of the canvas
MOST_PIXELS = 64_000_000  # pixels of the canvas, at most
LEAST_AREA = 2  # areas of a frame that the canvas may always have
SLACK = 0.01  # pixels by which a frame may exceed the canvas
DETAIL_POWER = 3  # power of the factor by which the median frame is reduced: the cost of lost detail, in area


@dataclass(frozen=True, slots=True)
class Layout:
    """Frames on a canvas.

    Attributes
    ----------
    matrices : float64 array of shape (n, 3, 3)
        From each frame's pixels to the canvas's.
    fits : bool array of shape (n,)
        Which frames lie on the canvas; the others would exceed its greatest size.
    canvas : (int, int)
        Width and height of the canvas.
    reference : int
        Number of the frame whose view the canvas has.
    """

    matrices: Doubles
    fits: npt.NDArray[np.bool_]
    canvas: tuple[int, int]
    reference: int


def lay_out(matrices: Doubles, size: tuple[int, int]) -> Layout:
    """Choose the reference frame that lets most frames fit on the canvas, and of those the one with the least cost.

    Parameters
    ----------
    matrices : float64 array of shape (n, 3, 3)
        From each frame's pixels to a common plane.
    size : (int, int)
        Width and height of a frame.

    Notes
    -----
    A plane cannot hold more than half of the view around a camera, and is stretched without limit towards its margins.
    So the canvas is bounded by 24 times a frame's area and 64 megapixels, whichever is less. Of a longer pan, the
    frames nearest to the reference are kept.
    """
    most = min(MOST_AREA * size[0] * size[1], max(MOST_PIXELS, LEAST_AREA * size[0] * size[1]))
    tried = np.unique(np.linspace(0, len(matrices) - 1, CANDIDATES).round().astype(int)).tolist()
    options = [_seen_from(number, matrices, size, most) for number in tried]
    fits, _, box, best = min(options, key=lambda option: (-int(option[0].sum()), option[1]))
    origin = np.floor(box[0] + SLACK)
    width, height = (np.ceil(box[1] - SLACK) - origin + 1).astype(int).tolist()
    shift = np.array([[1, 0, -origin[0]], [0, 1, -origin[1]], [0, 0, 1.0]])
    placed = shift @ np.linalg.solve(matrices[best], matrices)
    return Layout(placed / placed[:, 2:, 2:], fits, (width, height), best)


def _seen_from(
    reference: int, matrices: Doubles, size: tuple[int, int], most: float
) -> tuple[npt.NDArray[np.bool_], float, Doubles, int]:
    """Return which frames fit in the view of one of them, the cost of that canvas, and its first and last corner."""
    seen = np.linalg.solve(matrices[reference], matrices)
    seen /= np.cbrt(np.linalg.det(seen))[:, None, None]  # points before the camera get a positive depth
    placed = seen @ np.column_stack([corners_of(size), np.ones(4)]).T
    ahead = np.asarray((placed[:, 2] > 1e-3).all(axis=1))
    spots = placed[:, :2] / np.where(ahead[:, None], placed[:, 2], 1)[:, None]
    lows, highs = spots.min(axis=2), spots.max(axis=2)
    middle = (np.array(size) - 1) / 2
    reach = np.where(ahead, np.maximum(highs - middle, middle - lows).max(axis=1), np.inf)
    order = np.argsort(reach, kind="stable")
    low, high = np.minimum.accumulate(lows[order]), np.maximum.accumulate(highs[order])
    bounded = np.asarray(ahead[order] & ((high - low + 1).prod(axis=1) <= most))
    count = len(order) if bounded.all() else int(np.argmin(bounded))
    fits = np.zeros(len(order), np.bool_)
    fits[order[:count]] = True
    scale = (seen[fits] @ np.array([*middle, 1]))[:, 2] ** -1.5  # √(det/depth³): how much larger a frame is shown
    detail = float(np.median(np.minimum(scale, 1)))
    area = float((high[count - 1] - low[count - 1] + 1).prod())
    return fits, area / detail**DETAIL_POWER, np.array([low[count - 1], high[count - 1]]), reference
