"""The homography from a frame's pixels to the plate's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

__all__ = ["Transform"]

UNMOVED = np.eye(3)
UNMOVED.setflags(write=False)


@dataclass(frozen=True, slots=True)
class Transform:
    """The homography from a frame's pixels to the plate's.

    Attributes
    ----------
    matrix : float64 array of shape (3, 3)
        Homography from the frame's pixels (x, y, 1) to the plate's.
    """

    matrix: npt.NDArray[np.float64]

    @classmethod
    def none(cls) -> Self:
        """The identity: the frame lies where the plate does."""
        return cls(UNMOVED)

    @classmethod
    def shifted(cls, x: float, y: float) -> Self:
        """The translation that takes a frame's pixel (0, 0) to (x, y) of the plate."""
        return cls(np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]]))

    @property
    def still(self) -> bool:
        """Whether the homography is the identity: the camera did not move."""
        return self.matrix is UNMOVED or bool((self.matrix == UNMOVED).all())

    @property
    def shift(self) -> float:
        """Length of the displacement of the pixel (0, 0), in pixels."""
        return float(np.hypot(self.matrix[0, 2], self.matrix[1, 2]))

    def scaled(self, factor: float) -> Transform:
        """The same transform for a frame and plate that are `factor` times as wide and high."""
        if self.matrix is UNMOVED:
            return self
        centre = (factor - 1) / 2
        to = np.array([[factor, 0, centre], [0, factor, centre], [0, 0, 1.0]])
        return Transform(to @ self.matrix @ np.linalg.inv(to))

    def to_frame(self, picture: npt.NDArray[Any], size: tuple[int, int] | None = None) -> npt.NDArray[Any]:
        """Warp a picture of the plate to the frame; pixels outside it repeat its edge.

        `size` is the frame's width and height; the picture's by default.
        """
        return picture if size is None and self.still else _warped(picture, self.matrix, size)

    def to_plate(self, picture: npt.NDArray[Any], size: tuple[int, int] | None = None) -> npt.NDArray[Any]:
        """Warp a picture of the frame to the plate; pixels outside it repeat its edge.

        `size` is the plate's width and height; the picture's by default.
        """
        return picture if size is None and self.still else _warped(picture, np.linalg.inv(self.matrix), size)


def _warped(image: npt.NDArray[Any], matrix: npt.NDArray[Any], size: tuple[int, int] | None) -> npt.NDArray[Any]:
    import cv2

    own = (image.shape[1], image.shape[0])
    size = size or own
    if size == own and (matrix == UNMOVED).all():
        return image
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    if (matrix[2] == (0, 0, 1)).all():
        return cv2.warpAffine(image, matrix[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return cv2.warpPerspective(image, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
