"""The kernel of light that differs from a mixture of the scene's lights from place to place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair
from stillplate.kernels.mixture import MOST_LIGHTS, check_plates

__all__ = ["LocalLimits", "local_shares"]

Images = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]


class LocalLimits(NamedTuple):
    """Limits of `local_shares`.

    Attributes
    ----------
    residual, least : 8-bit levels
        At which a residual is capped, and what its mean over the frame is at least.
    sides : two ints, pixels
        Of the squares over which a share, and brightness, are found.
    brightness : two floats
        Bounds of its change.
    rounds : int
    ridge : float, levels²
        Added to the power of a light.
    robust : two floats
        Residual that gets the weight 1/4 in the first round, in 8-bit levels; its factor from round to round.
    cap : float, 8-bit levels
        At which a residual is capped.
    remaining : float
        A share is kept where it leaves less than this share of the residual; it is 0 elsewhere.
    noticed : float
        What is not above it everywhere is not noticeable.
    """

    residual: float
    least: float
    sides: tuple[int, int]
    brightness: tuple[float, float]
    rounds: int
    ridge: float
    robust: tuple[float, float]
    cap: float
    remaining: float
    noticed: float


def local_shares(
    image: Images,
    mixed: Images,
    plates: Sequence[Images],
    gain: tuple[Map, Map],
    main: int,
    beside: Sequence[tuple[int, float, float]],
    limits: LocalLimits,
) -> Map | None:
    """Find how the light of a frame differs from a mixture of light states from place to place.

    Parameters
    ----------
    image, mixed : uint8 arrays of shape (H, W, 3), RGB
        The frame; and what it should be, but for its gain.
    plates : K uint8 arrays of shape (H, W, 3), RGB, with K 1 to 8
        Of each light state.
    gain : two float32 arrays of shape (3,)
        Scale and offset of the frame against `mixed`, the latter in 8-bit levels.
    main : int
        Number of the state that others replace.
    beside : sequence of (int, float, float)
        Numbers of these, in the order in which they are fitted, and bounds of their shares.
    limits : LocalLimits

    Returns
    -------
    float32 array of shape (H, W, K + 1), or None
        What is added to the share of each state, with the sum 0, and last the change of brightness, as a share of it.
        None where the residual is that of noise, or nothing is noticeable.

    Raises
    ------
    KernelError
        If an array's type or shape, or a number, is not as above.

    Notes
    -----
    A share is the one that explains most of the residual in the square around each pixel, by a reweighted regression.
    It is kept where it leaves less than a part of the residual, and smoothed over squares of half the side.
    """
    check_pair(image, mixed)
    check_plates(plates)
    check(plates[0], "plates", np.uint8, image.shape)
    for part, name in zip(gain, ("scale", "offset"), strict=True):
        check(part, name, np.float32, (3,))
    if min(limits.sides) < 2:
        raise KernelError(f"sides={limits.sides} given; they must be 2 or more")
    if len(beside) > MOST_LIGHTS or not {main, *(state for state, *_ in beside)} <= set(range(len(plates))):
        raise KernelError(f"main={main} and beside={beside} given; they must be states of {len(plates)}")
    field = np.empty((*image.shape[:2], len(plates) + 1), np.float32)
    seen, usual, *rows = (np.ascontiguousarray(picture) for picture in (image, mixed, *plates))
    scale, offset = (np.ascontiguousarray(part) for part in gain)
    told = image.size and _native.local_shares(seen, usual, rows, scale, offset, main, beside, limits, field)
    return field if told else None
