"""The kernels that make regions of a map of evidence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_reach

__all__ = ["small_regions", "solid_regions"]

Mask = npt.NDArray[np.bool_]
Map = npt.NDArray[np.float32]


def solid_regions(
    ratio: Map, trust: Map | None, *, seed: float, closed: bool, reach: int, least: float, hole: float
) -> Mask:
    """Mark the solid regions of a map of evidence.

    Parameters
    ----------
    ratio : float32 array of shape (H, W)
        Evidence: weak above 1, strong above `seed`.
    trust : float32 array of shape (H, W), or None
        Weight of each pixel in the size of a region; 1 if None.
    seed : float
    closed : bool
        Whether gaps are closed, holes filled, and small regions dropped.
    reach : int, pixels
        Gaps up to twice as wide are closed.
    least, hole : float, pixels
        Smallest region, and smallest hole, that stay.

    Returns
    -------
    bool array of shape (H, W)
        Regions of weak evidence that hold strong evidence, after a median of 5x5 pixels, and what `closed` adds.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.
    """
    check(ratio, "ratio", np.float32, (None, None))
    if trust is not None:
        check(trust, "trust", np.float32, ratio.shape)
        trust = np.ascontiguousarray(trust)
    check_reach(reach)
    mask = np.empty(ratio.shape, np.bool_)
    if mask.size:
        _native.solid_regions(np.ascontiguousarray(ratio), trust, seed, closed, reach, least, hole, mask)
    return mask


def small_regions(
    ratio: Map,
    levels: tuple[Map, Map],
    risen: Mask | None,
    large: Mask,
    *,
    fewest: int,
    seed: float,
    clear: float,
    least: float,
) -> Mask:
    """Mark small regions of evidence too strong to be noise.

    Parameters
    ----------
    ratio : float32 array of shape (H, W)
        Evidence: weak above 1, strong above `seed`.
    levels : two float32 arrays of shape (H, W), 8-bit levels
        Difference of frame and plate, and the largest that noise makes. A pixel's certainty is their ratio.
    risen : bool array of shape (H, W), or None
        Where a pixel's certainty is no more than its evidence; nowhere if None.
    large : bool array of shape (H, W)
        Regions that touch this are not marked.
    fewest : int
        Pixels of a region with strong evidence and a certainty above `clear`, at least.
    seed, clear : float
    least : float
        Least sum of (certainty / seed)² over the pixels of a region.

    Returns
    -------
    bool array of shape (H, W)

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.
    """
    check(ratio, "ratio", np.float32, (None, None))
    for one in levels:
        check(one, "levels", np.float32, ratio.shape)
    check(large, "large", np.bool_, ratio.shape)
    if risen is not None:
        check(risen, "risen", np.bool_, ratio.shape)
        risen = np.ascontiguousarray(risen)
    mask = np.empty(ratio.shape, np.bool_)
    if mask.size:
        evidence, level, noise = (np.ascontiguousarray(one) for one in (ratio, *levels))
        away = np.ascontiguousarray(large)
        _native.small_regions(evidence, level, noise, risen, away, fewest, seed, clear, least, mask)
    return mask
