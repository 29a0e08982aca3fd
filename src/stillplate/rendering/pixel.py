"""A pixel's samples and clusters: drawn, and as a table."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from itertools import combinations, product
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.background.voted_samples import PixelInspection
from stillplate.io.atomic import atomic_output
from stillplate.rendering.drawing import INK, PAPER, Colour, Point, write_text

__all__ = ["draw_pixels", "pixel_dict", "write_pixel_table"]

GRID = (205, 205, 205)
CLUSTER_INK: tuple[Colour, ...] = (  # Okabe and Ito's colours, distinguishable by colour-blind readers
    (0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167),
    (230, 159, 0), (86, 180, 233), (240, 228, 66), (120, 120, 120),
)  # fmt: skip
CHANNEL_INK: tuple[Colour, ...] = ((200, 40, 40), (30, 140, 40), (40, 70, 210))
WIDTH, HEIGHT = 1280, 1000
CUBE_ORIGIN = np.array((230.0, 500.0))  # pixels: position of black
CUBE_AXES = np.array(((-0.55, 0.42), (1.25, 0.22), (0.0, -1.45)))  # pixels per level of red, green and blue
TIMELINE = (720, 110, 500, 240)  # pixels: left, top, width, height
BARS = (720, 470, 500, 190)  # pixels: left, top, width, height
TABLE = (720, 730)  # pixels: left, top
PICTURE = (110, 720, 480, 240)  # pixels: left, top, largest width and height
LEVELS = (0, 64, 128, 192, 255)  # at which axes have numbers


def draw_pixels(pixels: Sequence[PixelInspection]) -> Image:
    """Return a drawing of the samples and clusters of some pixels, one below the other.

    Parameters
    ----------
    pixels : sequence of PixelInspection
        At least one.

    Returns
    -------
    uint8 array of shape (1000 * N, 1280, 3), RGB
        Of each: its samples in the RGB cube, coloured by cluster, with the clusters' means and the chosen median
        marked; their colour over time; the size of each cluster, and its mean in numbers; and where the pixel lies, in
        the sample that is least like the plate there.
    """
    return np.vstack([_draw_one(pixel) for pixel in pixels])


def _draw_one(pixel: PixelInspection) -> Image:
    canvas = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    write_text(canvas, f"Pixel x={pixel.x} y={pixel.y}: {len(pixel.samples)} samples", (40, 45), 0.8)
    _draw_cube(canvas, pixel)
    _draw_timeline(canvas, pixel)
    _draw_bars(canvas, pixel)
    _draw_table(canvas, pixel)
    _draw_place(canvas, pixel)
    return canvas


def _project(colour: npt.NDArray[np.float64]) -> Point:
    """Return the position of a colour in a view of the RGB cube in which the greys do not coincide."""
    x, y = CUBE_ORIGIN + colour @ CUBE_AXES
    return round(float(x)), round(float(y))


def _draw_cube(canvas: Image, pixel: PixelInspection) -> None:
    corners = [np.array(corner, float) for corner in product((0, 255), repeat=3)]
    for one, other in combinations(corners, 2):
        if np.count_nonzero(one != other) == 1:
            cv2.line(canvas, _project(one), _project(other), GRID, 1, cv2.LINE_AA)
    for name, ink, axis in zip("RGB", CHANNEL_INK, np.eye(3), strict=True):
        cv2.arrowedLine(canvas, _project(np.zeros(3)), _project(axis * 255), ink, 2, cv2.LINE_AA, tipLength=0.04)
        x, y = _project(axis * 270)
        write_text(canvas, name, (x - 6, y + 5), 0.55, ink)
        for level in LEVELS[1:]:
            x, y = _project(axis * level)
            cv2.circle(canvas, (x, y), 2, ink, cv2.FILLED, cv2.LINE_AA)
            write_text(canvas, str(level), (x - 34, y + 4) if name != "G" else (x - 10, y + 18), 0.4, ink)
    for sample, label in zip(pixel.samples.astype(float), pixel.labels, strict=True):
        cv2.circle(canvas, _project(sample), 5, CLUSTER_INK[label], cv2.FILLED, cv2.LINE_AA)
        cv2.circle(canvas, _project(sample), 5, PAPER, 1, cv2.LINE_AA)
    for mean, ink in zip(pixel.means.astype(float), CLUSTER_INK, strict=False):
        cv2.circle(canvas, _project(mean), 11, ink, 2, cv2.LINE_AA)
    chosen = _project(np.array(pixel.colour, float))
    cv2.drawMarker(canvas, chosen, INK, cv2.MARKER_TILTED_CROSS, 22, 2, cv2.LINE_AA)
    write_text(canvas, "dots: samples    rings: means of the clusters    x: the colour chosen", (40, 690))


def _draw_timeline(canvas: Image, pixel: PixelInspection) -> None:
    left, top, width, height = TIMELINE
    end = float(pixel.times[-1]) or 1.0
    at = [left + round(float(time) / end * width) for time in pixel.times]
    write_text(canvas, "red, green and blue over time; below: the colour, and its cluster", (left, top - 14))
    for level in LEVELS:
        y = top + height - round(level / 255 * height)
        cv2.line(canvas, (left, y), (left + width, y), GRID, 1)
        write_text(canvas, str(level), (left - 36, y + 5), 0.4)
    for channel, ink in enumerate(CHANNEL_INK):
        heights = top + height - pixel.samples[:, channel] / 255 * height
        line = np.array([at, heights], np.int32).T
        cv2.polylines(canvas, [line], False, ink, 1, cv2.LINE_AA)
    for x, sample, label in zip(at, pixel.samples, pixel.labels, strict=True):
        colour = (int(sample[0]), int(sample[1]), int(sample[2]))
        cv2.rectangle(canvas, (x - 4, top + height + 6), (x + 4, top + height + 24), colour, cv2.FILLED)
        cv2.circle(canvas, (x, top + height + 34), 4, CLUSTER_INK[label], cv2.FILLED, cv2.LINE_AA)
    for part in range(5):
        x = left + width * part // 4
        write_text(canvas, f"{end * part / 4:.1f} s", (x - 14, top + height + 58), 0.4)


def _draw_bars(canvas: Image, pixel: PixelInspection) -> None:
    left, top, width, height = BARS
    total = len(pixel.samples)
    write_text(canvas, "samples of each cluster, and its share of the votes", (left, top - 14))
    winner = max(range(len(pixel.shares)), key=pixel.shares.__getitem__)
    step = height // max(2, len(pixel.counts))
    for label, count in enumerate(pixel.counts):
        y = top + label * step
        right = left + round(count / total * (width - 150))
        cv2.rectangle(canvas, (left, y), (right, y + round(step * 0.7)), CLUSTER_INK[label], cv2.FILLED)
        chosen = ", chosen" if label == winner else ""
        write_text(canvas, f"{count} ({pixel.shares[label]:.0%}{chosen})", (right + 8, y + round(step * 0.45)))


def _draw_table(canvas: Image, pixel: PixelInspection) -> None:
    left, top = TABLE
    rows = [("plate", pixel.colour, INK, "d")]
    rows += [
        (f"mean of cluster {label + 1}", mean.tolist(), CLUSTER_INK[label], ".1f")
        for label, mean in enumerate(pixel.means)
    ]
    for column, title in enumerate(("R", "G", "B")):
        write_text(canvas, title, (left + 260 + column * 80, top), 0.5)
    for row, (title, colour, ink, layout) in enumerate(rows, start=1):
        y = top + row * 26
        red, green, blue = (round(level) for level in colour)
        cv2.rectangle(canvas, (left, y - 15), (left + 40, y + 3), (red, green, blue), cv2.FILLED)
        cv2.rectangle(canvas, (left, y - 15), (left + 40, y + 3), ink, 2)
        write_text(canvas, title, (left + 54, y), 0.5)
        for column, level in enumerate(colour):
            write_text(canvas, format(level, layout), (left + 260 + column * 80, y), 0.5)


def _draw_place(canvas: Image, pixel: PixelInspection) -> None:
    left, top, width, height = PICTURE
    scale = min(width / pixel.picture.shape[1], height / pixel.picture.shape[0])
    size = max(1, round(pixel.picture.shape[1] * scale)), max(1, round(pixel.picture.shape[0] * scale))
    picture = cv2.resize(pixel.picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST)
    canvas[top : top + size[1], left : left + size[0]] = picture
    whole_width, whole_height = pixel.size
    x = left + round((pixel.x + 0.5) / whole_width * size[0] - 0.5)
    y = top + round((pixel.y + 0.5) / whole_height * size[1] - 0.5)
    for ink, thickness in ((PAPER, 3), (INK, 1)):
        cv2.circle(canvas, (x, y), 9, ink, thickness, cv2.LINE_AA)
        cv2.drawMarker(canvas, (x, y), ink, cv2.MARKER_CROSS, 30, thickness, cv2.LINE_AA)
    write_text(
        canvas, f"the sample least like the plate there, at {float(pixel.shown):.2f} s", (left, top + size[1] + 22)
    )


def pixel_dict(pixel: PixelInspection) -> dict[str, object]:
    """Return what is known of a pixel as JSON values, without its picture; times in seconds, levels 0..255."""
    return {
        "x": pixel.x,
        "y": pixel.y,
        "plate": pixel.colour,
        "clusters": [
            {"samples": count, "vote_share": round(share, 4), "mean": [round(level, 2) for level in mean.tolist()]}
            for count, share, mean in zip(pixel.counts, pixel.shares, pixel.means, strict=True)
        ],
        "samples": [
            {"time": round(float(time), 6), "colour": sample.tolist(), "cluster": int(label) + 1,
             "weight": round(float(weight), 4)}
            for time, sample, label, weight in zip(
                pixel.times, pixel.samples, pixel.labels, pixel.weights, strict=True
            )
        ],
    }  # fmt: skip


COLUMNS = (
    "x", "y", "time", "red", "green", "blue", "cluster", "weight", "mean_red", "mean_green", "mean_blue",
    "plate_red", "plate_green", "plate_blue",
)  # fmt: skip


def write_pixel_table(path: Path, pixels: Sequence[PixelInspection], *, overwrite: bool) -> None:
    """Write a row for each sample of each pixel: time in seconds, levels 0..255, clusters from 1, the biggest.

    Each row has the mean of the sample's cluster, and the plate's colour, beside it.
    """
    with (
        atomic_output(path, overwrite=overwrite, folder=False) as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        for pixel in pixels:
            for time, sample, label, weight in zip(
                pixel.times, pixel.samples.tolist(), pixel.labels.tolist(), pixel.weights.tolist(), strict=True
            ):
                mean = [f"{level:.2f}" for level in pixel.means[label].tolist()]
                table.writerow(
                    (pixel.x, pixel.y, f"{float(time):.6f}", *sample, label + 1, f"{weight:.4f}", *mean, *pixel.colour)
                )
