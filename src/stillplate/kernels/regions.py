"""The kernel that makes regions of a map of evidence."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_reach

__all__ = ["solid_regions"]

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
