"""Multi-scale structural similarity of two grey images."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Mask

__all__ = ["ms_ssim"]


LEVEL_WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])  # exponents of Wang 2003, finest level first
WINDOW, SIGMA = 11, 1.5  # side and standard deviation of the Gaussian window, in pixels
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # squared grey levels, which stabilise divisions by small numbers


def ms_ssim(first: npt.NDArray[Any], second: npt.NDArray[Any], valid: Mask | None = None) -> float:
    """Multi-scale structural similarity of two grey images, 0..1.

    Parameters
    ----------
    first, second : arrays of shape (H, W)
        Grey levels, 0..255.
    valid : bool array of shape (H, W), optional
        The pixels to score; all by default.

    Returns
    -------
    float
        The similarity; NaN if no window can be scored.

    Notes
    -----
    There are five levels with Wang's weights, each of half the size of the previous one. Only windows inside the image
    count. Of an image less than 161 pixels high or wide, only the levels that hold a whole window are used, with their
    weights scaled to a sum of one. `valid` weights the maps of each level: a window's weight is the share of valid
    pixels under its centre. Negative similarities count as zero.

    References
    ----------
    .. [1] Z. Wang, E. P. Simoncelli, A. C. Bovik, "Multi-scale structural similarity for image quality assessment",
       Asilomar 2003, 1398-1402. :doi:`10.1109/ACSSC.2003.1292216`
    """
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    weight = np.ones(first.shape) if valid is None else np.asarray(valid, np.float64)
    structures: list[float] = []
    similarity = float("nan")
    while len(structures) < len(LEVEL_WEIGHTS):
        inner = _inner(weight)
        if inner.size == 0 or inner.sum() == 0:
            break
        whole, structure = _ssim_maps(first, second)
        similarity = float((whole * inner).sum() / inner.sum())
        structures.append(float((structure * inner).sum() / inner.sum()))
        first, second, weight = _halved(first), _halved(second), _halved(weight)
    if not structures:
        return similarity
    shares = LEVEL_WEIGHTS[: len(structures)] / LEVEL_WEIGHTS[: len(structures)].sum()
    factors = np.maximum([*structures[:-1], similarity], 0)
    return float(np.prod(factors**shares))  # Π cs_j^w_j · ssim_M^w_M


def _ssim_maps(first: Doubles, second: Doubles) -> tuple[Doubles, Doubles]:
    """SSIM and its contrast-structure factor, for every window inside the image."""
    mean1, mean2 = _blurred(first), _blurred(second)
    power1 = _blurred(first * first) - mean1 * mean1
    power2 = _blurred(second * second) - mean2 * mean2
    joint = _blurred(first * second) - mean1 * mean2
    structure = (2 * joint + C2) / (power1 + power2 + C2)
    return structure * (2 * mean1 * mean2 + C1) / (mean1 * mean1 + mean2 * mean2 + C1), structure


def _blurred(plane: Doubles) -> Doubles:
    return _inner(np.asarray(cv2.GaussianBlur(plane, (WINDOW, WINDOW), SIGMA), np.float64))


def _inner(plane: Doubles) -> Doubles:
    """The part of a plane that holds the centres of the windows inside it."""
    margin = WINDOW // 2
    return plane[margin:-margin, margin:-margin]


def _halved(plane: Doubles) -> Doubles:
    """A plane of half the size, by means of 2x2 pixels; the last row or column is repeated if their number is odd."""
    height, width = plane.shape
    even = np.pad(plane, ((0, height % 2), (0, width % 2)), mode="edge")
    return (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
