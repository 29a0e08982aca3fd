"""The kernels of light: a frame as a mixture of the scene's light states, and ground in another of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair
from stillplate.kernels.gain import LOGS

__all__ = ["MOST_LIGHTS", "MixtureFit", "MixtureLimits", "blend", "check_plates", "fit_mixture", "other_light"]

MOST_LIGHTS = 8

Images = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


class MixtureLimits(NamedTuple):
    """Limits of `fit_mixture`.

    Attributes
    ----------
    usable : two ints, 8-bit levels
        A pixel is usable where all channels are between these, the largest of frame and plates counting.
    fewest : int
        Usable pixels from which on no other counts.
    clipped : float
        Weight of a pixel with a channel that is not below the upper of these levels.
    first : two floats, 8-bit levels
        Scale r of the errors in the first round, of a light state alone, and of all together.
    robust : two floats
        Least r, in 8-bit levels, and its factor from round to round.
    rounds : int
    ridge : float, levels²
        Added to the variances, and that times the prior to the covariances with the frame.
    residual : two floats
        8-bit levels at which a residual is capped; share of the best state's that a mixture may leave.
    bounds : two pairs of floats
        Least and largest sum of the slopes, and offset in 8-bit levels.
    """

    usable: tuple[int, int]
    fewest: int
    clipped: float
    first: tuple[float, float]
    robust: tuple[float, float]
    rounds: int
    ridge: float
    residual: tuple[float, float]
    bounds: tuple[tuple[float, float], tuple[float, float]]


class MixtureFit(NamedTuple):
    """The light of a frame: I = Σ slopes · B + offset.

    Attributes
    ----------
    slopes : float64 array of shape (3, K)
        Of each channel and light state.
    offset : float64 array of shape (3,), 8-bit levels
    nearest : int
        Number of the light state that explains the frame best by itself.
    """

    slopes: npt.NDArray[np.float64]
    offset: npt.NDArray[np.float64]
    nearest: int


def fit_mixture(image: Images, plates: Sequence[Images], step: int, limits: MixtureLimits) -> MixtureFit:
    """Fit the light of a frame as a mixture of light states, by a regression that objects do not move.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    plates : 1 to 8 uint8 arrays of shape (H, W, 3), RGB
    step : int
        Every `step`-th row and column is looked at.
    limits : MixtureLimits

    Returns
    -------
    MixtureFit

    Raises
    ------
    KernelError
        If an array's type or shape is not as above, there are too many plates or none, or the step is below 1.

    Notes
    -----
    Each round weighs a pixel by 1 / (1 + (e / r)²)², with e the largest error of its channels. Each state is fitted
    alone, from the commonest ratio of brightness, and then all together, drawn to the best of them.
    """
    check(image, "image", np.uint8, (None, None, 3))
    check_plates(plates)
    check(plates[0], "plates", np.uint8, image.shape)
    if step < 1:
        raise KernelError(f"step={step} given; it must be 1 or more")
    slopes, offset = np.zeros((3, len(plates)), np.float64), np.zeros(3, np.float64)
    if not image.size:
        slopes[:, 0] = 1
        return MixtureFit(slopes, offset, 0)
    rows = [np.ascontiguousarray(plate) for plate in plates]
    nearest = _native.fit_mixture(np.ascontiguousarray(image), rows, step, LOGS, *limits, slopes, offset)
    return MixtureFit(slopes, offset, nearest)


def blend(plates: Sequence[Images], shares: Map, field: Map | None) -> Images:
    """Mix the plates of light states.

    Parameters
    ----------
    plates : K uint8 arrays of shape (H, W, 3), RGB, with K 1 to 8
    shares : float32 array of shape (K, 3)
    field : float32 array of shape (h, w, K + 1), or None
        What is added to the shares from place to place, and last the change of brightness, as a share of it; between
        its cells it is interpolated.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
        Σ (share + field) · plate, times 1 + the last of the field; states of shares below 0.001 are left out.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above, or there are too many plates or none.
    """
    check_plates(plates)
    check(shares, "shares", np.float32, (len(plates), 3))
    if field is not None:
        check(field, "field", np.float32, (None, None, len(plates) + 1))
        if not field.size:
            raise KernelError(f"field is of shape {field.shape}; it must have a cell")
        field = np.ascontiguousarray(field)
    mixed = np.empty(plates[0].shape, np.uint8)
    if mixed.size:
        _native.blend([np.ascontiguousarray(plate) for plate in plates], np.ascontiguousarray(shares), field, mixed)
    return mixed


def other_light(
    images: tuple[Images, Images, Images],
    weak: Mask,
    thresholds: tuple[Map, Map | None],
    *,
    between: float,
    there: float,
) -> Mask:
    """Mark ground in another light, or between that and the frame's.

    Parameters
    ----------
    images : three uint8 arrays of shape (H, W, 3), RGB
        Frame and plate in one light, and the plate in another, all smoothed.
    weak : bool array of shape (H, W)
        Where frame and plate differ.
    thresholds : two float32 arrays of shape (H, W), 8-bit levels
        Of the difference, and of that of colour alone, which may be None.
    between : float, thresholds
        Largest residual.
    there : float
        Share of the other light from which on the residual may be a threshold.

    Returns
    -------
    bool array of shape (H, W)
        Without parts narrower than 3 pixels.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above.

    Notes
    -----
    The residual is I - B - x (B' - B), with the x of 0..1 that makes it least.
    """
    seen, ground, other = images
    shape = check_pair(seen, ground)
    check(other, "other", np.uint8, seen.shape)
    check(weak, "weak", np.bool_, shape)
    level, colour = thresholds
    for threshold in (level,) if colour is None else (level, colour):
        check(threshold, "thresholds", np.float32, shape)
    found = np.empty(shape, np.bool_)
    if found.size:
        one, two, three = (np.ascontiguousarray(image) for image in images)
        where, limits = np.ascontiguousarray(weak), np.ascontiguousarray(level)
        tints = None if colour is None else np.ascontiguousarray(colour)
        _native.other_light(one, two, three, where, limits, tints, between, there, found)
    return found


def check_plates(plates: Sequence[Images]) -> None:
    """Raise KernelError unless these are plates of one size, and not too many."""
    if not 1 <= len(plates) <= MOST_LIGHTS:
        raise KernelError(f"{len(plates)} plates given; there must be 1 to {MOST_LIGHTS}")
    check(plates[0], "plates", np.uint8, (None, None, 3))
    for plate in plates:
        check(plate, "plates", np.uint8, plates[0].shape)
