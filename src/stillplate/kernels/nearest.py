"""The kernels that tell where, and in which direction, the nearest pixel outside a mask lies."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.kernels import _native
from stillplate.kernels.components import Components

__all__ = ["SECTORS", "nearest_outside"]

SECTORS = 16  # directions that are told apart
PADDING = 2  # pixels around the mask into which the moves of the distance reach


def nearest_outside(regions: Components) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Return how far, and in which direction, the nearest pixel outside a mask is.

    Parameters
    ----------
    regions : Components
        Of the mask, of shape (H, W).

    Returns
    -------
    distances : float32 array of shape (H, W), pixels
        To the centre of that pixel, within 2 %; 0 outside, 16384 if there is no outside.
    sectors : uint8 array of shape (H, W), 0..15
        Sixteenth of the circle in which that pixel lies, from left over top to right; 0 outside.

    References
    ----------
    G. Borgefors, "Distance transformations in digital images", Computer Vision, Graphics, and Image Processing 34(3),
    1986. :doi:`10.1016/S0734-189X(86)80047-0`

    Examples
    --------
    >>> distances, sectors = nearest_outside(Components.of(np.array([[0, 1, 1, 1, 1]], np.bool_)))
    >>> distances.tolist(), sectors.tolist()
    ([[0.0, 1.0, 2.0, 3.0, 4.0]], [[0, 0, 0, 0, 0]])
    """
    height, width = regions.shape
    paths, sources = np.empty((2, height + 2 * PADDING, width + 2 * PADDING), np.int32)
    distances, sectors = np.empty(regions.shape, np.float32), np.empty(regions.shape, np.uint8)
    _native.nearest_outside(regions.runs, paths, sources, distances, sectors)
    return distances, sectors
