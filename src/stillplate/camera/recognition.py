"""Where a frame lies on the plate, if nothing is known of it: recognised by its points of interest."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Image
from stillplate.camera.keyframe import Key
from stillplate.imaging.homography import inverse, scaling_matrix
from stillplate.imaging.resize import resized_grey
from stillplate.imaging.transform import Transform
from stillplate.imaging.warping import Size, warped

__all__ = ["Recognition"]

COLUMNS = 480  # largest width at which a frame is recognised


class Recognition:
    """The points of interest of a plate.

    Parameters
    ----------
    plate : uint8 array of shape (H, W, 3), RGB
    size : (int, int)
        Width and height of a frame, in pixels.
    """

    def __init__(self, plate: Image, size: Size) -> None:
        self._size, self._small = size, _reduced(size, size[0])
        height, width, _ = plate.shape
        small = _reduced((width, height), size[0])
        self._key, self._to_plate = Key(resized_grey(plate, small), 0), scaling_matrix(small, (width, height))

    def find(self, image: Image) -> Transform | None:
        """Register a frame: uint8 of shape (H, W, 3), RGB; None where that fails."""
        frame = Key(resized_grey(image, self._small), 0)
        guess = self._key.recognise(frame)
        if guess is None:
            return None
        seen = Key(warped(self._key.grey, guess, self._small), 0)
        found = seen.register(frame.grey, np.eye(3))
        if not found.found:
            return None
        to_frame = inverse(scaling_matrix(self._small, self._size))
        return Transform(self._to_plate @ guess @ found.matrix @ to_frame)


def _reduced(size: Size, columns: int) -> Size:
    """Reduce a width and height by what frames of so many columns are reduced by."""
    factor = min(COLUMNS, columns) / columns
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
