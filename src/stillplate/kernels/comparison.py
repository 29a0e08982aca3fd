"""The kernel that puts a frame beside the plate: all smoothed differences in one pass."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair

__all__ = ["Comparison", "check_weights", "compare"]

MOST_WEIGHTS = 17


class Comparison(NamedTuple):
    """Differences of frame and plate, float32 arrays of shape (H, W).

    Attributes
    ----------
    difference
        Mean absolute difference of the channels, in 8-bit levels.
    level
        The same, smoothed.
    colour
        Mean absolute difference of the channels without what they have in common, smoothed, in 8-bit levels; None where
        it is not wanted.
    distance
        Length |U d| of the difference d of the channels, smoothed with its sign; None without factors.
    """

    difference: npt.NDArray[np.float32]
    level: npt.NDArray[np.float32]
    colour: npt.NDArray[np.float32] | None
    distance: npt.NDArray[np.float32] | None


def check_weights(weights: npt.NDArray[np.float32]) -> None:
    """Raise KernelError unless these are weights of a smoothing, which sum to 1 on both sides at most."""
    check(weights, "weights", np.float32, (None,))
    if not 1 <= len(weights) <= MOST_WEIGHTS:
        raise KernelError(f"{len(weights)} weights given; there may be 1 to {MOST_WEIGHTS}")
    if weights.min() < 0 or 2 * float(weights.sum()) - float(weights[0]) > 1 + 1e-3:
        raise KernelError("the weights must be 0 or more, and sum to 1 at most")


def compare(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    weights: npt.NDArray[np.float32],
    *,
    colour: bool = False,
    factors: npt.NDArray[np.float32] | None = None,
) -> Comparison:
    """Compare a frame to the plate, in whole numbers: of what is smoothed, 1/48 of a level is told.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
    weights : float32 array of shape (radius + 1,)
        Of the smoothing, along rows and along columns: of a pixel itself, and of those so far from it on either side.
        Beyond an edge, the picture is mirrored at its outermost pixels.
    colour : bool
        Whether the difference of colour is wanted.
    factors : float32 array of shape (6, H, W), 1 / 8-bit levels, optional
        As for `whitened`.

    Returns
    -------
    Comparison

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.
    """
    shape = check_pair(image, plate)
    check_weights(weights)
    if factors is not None:
        check(factors, "factors", np.float32, (6, *shape))
        factors = np.ascontiguousarray(factors)
    out = Comparison(
        np.empty(shape, np.float32),
        np.empty(shape, np.float32),
        np.empty(shape, np.float32) if colour else None,
        None if factors is None else np.empty(shape, np.float32),
    )
    if image.size:
        both = np.ascontiguousarray(image), np.ascontiguousarray(plate)
        _native.compare(
            *both, np.ascontiguousarray(weights), factors, out.difference, out.level, out.colour, out.distance
        )
    return out
