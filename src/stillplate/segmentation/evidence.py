"""A frame beside the plate, at the size at which masks are found."""

from __future__ import annotations

from dataclasses import dataclass

from stillplate.arrays import Floats, Image

__all__ = ["Evidence"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A frame beside the plate at the size at which masks are found.

    Attributes
    ----------
    image : uint8 array of shape (h, w, 3), RGB
        The frame, in the plate's light.
    plate : uint8 array of shape (h, w, 3), RGB
        As the frame's camera sees it.
    difference : float32 array of shape (h, w)
        Mean absolute difference of the channels, in 8-bit levels.
    smooth_difference : float32 array of shape (h, w)
        The same, smoothed over a pixel of the frame.
    ratio : float32 array of shape (h, w)
        Smoothed difference over its threshold, times the sensitivity: evidence of foreground above 1. Set to 0 where
        shadows and specks are found.
    """

    image: Image
    plate: Image
    difference: Floats
    smooth_difference: Floats
    ratio: Floats
