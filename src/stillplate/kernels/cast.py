"""The kernel that takes the shadows that things cast from their masks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair
from stillplate.kernels.nearest import SECTORS

__all__ = ["CastLimits", "CastShadows", "cast_shadow"]

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float32]


class CastLimits(NamedTuple):
    """What is a shadow, and of which things it is taken.

    Attributes
    ----------
    dark : float, 8-bit levels
        Offset added to frame and plate.
    levels, change : float
        Largest mean deviation from the expected colour: 8-bit levels, and a share of the mean change.
    flat : float
        Largest standard deviation of the light within 5x5 pixels, as a share of the light that is missing.
    deepest, brightest : float
        Limits of the light, as a share of the plate's.
    rim : int, from 1, pixels
        Depth at which a shadow begins, at most.
    least : float, pixels
        Smaller regions of what is left are dropped.
    small : float, pixels
        From smaller things of which nothing would be left, nothing is taken.
    """

    dark: float
    levels: float
    change: float
    flat: float
    deepest: float
    brightest: float
    rim: int
    least: float
    small: float


class CastShadows:
    """What is known of the shadows that things cast on one side, checked once for all frames.

    Parameters
    ----------
    hue : float32 array of shape (3,)
        Light of red, green and blue in a shadow, as a share of the mean of the three.
    depth : float32 array of shape (16,)
        Depth of the shadow by the direction of the nearest pixel outside the mask, as a share of a thing's largest
        distance to the outside.
    limits : CastLimits

    Attributes
    ----------
    checked : tuple
        What the core is told.

    Raises
    ------
    KernelError
        If an array's type or shape, or the rim, is not as above.
    """

    __slots__ = ("checked",)

    def __init__(self, hue: Floats, depth: Floats, limits: CastLimits) -> None:
        check(hue, "hue", np.float32, (3,))
        check(depth, "depth", np.float32, (SECTORS,))
        if limits.rim < 1:
            raise KernelError(f"rim={limits.rim} given; it must be 1 or more")
        self.checked = np.ascontiguousarray(hue), np.ascontiguousarray(depth), limits


def cast_shadow(
    image: npt.NDArray[np.uint8], plate: npt.NDArray[np.uint8], mask: Mask, shadows: CastShadows
) -> tuple[Mask, Mask]:
    """Take the shadows that things cast on one side from the mask of the things.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate, smoothed.
    mask : bool array of shape (H, W)
        The things with their shadows.
    shadows : CastShadows

    Returns
    -------
    cut : bool array of shape (H, W)
        4-connected regions that are the plate in less and even light of this hue, begin at the rim and reach no deeper
        than their `depth`, closed and opened by 3x3 pixels; what is darker within the rim beside them; and what is left
        beside them in parts narrower than 3 pixels.
    rest : bool array of shape (H, W)
        The mask without `cut`.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above.
    """
    shape = check_pair(image, plate)
    check(mask, "mask", np.bool_, shape)
    cut, rest = np.empty(shape, np.bool_), np.empty(shape, np.bool_)
    if cut.size:
        dense = np.ascontiguousarray
        _native.cast_shadow(dense(image), dense(plate), dense(mask), shadows.checked, cut, rest)
    return cut, rest
