"""The camera's motion: where each pixel of a frame lies on the plate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

__all__ = ["Reference", "Transform"]

Floats = npt.NDArray[np.float32]

WIDEST = 480  # pixels: the columns of the picture that is registered, at most
COARSEST = 48  # pixels: the short side of the smallest picture of the pyramid, at least
STEPS = 8  # of Gauss-Newton at each size, at most
ENOUGH = 0.01  # pixels: a step so small is the last
NOISE = 2.0  # levels: residuals are weighed against 1.5 of their median, but never less than this
FARTHEST = 0.1  # of the width: a shaking camera moves less
GAINED, GAINED_MOST = 0.02, 0.1  # of the pixels: so many more for each pixel of motion, and the first, must fit


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


class Reference:
    """A picture that others are registered to.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB, or float32 array of shape (H, W)

    Notes
    -----
    The translation that brings plate and frame together: Gauss-Newton on the grey levels from coarse to fine, with
    Geman and McClure's weights 1 / (1 + (r/s)²)² (Black and Anandan's robust registration), so that what moves by
    itself does not pull. Phase correlation fails where something large moves. An estimate is believed only if it makes
    more pixels fit than no motion does: with a crowd before the plate the iteration may run away.

    References
    ----------
    M. J. Black, P. Anandan, "The robust estimation of multiple motions", Comput. Vis. Image Underst. 63(1), 1996.
    :doi:`10.1006/cviu.1996.0006`
    """

    def __init__(self, image: npt.NDArray[Any]) -> None:
        import cv2

        self._shape = image.shape[:2]
        self._levels = _pyramid(image)
        self._slopes = [
            (cv2.Sobel(level, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(level, cv2.CV_32F, 0, 1, scale=1 / 8))
            for level in self._levels
        ]

    def register(self, image: npt.NDArray[Any]) -> Transform:
        """Find where a frame lies.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or float32 array of shape (H, W)

        Returns
        -------
        Transform
            From the frame to this picture; none where nothing is gained by one.
        """
        levels = _pyramid(image)
        shift = np.zeros(2)
        for depth in reversed(range(len(levels))):
            shift = self._descend(levels[depth], depth, shift * 2)
        finest = self._levels[0]
        if np.abs(shift).max() > FARTHEST * finest.shape[1] or not self._better(levels[0], shift):
            return Transform.shifted(0, 0)
        x, y = shift * (self._shape[1] / finest.shape[1])
        return Transform.shifted(float(x), float(y))

    def _descend(self, frame: Floats, depth: int, shift: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        slope_x, slope_y = self._slopes[depth]
        for _ in range(STEPS):
            residual, inside = self._residual(frame, depth, shift)
            if np.count_nonzero(inside) < inside.size / 4:
                return np.zeros(2)
            strange = max(NOISE, 1.5 * float(np.median(np.abs(residual[inside][::7]))))
            weight = inside / np.square(1 + np.square(residual / strange))
            weighted_x, weighted_y = weight * slope_x, weight * slope_y
            normal = np.array(
                [
                    [np.vdot(weighted_x, slope_x), np.vdot(weighted_x, slope_y)],
                    [np.vdot(weighted_x, slope_y), np.vdot(weighted_y, slope_y)],
                ],
                np.float64,
            ) + 1e-3 * np.eye(2)
            step = np.linalg.solve(normal, [float(np.vdot(weighted_x, residual)), float(np.vdot(weighted_y, residual))])
            shift = shift + step
            if np.abs(step).max() < ENOUGH:
                break
        return shift

    def _residual(
        self, frame: Floats, depth: int, shift: npt.NDArray[np.float64]
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """The frame, brought to the reference, less the reference and less the difference of their light."""
        import cv2

        reference = self._levels[depth]
        size = (reference.shape[1], reference.shape[0])
        back = np.array([[1, 0, -shift[0]], [0, 1, -shift[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(frame, back, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=-1e4)
        inside = moved > -1
        residual = np.asarray(moved - reference, np.float32)
        return residual - np.float32(np.median(residual[inside][::7]) if inside.any() else 0), inside

    def _better(self, frame: Floats, shift: npt.NDArray[np.float64]) -> bool:
        still, _ = self._residual(frame, 0, np.zeros(2))
        moved, inside = self._residual(frame, 0, shift)
        fits = max(NOISE, float(np.median(np.abs(still))))
        needed = min(GAINED * (1 + float(np.hypot(*shift))), GAINED_MOST)
        return bool(np.mean((np.abs(moved) < fits) & inside) > np.mean(np.abs(still) < fits) + needed)


def _pyramid(image: npt.NDArray[Any]) -> list[Floats]:
    import cv2

    grey = image if image.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    while grey.shape[1] > WIDEST:
        grey = cv2.pyrDown(grey)
    levels = [np.asarray(grey, np.float32)]
    while min(levels[-1].shape) > COARSEST:
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.float32))
    return levels
