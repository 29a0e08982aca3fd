"""The empty street of `synthetic.street`, painted from formulas at any size."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from stillplate.arrays import Floats, Image
from stillplate.synthetic import brush

__all__ = ["Perspective", "lay_bricks", "paint_street", "paint_wall"]

CAMERA_HEIGHT = 6.0  # metres above the street; the horizon is the image's top edge
FOCAL = 1.2  # focal length, in heights of the image
# borders between the surfaces, from the wall to the viewer: rows, as shares of the image's height
WALL, BED, KERB, ROAD, NEAR_KERB, NEAR_WALK, LAWN = 0.36, 0.385, 0.50, 0.515, 0.845, 0.865, 0.955
STONE, GLASS = (196, 188, 172), (62, 78, 92)  # RGB
BAY, COURSE, BRICK = 2.6, 0.22, 0.66  # metres, the distance between windows and the height and length of a brick


@dataclass(frozen=True, slots=True)
class Perspective:
    """A camera that looks across the street, and its projection between metres and pixels.

    Attributes
    ----------
    width, height : int
        Size of the image, in pixels.
    eye : float
        Height of the camera above the street, in metres.
    """

    width: int
    height: int
    eye: float = CAMERA_HEIGHT

    def scale(self, row: float) -> float:
        """Pixels per metre of an object that stands on the street at this row."""
        return row / self.eye

    def column(self, across: float, row: float) -> float:
        """Column of a point `across` metres to the right of the middle of the street, at `row`."""
        return self.width / 2 + across * self.scale(row)

    def depth(self, row: Floats) -> Floats:
        """Metres from the camera to the street at these rows."""
        return np.asarray(FOCAL * self.height * self.eye / row, np.float32)


def paint_street(view: Perspective, rng: np.random.Generator) -> Image:
    """Paint wall, trees, pavements, road and lawn.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB
    """
    base = max(1, round(WALL * view.height))
    painted = np.concatenate([paint_wall(view, base, rng), _street_surface(view, base, rng)])
    for across in (-7.4, 6.6):
        _tree(painted, view, across, rng)
    return painted


def _street_surface(view: Perspective, base: int, rng: np.random.Generator) -> Image:
    """Paint all below the row `base`, the foot of the wall."""
    row = np.arange(base, view.height, dtype=np.float32)[:, None] + np.float32(0.5)
    share, pixel, metre = row / np.float32(view.height), 1 / view.height, np.float32(CAMERA_HEIGHT) / row
    across = _columns(view) * metre
    depth = view.depth(row)
    fine, coarse = brush.grain(rng, across, depth, 34), brush.grain(rng, across, depth, 1.1)

    canvas = brush.Canvas(view.height - base, view.width)
    canvas.paint((112, 112, 114), 7 * fine + 5 * coarse)  # asphalt
    # a patch of older asphalt
    canvas.paint((98, 98, 101), 7 * fine, brush.band(across, -6.4, -3.1, metre) * brush.band(share, 0.70, 0.80, pixel))
    canvas.paint((222, 220, 210), 9 * fine, np.float32(0.85) * _markings(view, across, depth, metre))
    cover = np.hypot(across + np.float32(1.1), depth - np.float32(10.2))
    canvas.paint((84, 82, 80), 5 * fine - 30 * brush.band(cover, 0.24, 0.29, metre), brush.band(cover, -1, 0.36, metre))
    slabs = _slabs(view, across, depth, rng) + 4 * fine + 4 * coarse
    for low, high in ((0, KERB), (NEAR_WALK, 1.1)):
        canvas.paint((178, 171, 160), slabs, brush.band(share, low, high, pixel))
    joints = brush.lines(across, 1.2, 0.03, metre)
    for low, high in ((KERB, ROAD), (NEAR_KERB, NEAR_WALK)):
        edge = low + 0.45 * (high - low)
        canvas.paint((196, 193, 186), 6 * fine - 40 * joints, brush.band(share, low, edge, pixel))
        canvas.paint((140, 137, 132), 6 * fine - 30 * joints, brush.band(share, edge, high, pixel))
    blades = brush.grain(rng, across * np.float32(1.5), depth * np.float32(0.8), 34)
    for low, high in ((0, BED), (LAWN, 1.1)):
        canvas.paint((86, 118, 58), 13 * blades + 7 * coarse, brush.band(share, low, high, pixel), (0.8, 1, 0.6))
    corner = np.exp((base - row) / np.float32(0.035 * view.height))  # the wall hides a part of the sky from its foot
    canvas.dim((1 - np.float32(0.35) * corner) * _sunlight(view))
    return canvas.image()


def _slabs(view: Perspective, across: Floats, depth: Floats, rng: np.random.Generator) -> Floats:
    stones = rng.normal(0, 6, (64, 64)).astype(np.float32)
    size = 0.9  # metres
    lengthwise = brush.lines(across, size, 0.035, depth / np.float32(FOCAL * view.height))
    crosswise = brush.lines(depth, size, 0.05, _step(view, depth))
    joints: Floats = np.maximum(lengthwise, crosswise)
    return brush.cells(stones, depth, across, size, size) - 46 * joints


def _markings(view: Perspective, across: Floats, depth: Floats, metre: Floats) -> Floats:
    """Share of each pixel that is white paint: edge lines, dashes in the middle, a zebra crossing."""
    far, near = (FOCAL * CAMERA_HEIGHT / share for share in (ROAD, NEAR_KERB))
    middle, step = (far + near) / 2, _step(view, depth)
    dashes = brush.band(depth, middle - 0.07, middle + 0.07, step) * brush.band(
        across % np.float32(3.2), 0.4, 2.0, metre
    )
    edges = brush.band(depth, far - 0.42, far - 0.30, step) + brush.band(depth, near + 0.22, near + 0.34, step)
    bars = brush.band((depth - near) % np.float32(0.95), 0.2, 0.72, step) * brush.band(
        depth, near + 0.1, far - 0.1, step
    )
    clear = 1 - brush.band(across, 1.9, 5.3, metre)
    return (dashes + edges) * clear + brush.band(across, 2.2, 5.0, metre) * bars


def paint_wall(view: Perspective, base: int, rng: np.random.Generator) -> Image:
    """Paint a house of brick, with windows and doors, that stands at the row `base`: uint8 (base, W, 3), RGB."""
    pixel = 1 / view.scale(WALL * view.height)  # metres
    across = _columns(view) * np.float32(pixel)
    up = (base - np.arange(base, dtype=np.float32)[:, None] - np.float32(0.5)) * np.float32(pixel)
    grain = brush.grain(rng, across, up, 30)
    canvas = brush.Canvas(base, view.width)
    lay_bricks(canvas, across, up, pixel, grain, rng)
    canvas.paint(
        (168, 160, 148), 5 * grain - 30 * brush.lines(across, 1.3, 0.05, pixel), brush.band(up, -1, 0.5, pixel)
    )
    canvas.paint((186, 178, 164), 4 * grain - 40 * brush.band(up, 3.2, 3.27, pixel), brush.band(up, 3.2, 3.5, pixel))

    bay = np.floor(across / np.float32(BAY) + np.float32(0.5)).astype(int)
    aside = across - bay.astype(np.float32) * np.float32(BAY)
    dark = rng.uniform(0.75, 1.25, 64).astype(np.float32)[bay % 64]
    glass = dark * (14 * (up % np.float32(3.4)) + 21 * ((aside + up / 2) % 1)) - 18  # slanting reflections
    door = (bay % 3 == 1).astype(np.float32)
    for half, low, high, where in ((0.62, 4.0, 5.75, np.ones_like(door)), (0.92, 0.95, 2.75, 1 - door)):
        canvas.paint(STONE, 4 * grain, where * brush.box(aside, up, half + 0.16, low - 0.17, high + 0.16, pixel))
        canvas.paint(
            (120, 112, 100), 4 * grain, where * brush.box(aside, up, half + 0.16, low - 0.17, low - 0.12, pixel)
        )
        canvas.paint((236, 234, 228), 2 * grain, where * brush.box(aside, up, half, low, high, pixel))
        bars = np.maximum(brush.band(np.abs(aside), -1, 0.035, pixel), brush.band(up, low + 1.1, low + 1.17, pixel))
        canvas.paint(
            GLASS, glass, where * brush.box(aside, up, half - 0.08, low + 0.08, high - 0.08, pixel) * (1 - bars)
        )
    canvas.paint(STONE, 4 * grain, door * brush.box(aside, up, 0.68, 0, 2.62, pixel))
    wood = 5 * grain - 22 * brush.lines(aside, 0.42, 0.05, pixel)
    canvas.paint((52, 84, 82), wood, door * brush.box(aside, up, 0.54, 0, 2.1, pixel))
    canvas.paint(GLASS, glass, door * brush.box(aside, up, 0.54, 2.16, 2.5, pixel))
    canvas.dim((1 - np.float32(0.25) * np.exp(-up / np.float32(0.3))) * _sunlight(view))
    return canvas.image()


def lay_bricks(
    canvas: brush.Canvas, across: Floats, up: Floats, pixel: float, grain: Floats, rng: np.random.Generator
) -> None:
    """Lay bricks with their mortar on a canvas whose pixels have these coordinates, in metres."""
    bricks = rng.normal(0, 9, (64, 64)).astype(np.float32)
    along = across + np.floor(up / np.float32(COURSE)) % 2 * np.float32(BRICK / 2)
    mortar = np.maximum(brush.lines(up, COURSE, 0.035, pixel), brush.lines(along, BRICK, 0.035, pixel))
    canvas.paint((158, 100, 80), brush.cells(bricks, up, along, COURSE, BRICK) + 4 * grain, tint=(1, 0.85, 0.75))
    canvas.paint((184, 168, 150), 4 * grain, mortar)


def _tree(image: Image, view: Perspective, across: float, rng: np.random.Generator) -> None:
    """Draw a tree in the flower bed: a trunk and a crown of leaves."""
    row = (WALL + 0.6 * (BED - WALL)) * view.height
    scale, column = view.scale(row), view.column(across, row)
    fraction = 4  # fractional bits of OpenCV's fixed-point coordinates

    def at(x: float, y: float) -> tuple[int, int]:
        return round((column + x * scale) * 2**fraction), round((row - y * scale) * 2**fraction)

    trunk = np.array([at(-0.16, 0), at(-0.10, 2.2), at(0.10, 2.2), at(0.16, 0)])
    cv2.fillPoly(image, [trunk], (92, 74, 58), cv2.LINE_AA, fraction)
    leaves = 1500
    angle, reach = rng.uniform(0, 2 * np.pi, leaves), np.sqrt(rng.uniform(0, 1, leaves))
    reach *= 0.88 + 0.12 * np.sin(5 * angle + across)
    x, y = 1.6 * reach * np.cos(angle), 3.6 + 1.5 * reach * np.sin(angle)
    light = np.sort(rng.normal(0, 13, leaves)) + 20 * (y - 3.6) - 8 * x
    radius = rng.uniform(0.05, 0.14, leaves) * scale * 2**fraction
    for i in range(leaves):  # bright leaves last, so that they lie on top
        green = (66 + light[i] * 0.8, 104 + light[i], 48 + light[i] * 0.5)
        cv2.circle(image, at(x[i], y[i]), round(radius[i]), green, cv2.FILLED, cv2.LINE_AA, fraction)


def _columns(view: Perspective) -> Floats:
    """Distance of each column to the right of the image's middle, in pixels."""
    return np.arange(view.width, dtype=np.float32) + np.float32(0.5 - view.width / 2)


def _sunlight(view: Perspective) -> Floats:
    """Gain of each column by the sun, which is on the left."""
    return np.linspace(1.06, 0.94, view.width, dtype=np.float32)


def _step(view: Perspective, depth: Floats) -> Floats:
    """Depth in metres that one pixel covers."""
    return depth**2 / np.float32(FOCAL * view.height * CAMERA_HEIGHT)
