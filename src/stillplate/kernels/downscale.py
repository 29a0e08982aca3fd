"""The kernel that reduces a picture by a whole factor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = ["downscale"]


def downscale(image: npt.NDArray[np.uint8], factor: int) -> npt.NDArray[np.uint8]:
    """Reduce a picture by 2 or an odd factor.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3)
    factor : int

    Returns
    -------
    uint8 array of shape (⌈H / factor⌉, ⌈W / factor⌉, 3)
        The mean of the pixels that each one covers, rounded; the outermost pixels are repeated beyond the edge.

    Raises
    ------
    KernelError
        If the picture is not such an array, or the factor is neither 2 nor odd.
    """
    check(image, "image", np.uint8, (None, None, 3))
    if factor < 1 or not (factor == 2 or factor % 2):
        raise KernelError(f"factor={factor} given; it must be 2, or odd")
    height, width, _ = image.shape
    out = np.empty((-(-height // factor), -(-width // factor), 3), np.uint8)
    if out.size:
        _native.downscale(np.ascontiguousarray(image), factor, out)
    return out
