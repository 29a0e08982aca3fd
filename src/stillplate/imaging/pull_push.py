"""Interpolation of values into places where they are not known, from coarser and coarser images (pull and push)."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Floats

__all__ = ["filled_in", "halved"]

SURE = 0.25  # share of the pixels from which a value is taken alone; with fewer, the coarser image is mixed in


def filled_in(values: Floats, weight: Floats, size: tuple[int, int] | None = None) -> Floats:
    """Interpolate values into the places where their weight is small.

    Parameters
    ----------
    values : float32 array of shape (H, W) or (H, W, C)
        Multiplied by their weights.
    weight : float32 array of shape (H, W), 0..1
    size : (int, int), optional
        Width and height of the result; by default as they are.

    Returns
    -------
    float32 array of shape (H, W) or (H, W, C)
        0 where nothing is known anywhere.

    References
    ----------
    S. J. Gortler, R. Grzeszczuk, R. Szeliski, M. F. Cohen, "The lumigraph", SIGGRAPH 1996 (pull and push).
    :doi:`10.1145/237170.237200`
    """
    import cv2

    flat = values.ndim == 2
    confidence = np.minimum(1, weight / SURE)
    scale = confidence / np.maximum(weight, 1e-6)
    own = values * (scale if flat else scale[:, :, None])
    if min(weight.shape) > 2:
        coarse = filled_in(*halved(values, weight), (weight.shape[1], weight.shape[0]))
        own += ((1 - confidence) if flat else (1 - confidence)[:, :, None]) * coarse
    if size is None or size == (weight.shape[1], weight.shape[0]):
        return np.asarray(own, np.float32)
    return np.asarray(cv2.resize(own, size, interpolation=cv2.INTER_LINEAR), np.float32)


def halved(values: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Return values and weights reduced by 2."""
    import cv2

    return np.asarray(cv2.pyrDown(values), np.float32), np.asarray(cv2.pyrDown(weight), np.float32)
