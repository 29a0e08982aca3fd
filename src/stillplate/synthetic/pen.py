"""Antialiased drawing in metres, on an oversampled canvas whose pixels are averaged."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Points

__all__ = ["Cutout", "Pen"]

Colour = tuple[int, int, int]

HALVINGS = 2  # times that the canvas is reduced by 2 to give the image
OVERSAMPLING = 2**HALVINGS  # canvas pixels per image pixel, in each direction
FRACTION = 4  # fractional bits of OpenCV's fixed-point coordinates


@dataclass(frozen=True, slots=True)
class Cutout:
    """The drawing of an actor in one frame.

    Attributes
    ----------
    left, top : int
        Position of its first pixel in the image; may be negative.
    colour : uint8 array of shape (H, W, 3), RGB
        Colour, multiplied by alpha.
    alpha : uint8 array of shape (H, W)
        Coverage of each pixel, 0..255.
    """

    left: int
    top: int
    colour: npt.NDArray[np.uint8]
    alpha: npt.NDArray[np.uint8]


class Pen:
    """Draws an actor on an oversampled canvas, in metres forward and up from its feet.

    Parameters
    ----------
    column, row : float
        Position of the feet in the image, in pixels.
    scale : float
        Pixels per metre; negative if forward is to the left.
    box : (float, float)
        Half the actor's length, and its height, in metres.
    """

    def __init__(self, column: float, row: float, scale: float, box: tuple[float, float]) -> None:
        half, height = box[0] * abs(scale), box[1] * abs(scale)
        self._left, self._top = int(np.floor(column - half)) - 1, int(np.floor(row - height)) - 1
        right, bottom = int(np.ceil(column + half)) + 1, int(np.ceil(row + 0.06 * abs(scale))) + 1
        self._origin = np.array([column - self._left, row - self._top]) * OVERSAMPLING
        self._scale = np.array([scale, -abs(scale)]) * OVERSAMPLING
        shape = (bottom - self._top) * OVERSAMPLING, (right - self._left) * OVERSAMPLING, 4
        self._canvas = np.zeros(shape, np.uint8)

    def area(self, points: Points, colour: Colour) -> None:
        """Fill a polygon."""
        cv2.fillPoly(self._canvas, [self._pixels(points)], (*colour, 255), cv2.LINE_8, FRACTION)

    def limb(self, points: Points, width: float, colour: Colour) -> None:
        """Draw a line with round ends, `width` metres wide."""
        thickness = max(1, round(width * abs(float(self._scale[0]))))
        cv2.polylines(self._canvas, [self._pixels(points)], False, (*colour, 255), thickness, cv2.LINE_8, FRACTION)

    def disc(self, forward: float, up: float, radius: float, colour: Colour) -> None:
        """Fill a circle."""
        x, y = self._pixels(np.array([[forward, up]]))[0].tolist()
        size = round(radius * abs(float(self._scale[0])) * 2**FRACTION)
        cv2.circle(self._canvas, (x, y), size, (*colour, 255), cv2.FILLED, cv2.LINE_8, FRACTION)

    def cutout(self) -> Cutout:
        """Average the canvas to the image's pixels."""
        small = self._canvas
        for _ in range(HALVINGS):
            small = np.asarray(
                cv2.resize(small, (small.shape[1] // 2, small.shape[0] // 2), interpolation=cv2.INTER_AREA)
            )
        return Cutout(self._left, self._top, small[:, :, :3], small[:, :, 3])

    def _pixels(self, points: Points) -> npt.NDArray[np.int32]:
        placed = (self._origin + points * self._scale - 0.5) * 2**FRACTION
        return np.asarray(np.rint(placed), np.int32)
