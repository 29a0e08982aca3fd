"""The plane that a moving camera's frames are laid out on: seen from which of them, and how large it may become."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles
from stillplate.imaging.homography import corners_of

__all__ = ["PIXELS", "Layout", "lay_out"]

CANDIDATES = 64  # frames that are tried as the one that the plate is seen from
ROOM = 24  # times the area of a frame: a plate is no larger, ...
PIXELS = 64_000_000  # ... nor has it more of these, ...
LEAST = 2  # ... but room for so many frames it always has
SLACK = 0.01  # pixels: by so little a frame may stick out
SMALLER = 3  # a plate that shows the median frame smaller, by this power of the factor, counts as so much larger


@dataclass(frozen=True, slots=True)
class Layout:
    """Frames on a canvas.

    Attributes
    ----------
    matrices : float64 array of shape (n, 3, 3)
        From each frame's pixels to the canvas'.
    fits : bool array of shape (n,)
        Which frames lie on it; the others would make it larger than it may be.
    canvas : (int, int)
        Its width and height.
    reference : int
        The frame that it is seen from.
    """

    matrices: Doubles
    fits: npt.NDArray[np.bool_]
    canvas: tuple[int, int]
    reference: int


def lay_out(matrices: Doubles, size: tuple[int, int]) -> Layout:
    """Choose the frame from which the most frames find room, and take the least of it.

    Parameters
    ----------
    matrices : float64 array of shape (n, 3, 3)
        From each frame's pixels to a common plane.
    size : (int, int)
        Width and height of a frame.

    Notes
    -----
    A plane cannot hold more than half of the view around a camera, and its margins are stretched without limit. So the
    canvas is bounded: by 24 times a frame's area and 64 megapixels, whichever is less. Of a longer pan, the frames
    nearest to the reference are kept; the reference is the one that keeps the most.
    """
    most = min(ROOM * size[0] * size[1], max(PIXELS, LEAST * size[0] * size[1]))
    tried = np.unique(np.linspace(0, len(matrices) - 1, CANDIDATES).round().astype(int)).tolist()
    options = [_seen_from(number, matrices, size, most) for number in tried]
    fits, _, box, best = min(options, key=lambda option: (-int(option[0].sum()), option[1]))
    least = np.floor(box[0] + SLACK)
    width, height = (np.ceil(box[1] - SLACK) - least + 1).astype(int).tolist()
    shift = np.array([[1, 0, -least[0]], [0, 1, -least[1]], [0, 0, 1.0]])
    placed = shift @ np.linalg.solve(matrices[best], matrices)
    return Layout(placed / placed[:, 2:, 2:], fits, (width, height), best)


def _seen_from(
    reference: int, matrices: Doubles, size: tuple[int, int], most: float
) -> tuple[npt.NDArray[np.bool_], float, Doubles, int]:
    """Which frames find room on the plane of one of them, what the canvas costs, and its first and last corner."""
    seen = np.linalg.solve(matrices[reference], matrices)
    seen /= np.cbrt(np.linalg.det(seen))[:, None, None]  # so that what lies ahead has a positive depth
    placed = seen @ np.column_stack([corners_of(size), np.ones(4)]).T
    ahead = np.asarray((placed[:, 2] > 1e-3).all(axis=1))
    spots = placed[:, :2] / np.where(ahead[:, None], placed[:, 2], 1)[:, None]
    lows, highs = spots.min(axis=2), spots.max(axis=2)
    middle = (np.array(size) - 1) / 2
    reach = np.where(ahead, np.maximum(highs - middle, middle - lows).max(axis=1), np.inf)
    order = np.argsort(reach, kind="stable")
    low, high = np.minimum.accumulate(lows[order]), np.maximum.accumulate(highs[order])
    roomy = np.asarray(ahead[order] & ((high - low + 1).prod(axis=1) <= most))
    count = len(order) if roomy.all() else int(np.argmin(roomy))
    fits = np.zeros(len(order), np.bool_)
    fits[order[:count]] = True
    scale = (seen[fits] @ np.array([*middle, 1]))[:, 2] ** -1.5  # √(det/depth³): how much larger a frame is shown
    detail = float(np.median(np.minimum(scale, 1)))
    area = float((high[count - 1] - low[count - 1] + 1).prod())
    return fits, area / detail**SMALLER, np.array([low[count - 1], high[count - 1]]), reference
