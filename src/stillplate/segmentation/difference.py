"""The weighted difference between a frame and the plate, and its threshold."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Image
from stillplate.segmentation.options import EQUAL_WEIGHTS, check_threshold, normalised

__all__ = ["difference", "mask"]


def difference(image: Image, plate: Image, weights: Sequence[float] = EQUAL_WEIGHTS) -> npt.NDArray[np.float32]:
    """Return the weighted absolute difference between a frame and the plate.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
    weights : three non-negative numbers
        Weights of red, green and blue, normalised to sum to 1.

    Returns
    -------
    float32 array of shape (H, W)
        ``D = α_R·|I−B|_R + α_G·|I−B|_G + α_B·|I−B|_B``, in 8-bit levels, 0..255.
    """
    return kernels.difference(image, plate, normalised(weights))


def mask(
    image: Image, plate: Image, threshold: float, weights: Sequence[float] = EQUAL_WEIGHTS
) -> npt.NDArray[np.bool_]:
    """Mark pixels that differ from the plate by more than `threshold`.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
    threshold : float
        In 8-bit levels; the mask is D > threshold.
    weights : three non-negative numbers
        Weights of red, green and blue, normalised to sum to 1.

    Returns
    -------
    bool array of shape (H, W)

    Raises
    ------
    ParameterError
        If the threshold or a weight is outside its range.
    """
    check_threshold(threshold)
    return kernels.mask(image, plate, threshold, normalised(weights))
