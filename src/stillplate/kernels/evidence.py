"""The kernels that divide differences by thresholds, which rise beside objects of high contrast."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_reach

__all__ = ["faint_ratio", "join_faint", "local_ratio", "weigh_pixels"]

Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]


def local_ratio(
    difference: Map,
    thresholds: tuple[Map, Map],
    *,
    reach: int,
    share: float,
    weight: float,
    beside: Map | None = None,
) -> Map:
    """Divide a smoothed difference by its threshold.

    Parameters
    ----------
    difference : float32 array of shape (H, W), 8-bit levels
    thresholds : two float32 arrays of shape (H, W), 8-bit levels
        Where no object is near, and beside one of high contrast.
    reach : int, pixels
        The contrast of a pixel is the largest difference so far from it, along rows and columns.
    share : float
        Of the contrast, which is the threshold between the two.
    weight : float
        Of the result.
    beside : float32 array of shape (H, W), optional
        Another ratio.

    Returns
    -------
    float32 array of shape (H, W)
        The difference over its threshold, times the weight; or `beside`, in which the result is written, where that is
        more.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above, or the reach is below 0.
    """
    check(difference, "difference", np.float32, (None, None))
    for one in thresholds:
        check(one, "thresholds", np.float32, difference.shape)
    check_reach(reach)
    ratio = np.empty_like(difference) if beside is None else beside
    check(ratio, "beside", np.float32, difference.shape)
    here, least, most = (np.ascontiguousarray(one) for one in (difference, *thresholds))
    if difference.size:
        _native.local_ratio(here, least, most, reach, share, weight, beside is not None, ratio)
    return ratio


def faint_ratio(
    distance: Map,
    level: Map,
    thresholds: tuple[Map, Map],
    *,
    reach: tuple[int, int],
    every: int,
    shares: tuple[float, float],
    usual: tuple[tuple[float, float], tuple[float, float]],
    weight: float,
) -> Map:
    """Divide faint differences from the ground by closer thresholds.

    Parameters
    ----------
    distance : float32 array of shape (H, W), standard deviations
        From the ground's own colours.
    level : float32 array of shape (H, W), 8-bit levels
        Smoothed difference.
    thresholds : two float32 arrays of shape (H, W)
        Of distance and level.
    reach : two ints
        Pixels that contrast reaches, and steps of two pixels that the glow of an object does.
    every : int
        Rows and columns from one pixel to the next of those that tell how far the whole frame is from the plate.
    shares : two floats
        Of the contrast, and of the largest difference within reach of the glow: the least threshold of level.
    usual : two pairs of floats
        Quantiles of the distance in a frame of the ground, each its share and what it is. Where they are more, the
        threshold of distance is as much higher.
    weight : float
        Of the result.

    Returns
    -------
    float32 array of shape (H, W)
        The lesser of the two ratios, of distance and of level.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above, a reach is below 0 or above 16384, or `every` is below 1.
    """
    check(distance, "distance", np.float32, (None, None))
    check(level, "level", np.float32, distance.shape)
    for one in thresholds:
        check(one, "thresholds", np.float32, distance.shape)
    for pixels in reach:
        check_reach(pixels)
    if every < 1:
        raise KernelError(f"every={every} given; it must be 1 or more")
    far, here, most, least = (np.ascontiguousarray(one) for one in (distance, level, *thresholds))
    ratio = np.empty(distance.shape, np.float32)
    if ratio.size:
        _native.faint_ratio(far, here, most, least, reach, every, *shares, weight, usual, ratio)
    return ratio


def join_faint(ratio: Map, faint: Map, lasting: Mask) -> tuple[Map, Mask]:
    """Join faint evidence where it persists.

    Parameters
    ----------
    ratio, faint : float32 arrays of shape (H, W)
    lasting : bool array of shape (H, W)

    Returns
    -------
    joined : float32 array of shape (H, W)
        `faint` where it is `lasting` and more than `ratio`, which it is elsewhere.
    risen : bool array of shape (H, W)
        Where it is `faint`.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.
    """
    check(ratio, "ratio", np.float32, (None, None))
    check(faint, "faint", np.float32, ratio.shape)
    check(lasting, "lasting", np.bool_, ratio.shape)
    joined, risen = np.empty(ratio.shape, np.float32), np.empty(ratio.shape, np.bool_)
    if joined.size:
        own, other = np.ascontiguousarray(ratio), np.ascontiguousarray(faint)
        _native.join_faint(own, other, np.ascontiguousarray(lasting), joined, risen)
    return joined, risen


def weigh_pixels(quietness: Map, level: Map, sure: Map, ratio: Map, risen: Mask | None, seed: float) -> Map:
    """Return the weight of each pixel in the size of a region.

    Parameters
    ----------
    quietness : float32 array of shape (H, W), 0..1
    level, sure : float32 arrays of shape (H, W), 8-bit levels
        Difference of frame and plate, and that from which on a pixel is sure.
    ratio : float32 array of shape (H, W)
    risen : bool array of shape (H, W), or None
        Where `ratio` is faint evidence; nowhere if None.
    seed : float
        Ratio from which on faint evidence is sure.

    Returns
    -------
    float32 array of shape (H, W), 0..1
        quietness · min(1, level / sure), and quietness² · min(1, ratio / seed) where it is faint.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.
    """
    check(quietness, "quietness", np.float32, (None, None))
    for one in (level, sure, ratio):
        check(one, "level, sure and ratio", np.float32, quietness.shape)
    if risen is not None:
        check(risen, "risen", np.bool_, quietness.shape)
        risen = np.ascontiguousarray(risen)
    trust = np.empty(quietness.shape, np.float32)
    if trust.size:
        own, here, most, evidence = (np.ascontiguousarray(one) for one in (quietness, level, sure, ratio))
        _native.weigh_pixels(own, here, most, evidence, risen, seed, trust)
    return trust
