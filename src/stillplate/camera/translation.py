"""Registration of a frame to an image by a translation."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats
from stillplate.imaging.transform import Transform

__all__ = ["Reference"]


WIDEST = 480  # pixels: width of the registered image, at most
COARSEST = 48  # pixels: the pyramid ends when the shorter side is no longer than this
STEPS = 8  # Gauss-Newton steps at each level, at most
LEAST_STEP = 0.01  # pixels: a smaller step ends the iteration
NOISE = 2.0  # 8-bit levels: least robust scale, which is otherwise 1.5 times the median residual
FARTHEST = 0.1  # share of the width: greatest translation of a shaking camera
# share of the pixels that must become inliers, per pixel of motion plus 1, and its cap
LEAST_GAIN, MOST_GAIN = 0.02, 0.1


class Reference:
    """An image to which frames are registered.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB, or float32 array of shape (H, W)

    Notes
    -----
    The translation is found by Gauss-Newton on the grey levels from coarse to fine, with Geman and McClure's weights 1
    / (1 + (r/s)²)² (Black and Anandan's robust registration), so that moving objects have no influence. Phase
    correlation fails where a large object moves. A translation is accepted only if it gives more inliers than no motion
    does, since the iteration may diverge where a crowd hides the background.

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
        """Return the translation of a frame.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB, or float32 array of shape (H, W)

        Returns
        -------
        Transform
            From the frame to this image; the identity if no translation gives more inliers.
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
            robust_scale = max(NOISE, 1.5 * float(np.median(np.abs(residual[inside][::7]))))
            weight = inside / np.square(1 + np.square(residual / robust_scale))
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
            if np.abs(step).max() < LEAST_STEP:
                break
        return shift

    def _residual(
        self, frame: Floats, depth: int, shift: npt.NDArray[np.float64]
    ) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """Return the residual of the translated frame, less its median, and where the frame covers the image."""
        import cv2

        reference = self._levels[depth]
        size = (reference.shape[1], reference.shape[0])
        translation = np.array([[1, 0, -shift[0]], [0, 1, -shift[1]]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(frame, translation, size, flags=flags, borderMode=cv2.BORDER_CONSTANT, borderValue=-1e4)
        inside = moved > -1
        residual = np.asarray(moved - reference, np.float32)
        return residual - np.float32(np.median(residual[inside][::7]) if inside.any() else 0), inside

    def _better(self, frame: Floats, shift: npt.NDArray[np.float64]) -> bool:
        still, _ = self._residual(frame, 0, np.zeros(2))
        moved, inside = self._residual(frame, 0, shift)
        inlier_threshold = max(NOISE, float(np.median(np.abs(still))))
        needed = min(LEAST_GAIN * (1 + float(np.hypot(*shift))), MOST_GAIN)
        return bool(
            np.mean((np.abs(moved) < inlier_threshold) & inside) > np.mean(np.abs(still) < inlier_threshold) + needed
        )


def _pyramid(image: npt.NDArray[Any]) -> list[Floats]:
    import cv2

    grey = image if image.ndim == 2 else cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY)
    while grey.shape[1] > WIDEST:
        grey = cv2.pyrDown(grey)
    levels = [np.asarray(grey, np.float32)]
    while min(levels[-1].shape) > COARSEST:
        levels.append(np.asarray(cv2.pyrDown(levels[-1]), np.float32))
    return levels
