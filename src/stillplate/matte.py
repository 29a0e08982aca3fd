"""What in a frame is not the plate: the difference, the plain mask, and the matte with its soft edges."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.cleanup import REACH, block, square
from stillplate.errors import ParameterError
from stillplate.video.source import Image

__all__ = ["EQUAL_WEIGHTS", "check_threshold", "difference", "mask", "normalised", "unmix"]

Floats = npt.NDArray[np.float32]

EQUAL_WEIGHTS: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)
DOUBT = 3.0  # squared thresholds of colour difference at which alpha is half believed
LITTLE, MOST = 0.05, 0.95  # alpha under and above which it is 0 and 1


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


def unmix(image: Image, plate: Image, thresholds: Floats, mask: npt.NDArray[np.bool_]) -> tuple[Floats, Image]:
    """Find how much of each pixel is foreground, and its colour without the ground.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame, and the plate as its camera and light see it.
    thresholds : float32 array of shape (H, W)
        Difference that the ground makes by itself, in 8-bit levels.
    mask : bool array of shape (H, W)

    Returns
    -------
    alpha : float32 array of shape (H, W), 0..1
        1 inside, 0 outside, between them in a band 0.6 % of the width on either side of the mask's edge.
    colours : uint8 array of shape (H, W, 3), RGB
        The foreground's own; black where alpha is 0.

    Notes
    -----
    I = α F + (1 − α) B with I and B known. F is first taken for the mean colour of what is surely inside near by; then
    α = <I − B, F − B> / |F − B|², believed as far as F and B differ by more than noise; elsewhere the mask's own edge,
    softened. With α, the colour is C = (I − (1 − α) B) / α; where little of it is left, F.
    """
    alpha, colours = np.zeros(mask.shape, np.float32), np.zeros(image.shape, np.uint8)
    reach = max(2, round(REACH * mask.shape[1]))
    rows, columns = (_span(np.asarray(mask.any(axis=axis)), 4 * reach) for axis in (1, 0))
    if rows.start < rows.stop:
        part = (rows, columns)
        alpha[part], colours[part] = _unmixed(image[part], plate[part], thresholds[part], mask[part], reach)
    return alpha, colours


def _span(filled: npt.NDArray[np.bool_], margin: int) -> slice:
    """From the first to the last that is filled, and a margin."""
    (found,) = np.nonzero(filled)
    return slice(max(0, int(found[0]) - margin), int(found[-1]) + 1 + margin) if found.size else slice(0, 0)


def _unmixed(
    image: Image, plate: Image, thresholds: Floats, mask: npt.NDArray[np.bool_], reach: int
) -> tuple[Floats, Image]:
    import cv2

    whole = np.ascontiguousarray(mask).view(np.uint8)
    deep = cv2.erode(whole, block(reach)) > 0
    thin = cv2.dilate(deep.view(np.uint8), block(3 * reach)) == 0
    sure = deep | ((cv2.erode(whole, square(3)) > 0) & thin)  # thin parts keep their middle
    band = (cv2.dilate(whole, block(reach)) > 0) & ~sure
    seen, ground = image.astype(np.float32), plate.astype(np.float32)
    known = cv2.blur(sure.astype(np.float32), (4 * reach + 1, 4 * reach + 1))
    inside = cv2.blur(seen * sure[:, :, None], (4 * reach + 1, 4 * reach + 1)) / np.maximum(known, 1e-3)[:, :, None]
    apart = inside - ground
    far = np.square(apart).sum(axis=2)  # |F - B|²
    share = np.clip(((seen - ground) * apart).sum(axis=2) / np.maximum(far, 1), 0, 1)
    soft = cv2.blur(whole.astype(np.float32), (2 * reach + 1, 2 * reach + 1))
    belief = far / (far + DOUBT * np.square(thresholds)) * (known > 0.01)
    alpha = np.where(band, belief * share + (1 - belief) * soft, whole).astype(np.float32)
    alpha = np.where(band, cv2.blur(alpha, (3, 3)), alpha)
    alpha = np.clip((alpha - LITTLE) / (MOST - LITTLE), 0, 1)
    part = alpha[:, :, None]
    own = np.clip((seen - (1 - part) * ground) / np.maximum(part, LITTLE), 0, 255)  # C = (I - (1 - α) B) / α
    left = np.clip(2 * part - 0.2, 0, 1)
    blended = np.where(((alpha < 1) & (known > 0.01))[:, :, None], left * own + (1 - left) * inside, own)
    return alpha, np.where(part > 0, np.rint(blended), 0).astype(np.uint8)
