"""The kernel that makes the evidence of one frame."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.bit_mask import WORD, BitMask, check_radii
from stillplate.kernels.checks import check, check_pair, check_reach
from stillplate.kernels.comparison import check_weights

__all__ = ["Nearness", "Weighed", "weigh_frame"]

Image = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]


class Nearness(NamedTuple):
    """How far things change what is around them, and how loud a frame usually is.

    Attributes
    ----------
    reach : (int, int)
        As for `faint_ratio`: pixels that contrast reaches, and steps of two pixels that the glow of an object does.
    shares : (float, float)
        As for `faint_ratio`.
    every : int
    usual : two pairs of floats
        As for `faint_ratio`.
    radii : tuple of int
        As for `BitMask.grown_by_width`.
    """

    reach: tuple[int, int]
    shares: tuple[float, float]
    every: int
    usual: tuple[tuple[float, float], tuple[float, float]]
    radii: tuple[int, ...]


class Weighed(NamedTuple):
    """The evidence of one frame.

    Attributes
    ----------
    difference, level : float32 arrays of shape (H, W), 8-bit levels
        Mean absolute difference of the channels; and the same, smoothed.
    ratio : float32 array of shape (H, W)
        Of level to its threshold, or of colour to its own, whichever is more.
    faint : float32 array of shape (H, W), or None
        The same by the ground's own colours.
    near : BitMask, or None
        Where what is above 1 in either may be in neighbouring frames; None with `faint`.
    """

    difference: Map
    level: Map
    ratio: Map
    faint: Map | None
    near: BitMask | None


def weigh_frame(
    images: tuple[Image, Image],
    weights: Map,
    levels: tuple[Map, Map],
    colours: tuple[Map, Map] | None,
    ground: tuple[Map, Map, Map] | None,
    nearness: Nearness,
    weight: float,
) -> Weighed:
    """Compare a frame to the plate, and divide what differs by its thresholds.

    Parameters
    ----------
    images : two uint8 arrays of shape (H, W, 3), RGB
        Frame and plate.
    weights : float32 array of shape (radius + 1,)
        As for `compare`.
    levels, colours : two float32 arrays of shape (H, W), 8-bit levels
        Thresholds of the differences of level and of colour, as for `local_ratio`; None: colour does not count.
    ground : float32 arrays of shapes (6, H, W), (H, W) and (H, W), or None
        Factors as for `compare`, and thresholds of distance and level as for `faint_ratio`; None: nothing is faint.
    nearness : Nearness
    weight : float
        Of the ratios.

    Returns
    -------
    Weighed

    Raises
    ------
    KernelError
        If the type or shape of an array, or a number, is not as above.

    See Also
    --------
    compare, local_ratio, faint_ratio : the steps, in whole numbers here up to the division: of smoothed differences,
        1/48 of a level is told.
    """
    shape = check_pair(*images)
    check_weights(weights)
    for one in (*levels, *(colours or ())):
        check(one, "thresholds", np.float32, shape)
    for pixels in nearness.reach:
        check_reach(pixels)
    check_radii(nearness.radii)
    if nearness.every < 1:
        raise KernelError(f"every={nearness.every} given; it must be 1 or more")
    faint, near = None, None
    if ground is not None:
        check(ground[0], "factors", np.float32, (6, *shape))
        for one in ground[1:]:
            check(one, "thresholds", np.float32, shape)
        faint, near = np.empty(shape, np.float32), np.empty((shape[0], -(-shape[1] // WORD)), np.uint64)
    difference, level, ratio = (np.empty(shape, np.float32) for _ in range(3))
    if ratio.size:
        dense = np.ascontiguousarray
        _native.weigh_frame(
            (dense(images[0]), dense(images[1])), dense(weights), (dense(levels[0]), dense(levels[1])),
            None if colours is None else (dense(colours[0]), dense(colours[1])),
            None if ground is None else (dense(ground[0]), dense(ground[1]), dense(ground[2])),
            nearness.reach, (nearness.every, nearness.usual), (*nearness.shares, weight),
            np.array(nearness.radii, np.int32), (difference, level, ratio, faint, near),
        )  # fmt: skip
    return Weighed(difference, level, ratio, faint, None if near is None else BitMask(near, shape[1]))
