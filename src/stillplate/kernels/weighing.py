"""The kernel that makes the evidence of one frame."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.bit_mask import WORD, BitMask, checked_radii
from stillplate.kernels.checks import check, check_pair, check_reach
from stillplate.kernels.comparison import check_weights

__all__ = ["Nearness", "Thresholds", "Weighed", "check_weighing", "told", "weigh_frame"]

Image = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]
Quantile = tuple[float, float]
CheckedNearness = tuple[
    tuple[int, int], tuple[float, float], int, tuple[Quantile, Quantile], npt.NDArray[np.int32]
]  # as the core takes it


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


class Thresholds:
    """What the differences of frames are smoothed and divided by, checked once for all frames.

    Parameters
    ----------
    weights : float32 array of shape (radius + 1,)
        As for `compare`.
    levels, colours : two float32 arrays of shape (H, W), 8-bit levels
        Thresholds of the differences of level and of colour, as for `local_ratio`; None: colour does not count.
    ground : float32 arrays of shapes (6, H, W), (H, W) and (H, W), or None
        Factors as for `compare`, and thresholds of distance and level as for `faint_ratio`; None: nothing is faint.

    Attributes
    ----------
    shape : (int, int)
        H and W.
    faint : bool
        Whether there are those of the ground.
    checked : tuple
        What the core is told.

    Raises
    ------
    KernelError
        If an array's type or shape, or a weight, is not as above.
    """

    __slots__ = ("checked", "faint", "shape")

    def __init__(
        self,
        weights: Map,
        levels: tuple[Map, Map],
        colours: tuple[Map, Map] | None = None,
        ground: tuple[Map, Map, Map] | None = None,
    ) -> None:
        check_weights(weights)
        check(levels[0], "thresholds", np.float32, (None, None))
        self.shape, self.faint = levels[0].shape, ground is not None
        for one in (levels[1], *(colours or ()), *(ground or ())[1:]):
            check(one, "thresholds", np.float32, self.shape)
        if ground is not None:
            check(ground[0], "factors", np.float32, (6, *self.shape))
        dense = np.ascontiguousarray
        self.checked = (
            dense(weights), (dense(levels[0]), dense(levels[1])),
            None if colours is None else (dense(colours[0]), dense(colours[1])),
            None if ground is None else (dense(ground[0]), dense(ground[1]), dense(ground[2])),
        )  # fmt: skip

    def results(self) -> Weighed:
        """Return arrays for the evidence of a frame, not filled."""
        height, width = self.shape
        difference, level, ratio = np.empty((3, height, width), np.float32)
        if not self.faint:
            return Weighed(difference, level, ratio, None, None)
        near = BitMask(np.empty((height, -(-width // WORD)), np.uint64), width)
        return Weighed(difference, level, ratio, np.empty(self.shape, np.float32), near)


def weigh_frame(image: Image, plate: Image, thresholds: Thresholds, nearness: Nearness, weight: float) -> Weighed:
    """Compare a frame to the plate, and divide what differs by its thresholds.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
    thresholds : Thresholds
        For this size.
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
    near = check_weighing(image, plate, thresholds, nearness)
    out = thresholds.results()
    if image.size:
        dense = np.ascontiguousarray
        _native.weigh_frame(dense(image), dense(plate), thresholds.checked, near, weight, told(out))
    return out


def check_weighing(image: Image, plate: Image, thresholds: Thresholds, nearness: Nearness) -> CheckedNearness:
    """Return what the core is told of nearness; raise KernelError unless frame and plate are of the limits' size."""
    if check_pair(image, plate) != thresholds.shape:
        raise KernelError(f"images have shape {image.shape}; they must be of the thresholds' size, {thresholds.shape}")
    return _checked(nearness)


def told(out: Weighed) -> tuple[Map, Map, Map, Map | None, npt.NDArray[np.uint64] | None]:
    """Return arrays for the evidence as the core takes them."""
    return *out[:4], None if out.near is None else out.near.bits


@cache
def _checked(nearness: Nearness) -> CheckedNearness:
    for pixels in nearness.reach:
        check_reach(pixels)
    if nearness.every < 1:
        raise KernelError(f"every={nearness.every} given; it must be 1 or more")
    reach, shares, every, usual, radii = nearness
    return reach, shares, every, usual, checked_radii(radii)
