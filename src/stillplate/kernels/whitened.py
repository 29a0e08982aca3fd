"""The kernel that measures differences of colour by what the ground's own colour does."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.kernels import _native
from stillplate.kernels.checks import check
from stillplate.threads import spread

__all__ = ["whitened"]

LEAST = 1 << 16  # pixels of a thread's share, at least


def whitened(
    difference: npt.NDArray[np.float32], factors: npt.NDArray[np.float32], *, threads: int | None = None
) -> npt.NDArray[np.float32]:
    """Return how far each pixel's colour is from the plate's, in standard deviations of the ground.

    Parameters
    ----------
    difference : float32 array of shape (H, W, 3), RGB, 8-bit levels
        Frame less plate, smoothed; it has a sign.
    factors : float32 array of shape (6, H, W), 1 / 8-bit levels
        Of each pixel, the upper triangular matrix U, row by row without the zeros, with Uᵀ U = Σ⁻¹, where Σ is the
        covariance of the ground's own differences.
    threads : int, optional
        Number of threads; that of the processors if not given. The result does not depend on it.

    Returns
    -------
    float32 array of shape (H, W)
        The Mahalanobis distance |U d| = √(dᵀ Σ⁻¹ d).

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.

    Examples
    --------
    >>> unit = np.array([1, 0, 0, 1, 0, 1], np.float32).reshape(6, 1, 1)
    >>> whitened(np.array([[[2, 3, 6]]], np.float32), unit).tolist()
    [[7.0]]
    """
    check(difference, "difference", np.float32, (None, None, 3))
    height, width, _ = difference.shape
    check(factors, "factors", np.float32, (6, height, width))
    out = np.empty(height * width, np.float32)
    flat = np.ascontiguousarray(difference).reshape(-1, 3)
    planes = np.ascontiguousarray(factors).reshape(6, -1)

    def run(first: int, last: int) -> None:
        _native.whitened(flat, planes, first, last, out)

    spread(run, out.size, threads, least=LEAST)
    return out.reshape(height, width)
