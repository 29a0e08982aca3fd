"""Soft shade: ground that keeps most of its light, by a test of hue that allows a share of the change."""

from __future__ import annotations

import numpy as np

from stillplate import kernels
from stillplate.arrays import Image, Mask
from stillplate.segmentation.cast_profile import CHANGE, FLAT, LEVELS
from stillplate.segmentation.cast_shadows import find_uncast
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.shadows import DARK, Shade

__all__ = ["CLEAR", "EVERY", "LIGHT", "VEIL", "soft_shade", "veil_of"]

LIGHT = (0.6, 1.0)  # range of the light: things seldom keep so much of it in the hue of the ground behind them
CLEAR = 12.0  # levels: least change; in a smaller one, noise hides the hue
VEIL = 0.01  # quantile of the plate that its black is taken for
EVERY = 4  # rows and columns from one pixel to the next of those that tell it


def veil_of(plate: Image) -> Image:
    """Return the darkest level of a plate, red, green and blue, which fog or the lens adds to all: uint8 of (3,)."""
    some = plate[::EVERY, ::EVERY].reshape(-1, 3)
    lowest = int(VEIL * len(some))
    return np.asarray(np.partition(some, lowest, axis=0)[lowest])


def soft_shade(evidence: Evidence, shade: Shade) -> Mask:
    """Mark shadows that leave the ground most of its light: bool of shape (h, w).

    Parameters
    ----------
    evidence : Evidence
        Its ratio is above 1 where frame and plate differ.
    shade : Shade
        What was found to be shade by stricter tests.

    Notes
    -----
    In fog, any thing has most of the ground's light, and its hue, since the fog's own light is added to both. So the
    darkest level of the plate is taken off first (K. He, J. Sun, X. Tang, "Single image haze removal using dark channel
    prior", CVPR 2009).
    """
    soft, light = kernels.soft_shade(
        (shade.image, shade.plate), (evidence.ratio, evidence.smooth_difference),
        clear=CLEAR, veil=(VEIL, EVERY), dark=DARK, off=(LEVELS, CHANGE), flat=FLAT, between=LIGHT,
    )  # fmt: skip
    if not (soft & ~(shade.mask | shade.proven)).any():
        return soft
    weak = evidence.ratio > 1
    return soft & ~find_uncast(soft, soft & shade.proven, weak & ~shade.mask, light)
