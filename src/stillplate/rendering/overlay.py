"""The clip with what moves outlined, numbered, and followed by the way that it came."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

import cv2
import numpy as np

from stillplate.arrays import Image
from stillplate.imaging.homography import inverse, project
from stillplate.imaging.transform import Transform
from stillplate.rendering.objects import Tracked

__all__ = ["Overlay", "lettering", "write_outlined"]

TAIL = 2.0  # seconds of the way that are shown
FINE = 640  # pixels of width to a pixel of a line's thickness
LETTER = 1 / 1100  # OpenCV's scale of letters, to a pixel of width
SMALLEST = 0.35  # the same, for letters that can still be read
COLOURS = (
    (86, 180, 233), (230, 159, 0), (0, 200, 140), (240, 228, 66), (255, 110, 60), (204, 121, 167), (120, 160, 255),
    (255, 90, 200),
)  # fmt: skip
"""Okabe and Ito's, brightened, for colour-blind readers; things take them in turn, by their numbers."""
SHADOW = (0, 0, 0)  # round letters, which may lie on anything


class Overlay:
    """Draws on the frames of a clip, one after the other.

    Tails lie where things were on the plate, so they stay on the ground when the camera moves.
    """

    def __init__(self) -> None:
        self._ways: dict[int, deque[tuple[float, float, float]]] = {}

    def draw(self, image: Image, objects: Sequence[Tracked], time: float, motion: Transform | None) -> Image:
        """Return a copy of a frame with outlines, numbers and tails.

        Parameters
        ----------
        image : uint8 array of shape (H, W, 3), RGB
        objects : sequence of Tracked
            Those of the frame.
        time : float
            Of the frame, in seconds; later than that of the frame before.
        motion : Transform or None
            From the frame to the plate; None if it is not known.

        Returns
        -------
        uint8 array of shape (H, W, 3), RGB
        """
        drawn = image.copy()
        _, thick = lettering(image)
        to_plate = np.eye(3) if motion is None else motion.matrix
        from_plate = inverse(to_plate)
        for one in objects:
            colour = COLOURS[(one.id - 1) % len(COLOURS)]
            way = self._ways.setdefault(one.id, deque())
            if one.speed is None:  # new, also under an id that another had
                way.clear()
            way.append((time, *project(to_plate, np.array([one.region.centroid]))[0].tolist()))
            while way[0][0] < time - TAIL:
                way.popleft()
            points = project(from_plate, np.array([place for _, *place in way]))
            cv2.polylines(drawn, [np.rint(points).astype(np.int32)], False, colour, thick, cv2.LINE_AA)
            x, y, _, _ = one.region.box
            outline, _ = cv2.findContours(
                one.region.mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE, offset=(x, y)
            )
            cv2.drawContours(drawn, outline, -1, colour, thick)
        for one in objects:
            _number(drawn, one)
        self._ways = {number: way for number, way in self._ways.items() if way[-1][0] >= time - TAIL}
        return drawn


def lettering(picture: Image) -> tuple[float, int]:
    """Return OpenCV's scale of letters on a picture, and the thickness of lines."""
    width = picture.shape[1]
    return max(SMALLEST, width * LETTER), max(1, round(width / FINE))


def write_outlined(drawn: Image, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    """Write a text that can be read on anything, its baseline from a point, or as near as the picture has room."""
    scale, thick = lettering(drawn)
    (wide, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    height, width = drawn.shape[:2]
    at = (max(0, min(at[0], width - wide)), max(tall, min(at[1], height - 1)))
    for ink, around in ((SHADOW, thick + 2), (colour, thick)):
        cv2.putText(drawn, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, ink, around, cv2.LINE_AA)


def _number(drawn: Image, one: Tracked) -> None:
    """Write a thing's number above its box, or below where there is no room, in the picture as a whole."""
    text, (left, top, _, high), (scale, thick) = str(one.id), one.region.box, lettering(drawn)
    (_, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
    low = top - 2 * thick if top - 2 * thick >= tall else top + high + tall + 2 * thick
    write_outlined(drawn, text, (left, low), COLOURS[(one.id - 1) % len(COLOURS)])
