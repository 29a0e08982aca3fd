"""Illustrations: the samples of one pixel, a contact sheet, the provenance of a plate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations, product

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.background.pixel import PixelInspection
from stillplate.plate.plate import Plate

__all__ = ["contact_sheet", "draw_pixel", "draw_provenance"]

Colour = tuple[int, int, int]
Point = tuple[int, int]

INK, GRID, PAPER = (40, 40, 40), (205, 205, 205), (255, 255, 255)
CLUSTER_INK: tuple[Colour, ...] = (  # Okabe and Ito's colours, distinguishable by colour-blind readers
    (0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167),
    (230, 159, 0), (86, 180, 233), (240, 228, 66), (120, 120, 120),
)  # fmt: skip
CHANNEL_INK: tuple[Colour, ...] = ((200, 40, 40), (30, 140, 40), (40, 70, 210))
FONT = cv2.FONT_HERSHEY_SIMPLEX
WIDTH, HEIGHT = 1280, 720
CUBE_ORIGIN = np.array((230.0, 500.0))  # pixels: position of black
CUBE_AXES = np.array(((-0.55, 0.42), (1.25, 0.22), (0.0, -1.45)))  # pixels per level of red, green and blue
TIMELINE = (720, 110, 500, 240)  # pixels: left, top, width, height
BARS = (720, 450, 500, 190)  # pixels: left, top, width, height


def draw_pixel(pixel: PixelInspection) -> Image:
    """Return a drawing of the samples and clusters of one pixel.

    Parameters
    ----------
    pixel : PixelInspection

    Returns
    -------
    uint8 array of shape (720, 1280, 3), RGB
        The samples in the RGB cube, coloured by cluster, with the chosen median marked; their colour over time; and the
        size of each cluster.
    """
    canvas = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    red, green, blue = pixel.colour
    _text(canvas, f"Pixel x={pixel.x} y={pixel.y}: {len(pixel.samples)} samples", (40, 45), 0.8)
    _text(canvas, f"plate: R {red}  G {green}  B {blue}", (720, 45), 0.6)
    cv2.rectangle(canvas, (1130, 22), (1220, 52), pixel.colour, cv2.FILLED)
    cv2.rectangle(canvas, (1130, 22), (1220, 52), INK, 1)
    _draw_cube(canvas, pixel)
    _draw_timeline(canvas, pixel)
    _draw_bars(canvas, pixel)
    return canvas


def _text(canvas: Image, text: str, at: Point, size: float = 0.45, colour: Colour = INK) -> None:
    cv2.putText(canvas, text, at, FONT, size, colour, 1, cv2.LINE_AA)


def _project(colour: npt.NDArray[np.float64]) -> Point:
    """Return the position of a colour in a view of the RGB cube in which the greys do not coincide."""
    x, y = CUBE_ORIGIN + colour @ CUBE_AXES
    return round(float(x)), round(float(y))


def _draw_cube(canvas: Image, pixel: PixelInspection) -> None:
    corners = [np.array(corner, float) for corner in product((0, 255), repeat=3)]
    for one, other in combinations(corners, 2):
        if np.count_nonzero(one != other) == 1:
            cv2.line(canvas, _project(one), _project(other), GRID, 1, cv2.LINE_AA)
    for name, ink, axis in zip("RGB", CHANNEL_INK, np.eye(3) * 255, strict=True):
        cv2.arrowedLine(canvas, _project(np.zeros(3)), _project(axis), ink, 2, cv2.LINE_AA, tipLength=0.04)
        x, y = _project(axis * 1.06)
        _text(canvas, name, (x - 6, y + 5), 0.55, ink)
    for sample, label in zip(pixel.samples.astype(float), pixel.labels, strict=True):
        cv2.circle(canvas, _project(sample), 5, CLUSTER_INK[label], cv2.FILLED, cv2.LINE_AA)
        cv2.circle(canvas, _project(sample), 5, PAPER, 1, cv2.LINE_AA)
    chosen = _project(np.array(pixel.colour, float))
    cv2.drawMarker(canvas, chosen, INK, cv2.MARKER_TILTED_CROSS, 22, 3, cv2.LINE_AA)
    _text(canvas, "x  the chosen cluster's median, per channel", (40, HEIGHT - 30))


def _draw_timeline(canvas: Image, pixel: PixelInspection) -> None:
    left, top, width, height = TIMELINE
    end = float(pixel.times[-1]) or 1.0
    at = [left + round(float(time) / end * width) for time in pixel.times]
    _text(canvas, "colour over time (dots: cluster)", (left, top - 14))
    for level in (0, 64, 128, 192, 255):
        y = top + height - round(level / 255 * height)
        cv2.line(canvas, (left, y), (left + width, y), GRID, 1)
        _text(canvas, str(level), (left - 36, y + 5), 0.4)
    for channel, ink in enumerate(CHANNEL_INK):
        heights = top + height - pixel.samples[:, channel] / 255 * height
        line = np.array([at, heights], np.int32).T
        cv2.polylines(canvas, [line], False, ink, 1, cv2.LINE_AA)
    for x, sample, label in zip(at, pixel.samples, pixel.labels, strict=True):
        colour = (int(sample[0]), int(sample[1]), int(sample[2]))
        cv2.rectangle(canvas, (x - 4, top + height + 6), (x + 4, top + height + 24), colour, cv2.FILLED)
        cv2.circle(canvas, (x, top + height + 34), 4, CLUSTER_INK[label], cv2.FILLED, cv2.LINE_AA)
    _text(canvas, "0 s", (left, top + height + 56), 0.4)
    _text(canvas, f"{end:.1f} s", (left + width - 40, top + height + 56), 0.4)


def _draw_bars(canvas: Image, pixel: PixelInspection) -> None:
    left, top, width, height = BARS
    total = len(pixel.samples)
    _text(canvas, "members of each cluster, and its share of the votes", (left, top - 14))
    winner = max(range(len(pixel.shares)), key=pixel.shares.__getitem__)
    step = height // max(2, len(pixel.counts))
    for label, count in enumerate(pixel.counts):
        y = top + label * step
        right = left + round(count / total * (width - 130))
        cv2.rectangle(canvas, (left, y), (right, y + round(step * 0.7)), CLUSTER_INK[label], cv2.FILLED)
        chosen = ", chosen" if label == winner else ""
        _text(canvas, f"{count} ({pixel.shares[label]:.0%}{chosen})", (right + 8, y + round(step * 0.45)))


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
        _text(sheet, title, (pad + column * (width + pad), head - 9), 0.5)
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
