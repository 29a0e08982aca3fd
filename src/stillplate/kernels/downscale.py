"""The kernel that reduces a picture by a whole factor."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = ["downscale"]

MOST_FACTOR = 1023


def downscale(image: npt.NDArray[np.uint8], factor: int) -> npt.NDArray[np.uint8]:
    """Reduce a picture by a whole factor: by 2 as often as it goes, and then by the odd rest.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3)
    factor : int

    Returns
    -------
    uint8 array of shape (⌈H / factor⌉, ⌈W / factor⌉, 3)
        The mean of the pixels that each one covers, rounded each time; the outermost pixels are repeated beyond the
        edge.

    Raises
    ------
    KernelError
        If the picture is not such an array, or the factor is not 1 to 1023.
    """
    check(image, "image", np.uint8, (None, None, 3))
    if not 1 <= factor <= MOST_FACTOR:
        raise KernelError(f"factor={factor} given; it must be 1 to {MOST_FACTOR}")
    height, width, _ = image.shape
    out = np.empty((-(-height // factor), -(-width // factor), 3), np.uint8)
    if out.size:
        _native.downscale(np.ascontiguousarray(image), factor, out)
    return out
