"""Frame, plate, mask and foreground side by side."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Image, Mask
from stillplate.imaging.transform import Transform

__all__ = ["comparison", "comparison_size", "on_plate"]

COMPARISON_WIDTH = 1920  # pixels: largest width, as not every player shows wider videos


def on_plate(image: Image, motion: Transform | None, plate: Image) -> Image:
    """Return the plate with a frame warped onto it.

    Parameters
    ----------
    image : uint8 array of shape (h, w, 3), RGB
    motion : Transform or None
        Transform from the frame to the plate; None if it is not known.
    plate : uint8 array of shape (H, W, 3), RGB

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
        The image itself if the camera did not move; the plate alone if the transform is not known.
    """
    import cv2

    if motion is None:
        return plate
    if motion.still and image.shape == plate.shape:
        return image
    size = (plate.shape[1], plate.shape[0])
    placed = cv2.warpPerspective(
        image, motion.matrix, size, plate.copy(), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_TRANSPARENT
    )
    return np.asarray(placed, np.uint8)


def comparison_size(width: int, height: int) -> tuple[int, int]:
    """Return width and height of the comparison of frames of a size: twice theirs, at most 1920 pixels wide."""
    scale = min(1.0, COMPARISON_WIDTH / (2 * width))
    return 2 * max(1, round(width * scale)), 2 * max(1, round(height * scale))


def comparison(image: Image, plate: Image, mask: Mask, foreground: Image) -> Image:
    """Return an image of frame and plate side by side, with mask and foreground below them.

    Parameters
    ----------
    image, plate, foreground : uint8 arrays of shape (H, W, 3), RGB
    mask : bool array of shape (H, W)

    Returns
    -------
    uint8 array, RGB
        Of the size `comparison_size`.
    """
    import cv2

    height, width = mask.shape
    both_wide, both_high = comparison_size(width, height)
    panel = (both_wide // 2, both_high // 2)
    canvas = np.empty((both_high, both_wide, 3), np.uint8)
    white = cv2.cvtColor(mask.view(np.uint8) * np.uint8(255), cv2.COLOR_GRAY2RGB)
    for number, picture in enumerate((image, plate, white, foreground)):
        row, column = divmod(number, 2)
        place = canvas[row * panel[1] : (row + 1) * panel[1], column * panel[0] : (column + 1) * panel[0]]
        place[:] = picture if panel == (width, height) else cv2.resize(picture, panel, interpolation=cv2.INTER_AREA)
    return canvas
