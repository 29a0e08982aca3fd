"""The kernel that tells where a frame has the colours of a cast shadow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair

__all__ = ["cast_colours"]


def cast_colours(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    mask: npt.NDArray[np.bool_],
    hue: npt.NDArray[np.float32],
    *,
    dark: float,
    off: tuple[float, float],
    flat: float,
    between: tuple[float, float],
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Mark where a frame is the plate in less and even light of a known hue.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate, smoothed.
    mask : bool array of shape (H, W)
        Where to look.
    hue : float32 array of shape (3,)
        Light of red, green and blue in a shadow, as a share of the mean of the three.
    dark : float, 8-bit levels
        Offset added to frame and plate.
    off : (float, float)
        Largest mean deviation from the expected colour: 8-bit levels, and a share of the mean change.
    flat : float
        Largest standard deviation of the light within 5x5 pixels, as a share of the light that is missing.
    between : (float, float)
        Limits of the light.

    Returns
    -------
    alike : bool array of shape (H, W)
        Pixels of the mask that keep to all limits.
    darker : bool array of shape (H, W)
        Pixels of the mask that are darker than the plate.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.
    """
    height, width = check_pair(image, plate)
    check(mask, "mask", np.bool_, (height, width))
    check(hue, "hue", np.float32, (3,))
    light = np.empty(mask.shape, np.float32)
    alike, darker = np.empty((2, *mask.shape), np.bool_)
    images = np.ascontiguousarray(image), np.ascontiguousarray(plate)
    where, shift, (levels, change) = np.ascontiguousarray(mask), np.ascontiguousarray(hue), off
    _native.cast_colours(*images, where, shift, dark, change, levels, flat, *between, light, alike, darker)
    return alike, darker
