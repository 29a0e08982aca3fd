"""The kernel that keeps the heaviest samples of each pixel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import MOST_SAMPLES, check, dense
from stillplate.threads import spread

__all__ = ["heaviest"]


def heaviest(
    images: npt.NDArray[np.uint8], weights: npt.NDArray[np.float32], kept: int, *, threads: int | None = None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32], npt.NDArray[np.uint16]]:
    """Return the samples of each pixel that weigh most, in their order; of weights alike, the earliest.

    Parameters
    ----------
    images : uint8 array of shape (T, H, W, 3), RGB
        The samples, 1 <= T <= 4096.
    weights : float32 array of shape (T, H, W)
        One that is negative or NaN counts as 0. Weights are compared by the upper 16 bits of their floats, which tell
        1/128 apart.
    kept : int, 1..T
        Number of samples of each pixel.
    threads : int, optional
        Number of threads; that of the processors if not given. The result does not depend on it.

    Returns
    -------
    images : uint8 array of shape (kept, H, W, 3), RGB
    weights : float32 array of shape (kept, H, W)
    chosen : uint16 array of shape (kept, H, W)
        Their numbers among the samples.

    Raises
    ------
    KernelError
        If an array's type or shape, `kept` or `threads` is not as above.

    Examples
    --------
    >>> samples = np.array([10, 20, 30], np.uint8).reshape(3, 1, 1, 1).repeat(3, axis=3)
    >>> kept, weights, chosen = heaviest(samples, np.array([5, 1, 2], np.float32).reshape(3, 1, 1), 2)
    >>> kept[:, 0, 0, 0].tolist(), weights.ravel().tolist(), chosen.ravel().tolist()
    ([10, 30], [5.0, 2.0], [0, 2])
    """
    check(images, "images", np.uint8, (None, None, None, 3))
    count, height, width, _ = images.shape
    if not 1 <= count <= MOST_SAMPLES:
        raise KernelError(f"{count} samples given; there may be 1 to {MOST_SAMPLES}")
    if not 1 <= kept <= count:
        raise KernelError(f"kept={kept} given; it may be 1 to {count}, the number of samples")
    check(weights, "weights", np.float32, (count, height, width))
    pixels = height * width
    samples, votes = dense(images).reshape(count, pixels, 3), dense(weights).reshape(count, pixels)
    image, weight = np.empty((kept, pixels, 3), np.uint8), np.empty((kept, pixels), np.float32)
    chosen = np.empty((kept, pixels), np.uint16)

    def run(first: int, last: int) -> None:
        _native.heaviest(samples, votes, first, last, image, weight, chosen)

    spread(run, pixels, threads, least=1024)
    shape = kept, height, width
    return image.reshape(*shape, 3), weight.reshape(shape), chosen.reshape(shape)
