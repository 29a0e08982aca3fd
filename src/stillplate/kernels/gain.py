"""The kernels that find the gain and bias between the plate and a frame, and undo them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair, flattened
from stillplate.threads import spread

__all__ = ["LOGS", "Exposure", "check_step", "gain_table", "look_up", "robust_gain"]

with np.errstate(divide="ignore"):
    LOGS = np.log(np.arange(766, dtype=np.float32))  # of sums of three levels


class Exposure(NamedTuple):
    """How the light of a frame may differ from the plate's, and how that is found.

    Attributes
    ----------
    usable : two ints, 8-bit levels
        A pixel counts where all channels of both lie between these.
    fewest : int
        Pixels that must count.
    rounds : int
    robust : three floats
        Scale r of the errors in the first round, and its least, in 8-bit levels; its factor from round to round.
    ridge : float, levels²
        Added to variance and covariance.
    bounds : two pairs of floats
        Least and largest scale, and offset in 8-bit levels.
    """

    usable: tuple[int, int]
    fewest: int
    rounds: int
    robust: tuple[float, float, float]
    ridge: float
    bounds: tuple[tuple[float, float], tuple[float, float]]


def robust_gain(
    image: npt.NDArray[np.uint8], plate: npt.NDArray[np.uint8], step: int, exposure: Exposure
) -> npt.NDArray[np.float32] | None:
    """Return scale s and offset o of each channel with I = s B + o, by a regression that objects do not move.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
    step : int
        Every `step`-th row and column is looked at.
    exposure : Exposure

    Returns
    -------
    float32 array of shape (2, 3), or None
        Scale and offset of red, green and blue; None where too few pixels count.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above, or the step is below 1.

    Notes
    -----
    Each round weighs a pixel by 1 / (1 + (e / r)²)², with e the largest error of its channels. The first has the
    commonest ratio of brightness as scale: the mode of log(I / B) in bins of 0.02, smoothed over five.
    """
    check_pair(image, plate)
    check_step(step)
    gain = np.empty(6, np.float32)
    both = np.ascontiguousarray(image), np.ascontiguousarray(plate)
    found = image.size and _native.robust_gain(*both, step, (*exposure, LOGS), gain)
    return gain.reshape(2, 3) if found else None


def check_step(step: int) -> None:
    """Raise KernelError unless rows and columns can be this far apart."""
    if step < 1:
        raise KernelError(f"step={step} given; it must be 1 or more")


def gain_table(scale: npt.NDArray[np.float32], offset: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Return the table that undoes a gain.

    Parameters
    ----------
    scale, offset : float32 arrays of shape (3,)
        Of red, green and blue, the latter in 8-bit levels; no scale is 0.

    Returns
    -------
    uint8 array of shape (256, 3)
        (level - offset) / scale of each level and channel, rounded to the nearest; a half, up.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above.
    """
    check(scale, "scale", np.float32, (3,))
    check(offset, "offset", np.float32, (3,))
    table = np.empty((256, 3), np.uint8)
    _native.gain_table(np.stack((scale, offset)), table)
    return table


def look_up(image: npt.NDArray[np.uint8], table: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Replace the levels of an image, channel by channel.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    table : uint8 array of shape (256, 3)
        The new levels.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB

    Raises
    ------
    KernelError
        If an array's type or shape is not as above.
    """
    check(image, "image", np.uint8, (None, None, 3))
    check(table, "table", np.uint8, (256, 3))
    flat, levels = flattened(image), np.ascontiguousarray(table)
    out = np.empty_like(flat)

    def run(first: int, last: int) -> None:
        _native.look_up(flat, levels, first, last, out)

    spread(run, len(flat), None, least=1 << 16)
    return out.reshape(image.shape)
