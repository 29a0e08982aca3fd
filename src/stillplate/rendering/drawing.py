"""Illustrations: a contact sheet, and the provenance of a plate."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from stillplate.arrays import Image
from stillplate.plate.plate import Plate

__all__ = ["INK", "PAPER", "Colour", "Point", "contact_sheet", "draw_provenance", "write_text"]

Colour = tuple[int, int, int]
Point = tuple[int, int]

INK, PAPER = (40, 40, 40), (255, 255, 255)
FONT = cv2.FONT_HERSHEY_SIMPLEX


def write_text(canvas: Image, text: str, at: Point, size: float = 0.45, colour: Colour = INK) -> None:
    """Draw a line of text, whose baseline begins at a point in pixels."""
    cv2.putText(canvas, text, at, FONT, size, colour, 1, cv2.LINE_AA)


def contact_sheet(rows: Sequence[Sequence[Image]], titles: Sequence[str], *, width: int = 480) -> Image:
    """Return images in a grid with titled columns.

    Parameters
    ----------
    rows : sequence of rows of uint8 arrays of shape (H, W, 3), RGB
        All of one shape.
    titles : sequence of str
        Titles of the columns.
    width : int
        Width of each image on the sheet, in pixels.

    Returns
    -------
    uint8 array, RGB
    """
    height = max(1, round(rows[0][0].shape[0] * width / rows[0][0].shape[1]))
    pad, head = 8, 28
    shape = (head + len(rows) * (height + pad), pad + len(titles) * (width + pad), 3)
    sheet = np.full(shape, PAPER, np.uint8)
    for column, title in enumerate(titles):
        write_text(sheet, title, (pad + column * (width + pad), head - 9), 0.5)
    for row, pictures in enumerate(rows):
        for column, picture in enumerate(pictures):
            y, x = head + row * (height + pad), pad + column * (width + pad)
            sheet[y : y + height, x : x + width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return sheet


def draw_provenance(plate: Plate, samples: int) -> Image:
    """Return a drawing of the times of the samples that made each pixel of the plate.

    Parameters
    ----------
    plate : Plate
    samples : int
        Number of samples.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
        Hue: mean time, from blue (the first sample) over green to red (the last). Brightness: share of the samples that
        made the pixel. Grey: only samples of further clips did. Black: the background was never seen.
    """
    made, moments = np.zeros(plate.seen.shape, np.float32), np.zeros(plate.seen.shape, np.float32)
    for t in range(samples):
        bit = plate.made_by(t)
        made += bit
        moments += bit * np.float32(t / max(samples - 1, 1))
    hue = 120 * (1 - moments / np.maximum(made, 1))  # OpenCV's hue, 0..180: blue is 120, red 0
    value = np.where(plate.seen, 64 + 191 * made / samples, 0)
    hsv = np.dstack((hue, np.where(made > 0, 255, 0), value)).round().astype(np.uint8)
    return np.asarray(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB), np.uint8)
