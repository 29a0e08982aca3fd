"""The transform from a frame to the plate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

__all__ = ["Transform"]


@dataclass(frozen=True, slots=True)
class Transform:
    """Where a frame's pixels lie on the plate.

    Attributes
    ----------
    matrix : float64 array of shape (3, 3)
        Homography from the frame's pixels (x, y, 1) to the plate's.
    """

    matrix: npt.NDArray[np.float64]

    @classmethod
    def shifted(cls, x: float, y: float) -> Self:
        """A frame's pixel (0, 0) lies at (x, y) of the plate."""
        return cls(np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]]))

    @property
    def still(self) -> bool:
        """Whether the camera did not move."""
        return bool((self.matrix == np.eye(3)).all())

    @property
    def shift(self) -> float:
        """How far the pixel (0, 0) is displaced, in pixels."""
        return float(np.hypot(self.matrix[0, 2], self.matrix[1, 2]))

    def scaled(self, factor: float) -> Transform:
        """The same motion of pictures that are `factor` times as wide and high."""
        centre = (factor - 1) / 2
        to = np.array([[factor, 0, centre], [0, factor, centre], [0, 0, 1.0]])
        return Transform(to @ self.matrix @ np.linalg.inv(to))

    def to_frame(self, picture: npt.NDArray[Any], size: tuple[int, int] | None = None) -> npt.NDArray[Any]:
        """Show something that lies on the plate as the frame's camera sees it; edges go on.

        `size` is the frame's width and height; the picture's if not given.
        """
        return _warped(picture, self.matrix, size)

    def to_plate(self, picture: npt.NDArray[Any], size: tuple[int, int] | None = None) -> npt.NDArray[Any]:
        """Show something that lies on the frame where it belongs on the plate; edges go on.

        `size` is the plate's width and height; the picture's if not given.
        """
        return _warped(picture, np.linalg.inv(self.matrix), size)


def _warped(picture: npt.NDArray[Any], matrix: npt.NDArray[Any], size: tuple[int, int] | None) -> npt.NDArray[Any]:
    import cv2

    own = (picture.shape[1], picture.shape[0])
    size = size or own
    if size == own and (matrix == np.eye(3)).all():
        return picture
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    if (matrix[2] == (0, 0, 1)).all():
        return cv2.warpAffine(picture, matrix[:2], size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return cv2.warpPerspective(picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
