"""Lines that things cross, drawn on a frame or on the plate, with their sides and counts."""

from __future__ import annotations

from math import hypot

import cv2
import numpy as np

from stillplate.arrays import Image
from stillplate.imaging.homography import inverse, project
from stillplate.imaging.transform import Transform
from stillplate.rendering.crossings import Crossings
from stillplate.rendering.overlay import lettering, write_outlined

__all__ = ["draw_lines"]

INK = (255, 255, 255)
HEAD = 8.0  # thicknesses: length of the arrow's head
FAR = 1e6  # pixels: OpenCV draws no further
ALONG = 0.25  # of what is seen of a line: where its counts stand, apart from those of a line that crosses its middle


def draw_lines(picture: Image, crossings: Crossings, motion: Transform | None = None) -> None:
    """Draw an arrow along each line, from its first point to its second, and how many came to either side so far.

    Parameters
    ----------
    picture : uint8 array of shape (H, W, 3), RGB
        Is drawn on.
    crossings : Crossings
    motion : Transform or None
        From the picture to the plate, which the lines lie on.
    """
    counts, (scale, thick) = crossings.counts(), lettering(picture)
    from_plate = np.eye(3) if motion is None else inverse(motion.matrix)
    for number, line in enumerate(crossings.lines, 1):
        start, end = np.clip(project(from_plate, np.array([line.start, line.end])), -FAR, FAR).tolist()
        length = max(hypot(end[0] - start[0], end[1] - start[1]), 1.0)
        for colour, around in (((0, 0, 0), thick + 2), (INK, thick)):
            cv2.arrowedLine(
                picture, _pixel(start), _pixel(end), colour, around, cv2.LINE_AA, tipLength=HEAD * thick / length
            )
        seen, first, last = cv2.clipLine((0, 0, picture.shape[1], picture.shape[0]), _pixel(start), _pixel(end))
        if not seen:
            continue
        right = ((start[1] - end[1]) / length, (end[0] - start[0]) / length)
        texts = {1: f"R {counts[number, 'left to right']}", -1: f"L {counts[number, 'right to left']}"}
        for side, text in texts.items():
            (wide, tall), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, thick)
            away = side * (hypot(wide * right[0], tall * right[1]) / 2 + 3 * thick)
            x, y = (first[axis] + ALONG * (last[axis] - first[axis]) + away * right[axis] for axis in (0, 1))
            write_outlined(picture, text, (round(x - wide / 2), round(y + tall / 2)), INK)


def _pixel(point: list[float]) -> tuple[int, int]:
    return round(point[0]), round(point[1])
