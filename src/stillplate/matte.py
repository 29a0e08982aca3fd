"""What in a frame is not the plate: the difference, its threshold and the mask."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.errors import ParameterError
from stillplate.plate import Plate
from stillplate.video.source import Image

__all__ = ["EQUAL_WEIGHTS", "automatic_threshold", "check_threshold", "difference", "mask", "normalised"]

EQUAL_WEIGHTS: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)


def difference(image: Image, plate: Image, weights: Sequence[float] = EQUAL_WEIGHTS) -> npt.NDArray[np.float32]:
    """Compute the weighted absolute difference of a frame to the plate.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
    weights : three non-negative numbers
        Of red, green and blue; they are normalised to sum to 1.

    Returns
    -------
    float32 array of shape (H, W)
        D = α_R·|I−B|_R + α_G·|I−B|_G + α_B·|I−B|_B, in 8-bit levels, 0..255.
    """
    return kernels.difference(image, plate, normalised(weights))


def mask(
    image: Image, plate: Image, threshold: float, weights: Sequence[float] = EQUAL_WEIGHTS
) -> npt.NDArray[np.bool_]:
    """Mark what differs from the plate by more than `threshold`.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
    threshold : float
        In 8-bit levels; the mask is D > threshold.
    weights : three non-negative numbers
        Of red, green and blue; they are normalised to sum to 1.

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


def normalised(weights: Sequence[float]) -> tuple[float, float, float]:
    """Scale the weights of red, green and blue to sum to 1.

    Raises
    ------
    ParameterError
        If they are not three finite, non-negative numbers, at least one of them positive.
    """
    if len(weights) != 3 or not all(weight >= 0 and isfinite(weight) for weight in weights) or sum(weights) == 0:
        given = " ".join(f"{weight:g}" for weight in weights)
        raise ParameterError(f"weights are {given}, but three non-negative numbers, not all 0, are needed")
    red, green, blue = weights
    total = red + green + blue
    return red / total, green / total, blue / total


def check_threshold(threshold: float) -> None:
    """Refuse a threshold that is negative, infinite or not a number with a ParameterError."""
    if not (threshold >= 0 and isfinite(threshold)):
        raise ParameterError(f"threshold is {threshold:g}, but a finite number of 8-bit levels, 0 or more, is needed")


def automatic_threshold(plate: Plate) -> float:
    """Derive the threshold from the plate's noise.

    Parameters
    ----------
    plate : Plate

    Returns
    -------
    float
        In 8-bit levels: 16 + 2 σ, σ being the median of the plate's noise over the picture.

    Notes
    -----
    The mean of three absolute differences of independent noise is 0.8 σ on average and varies by 0.35 σ, so 2 σ keep
    all but a pixel in 3000 out; 16 levels are what compression, soft shadows and small changes of light do to a still
    scene. The median over the picture hears the still ground only, as long as moving leaves or water cover less than
    half of it.
    """
    return 16 + 2 * float(np.median(plate.noise))
