"""The kernels of the odds of foreground."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = ["count_odds", "join_odds"]

Map = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def join_odds(likelihood: Map, ratio: Map, limits: Map, factors: Map, *, least: float) -> Map:
    """Join how likely pixels are foreground with what they differ by.

    Parameters
    ----------
    likelihood : float32 array of shape (H, W), 0..1
    ratio : float32 array of shape (H, W)
        Difference over its threshold; NaN where that is not known.
    limits : float32 array of shape (n,)
        Ascending.
    factors : float32 array of shape (n + 1,)
        By how many of the limits a ratio reaches.
    least : float
        Least likelihood that is told apart from 0, and from 1.

    Returns
    -------
    float32 array of shape (H, W)
        Squared odds of the likelihood, times the factor; 1 where the ratio is not known.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above.
    """
    check(likelihood, "likelihood", np.float32, (None, None))
    check(ratio, "ratio", np.float32, likelihood.shape)
    check(limits, "limits", np.float32, (None,))
    check(factors, "factors", np.float32, (len(limits) + 1,))
    odds = np.empty(likelihood.shape, np.float32)
    if odds.size:
        one, other = np.ascontiguousarray(likelihood), np.ascontiguousarray(ratio)
        _native.join_odds(one, other, np.ascontiguousarray(limits), np.ascontiguousarray(factors), least, odds)
    return odds


def count_odds(odds: Map, bins: int) -> tuple[Doubles, Doubles]:
    """Count pixels by their probability, odds / (1 + odds).

    Parameters
    ----------
    odds : float32 array of shape (H, W), 0 or more
    bins : int
        Of probabilities, evenly from 0 to 1.

    Returns
    -------
    counts, sums : float64 arrays of shape (bins,)
        Pixels of each, and the sum of their probabilities.

    Raises
    ------
    KernelError
        If the array's type or shape is not as above, or there is no bin.
    """
    check(odds, "odds", np.float32, (None, None))
    if bins < 1:
        raise KernelError(f"bins={bins} given; it must be 1 or more")
    counts, sums = np.zeros(bins), np.zeros(bins)
    if odds.size:
        _native.count_odds(np.ascontiguousarray(odds), counts, sums)
    return counts, sums
