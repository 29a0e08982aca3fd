"""Frames at the size at which masks are found."""

from __future__ import annotations

from stillplate.arrays import Image
from stillplate.imaging.resize import downscale
from stillplate.io.picture import PlanarImage
from stillplate.kernels import MOST_STEP

__all__ = ["reduced"]


def reduced(image: Image | PlanarImage, factor: int) -> Image:
    """Reduce a frame by a whole factor, as `downscale` does, without converting it at full size where it is planar."""
    if not isinstance(image, PlanarImage):
        return downscale(image, factor)
    step = 2 if factor % 2 == 0 else factor
    if not 1 < step <= MOST_STEP:
        return downscale(image.rgb, factor)
    return downscale(image.reduced(step), factor // step)
