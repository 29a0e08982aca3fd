"""The wide layers of `synthetic.park`: a far wall, wood or hillside, hedges before it, and the ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from stillplate.arrays import Floats, Image
from stillplate.synthetic import brush
from stillplate.synthetic.posts import leaves
from stillplate.synthetic.scenery import WALL, Perspective, paint_wall
from stillplate.synthetic.surface import Paint, joined

__all__ = ["BACKDROPS", "Backdrop", "Foot", "Stretch", "ground", "hedge"]

LAWNS = ((92, 122, 62), (118, 124, 70), (80, 108, 64), (134, 124, 88))  # RGB
PATHS = ((176, 164, 142), (150, 146, 140), (190, 176, 150), (128, 112, 96))  # RGB
BELOW = 10  # pixels of a layer below its foot, so that the lens's blur finds no edge there
ASPHALT = (106, 106, 110)  # RGB
# RGB above the horizon and higher up
SKIES = (((206, 218, 230), (132, 168, 212)), ((222, 222, 220), (186, 192, 200)), ((236, 220, 202), (150, 172, 202)))


@dataclass(frozen=True, slots=True)
class Stretch:
    """The part of a plane to be painted.

    Attributes
    ----------
    left, right : int
        First column and the one after the last, in pixels from the middle of the reference picture.
    top : int
        First row, in pixels from the horizon.
    foot : float
        Row at which the layer stands on the ground, in pixels from the horizon; of the ground, the last row.
    metres : float
        Metres per pixel; of the ground, the height of the camera.
    """

    left: int
    right: int
    top: int
    foot: float
    metres: float

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.right - self.left

    @property
    def rows(self) -> int:
        """Number of rows down to the foot, and some below it, which the ground hides."""
        return max(1, int(np.ceil(self.foot)) - self.top) + BELOW


Backdrop = Callable[[Stretch, np.random.Generator], Paint]
Foot = tuple[float, float, float]  # metres to the right, ahead, and half the width of what stands there


def _wall(part: Stretch, rng: np.random.Generator) -> Paint:
    """A house of brick, or one that is plastered in another colour."""
    base = part.rows - BELOW
    house = paint_wall(Perspective(part.width, max(1, round(6.0 / WALL / part.metres))), base, rng)
    tint = np.array([rng.uniform(0.75, 1.1), rng.uniform(0.8, 1.15), rng.uniform(0.75, 1.15)])
    house = np.asarray(np.clip(np.rint(house * tint), 0, 255), np.uint8)
    return _solid(np.concatenate([house, np.repeat(house[-1:], BELOW, axis=0)]))


def _hillside(part: Stretch, rng: np.random.Generator) -> Paint:
    """A hill with fields and trees under the sky."""
    x = _counted(part.width, part.left) * np.float32(part.metres)
    y = -_counted(part.rows, part.top)[:, None] * np.float32(part.metres)  # metres above the eye
    high = -part.top * part.metres
    low, blue = SKIES[rng.integers(len(SKIES))]
    canvas = brush.Canvas(part.rows, part.width)
    canvas.paint(low, 26 * np.clip(brush.grain(rng, x[None] / high, y * 3 / high, 3), -0.5, 1))
    canvas.paint(
        blue, 22 * np.clip(brush.grain(rng, x[None] / high, y * 2 / high, 5), -0.5, 2), np.clip(y / high, 0, 1)
    )
    ridge = np.float32(high * rng.uniform(0.3, 0.6)) + sum(
        np.float32(high * 0.1 / order)
        * np.sin(np.float32(order * rng.uniform(0.8, 1.6) / high) * x + rng.uniform(0, 6))
        for order in (1, 2, 4)
    )
    hill = np.clip((ridge[None] - y) / np.float32(part.metres), 0, 1)
    size = 26 / high  # specks per metre
    canvas.paint(LAWNS[rng.integers(len(LAWNS))], 9 * brush.grain(rng, x[None], y * 4, size), hill)
    fields = brush.grain(rng, x[None] + 3 * y, y * 5, size / 9)
    canvas.paint((152, 142, 92), 10 * brush.grain(rng, x[None], y * 3, size), hill * np.clip(fields * 4 - 2, 0, 1))
    paint = _solid(canvas.image())
    number = int(min(900, 30 + 60 * part.width * part.metres / high))
    where = rng.integers(0, part.width, number)
    down = np.sort(rng.beta(0.8, 1.3, number))
    for column, share in zip(where.tolist(), down.tolist(), strict=True):
        row = (-ridge[column] * (1 - share)) / part.metres - part.top
        _tree(paint, column, row, high / part.metres * (0.02 + 0.07 * share) * rng.uniform(0.7, 1.4), rng)
    return paint


def _wood(part: Stretch, rng: np.random.Generator) -> Paint:
    """The edge of a wood: trunks in the dark under leaves."""
    x = _counted(part.width, part.left)[None] * np.float32(part.metres)
    up = (np.float32(part.foot - part.top) - np.arange(part.rows, dtype=np.float32)[:, None]) * np.float32(part.metres)
    canvas = brush.Canvas(part.rows, part.width)
    canvas.paint((44, 56, 40), 14 * brush.grain(rng, x, up, 2) + 7 * brush.grain(rng, x, up, 14))
    for _ in range(int(part.width * part.metres * 0.5) + 1):
        at, half = rng.uniform(x[0, 0], x[0, -1]), rng.uniform(0.08, 0.3)
        shade = rng.uniform(-16, 26) + 9 * brush.grain(rng, x, up * np.float32(0.2), 12)
        canvas.paint((92, 80, 66), shade, brush.band(x - np.float32(at), -half, half, part.metres))
    paint = _solid(canvas.image())
    high = float(up[0, 0])
    number = int(min(6000, part.width * part.metres * 24))
    x_leaf = rng.uniform(-part.width / 2, part.width / 2, number) * part.metres
    low = rng.random(number) < 0.3  # undergrowth
    up_leaf = np.where(low, rng.uniform(0, 1.1, number), rng.uniform(min(2.2, 0.5 * high), high, number))
    places = np.column_stack([x_leaf, up_leaf])
    crowns = leaves((part.width * part.metres, high), part.metres, places, rng.uniform(0.08, 0.3, number), rng)
    paint[:-BELOW] = _over(paint[:-BELOW], crowns)
    return paint


BACKDROPS: dict[str, tuple[Backdrop, float, float]] = {  # painter, and the nearest and farthest depth in metres
    "wall": (_wall, 14.0, 30.0),
    "hillside": (_hillside, 45.0, 120.0),
    "wood": (_wood, 16.0, 40.0),
}


def hedge(part: Stretch, tall: float, rng: np.random.Generator) -> Paint:
    """A row of shrubs, `tall` metres high, with gaps; transparent above it."""
    wide = part.width * part.metres
    number = int(min(9000, wide * 42 * tall))
    x = rng.uniform(-wide / 2, wide / 2, number)
    waves = np.sin(x * rng.uniform(0.5, 1.2)) + np.sin(x * rng.uniform(1.5, 2.6) + 1)
    crest = tall * np.clip(0.78 + 0.16 * waves, 0.2, 1)
    up = crest * rng.uniform(0.03, 1, number) ** 0.7
    kept = np.sin(x * rng.uniform(0.25, 0.5) + rng.uniform(0, 6)) > rng.uniform(-1.2, 0.1)
    places = np.column_stack([x, up])[kept] if kept.any() else np.column_stack([x, up])
    size = max(2 * part.metres, (part.foot - part.top) * part.metres)
    return leaves((wide, size), part.metres, places, rng.uniform(0.05, 0.17, len(places)), rng)


def ground(
    part: Stretch,
    focal: float,
    bands: tuple[tuple[float, float], ...],
    feet: tuple[Foot, ...],
    rng: np.random.Generator,
) -> Paint:
    """A lawn with a path, and perhaps a road.

    Parameters
    ----------
    part : Stretch
    focal : float
        Focal length, in pixels.
    bands : tuple of (float, float)
        Nearest and farthest depth, in metres, of the path and of the road.
    feet : tuple of Foot
        Where things stand and keep off light.
    rng : Generator
    """
    row: Floats = np.maximum(_counted(part.rows, part.top)[:, None], np.float32(0.5))
    metre: Floats = np.float32(part.metres) / row  # metres per pixel, aside
    depth: Floats = np.float32(focal) * metre
    across: Floats = _counted(part.width, part.left)[None] * metre
    step: Floats = depth / row  # metres of depth per pixel
    fine, coarse, broad = (brush.grain(rng, across, depth, size) for size in (30, 4, 0.7))
    canvas = brush.Canvas(part.rows, part.width)
    canvas.paint(LAWNS[rng.integers(len(LAWNS))], 10 * fine + 9 * coarse + 10 * broad, tint=(0.9, 1, 0.6))
    bent: Floats = depth + np.float32(0.12) * coarse + np.float32(0.2) * broad  # for ragged edges
    (near, far), *roads = bands
    slabs = 40 * np.maximum(brush.lines(across, 0.8, 0.03, metre), brush.lines(depth, 0.8, 0.03, step))
    rough = 8 * fine + 9 * coarse + 6 * broad - (slabs if rng.random() < 0.5 else np.float32(0))
    canvas.paint(PATHS[rng.integers(len(PATHS))], rough, brush.band(bent, near, far, step))
    for low, top in roads:
        canvas.paint((188, 184, 176), 6 * fine, brush.band(depth, low - 0.3, top + 0.3, step))
        canvas.paint(ASPHALT, 7 * fine + 5 * coarse, brush.band(depth, low, top, step))
        dashes = brush.band(across % np.float32(3.2), 0.4, 2.0, metre)
        middle = (low + top) / 2
        canvas.paint((224, 222, 212), 8 * fine, 0.85 * dashes * brush.band(depth, middle - 0.08, middle + 0.08, step))
    canvas.dim(_dusk(across, depth, feet))
    return _solid(canvas.image())


def _dusk(across: Floats, depth: Floats, feet: tuple[Foot, ...]) -> Floats:
    """The light that reaches the ground around what stands there, 0..1, at points in metres."""
    light = np.ones(across.shape, np.float32)
    for x, ahead, half in feet:
        aside, along = np.float32(1.7 * half), np.float32(1.2 * half + 0.15)  # metres
        rows = np.abs(depth[:, 0] - np.float32(ahead)) < 3 * along
        away = ((across[rows] - np.float32(x - 0.2 * half)) / aside) ** 2
        light[rows] *= 1 - np.float32(0.5) * np.exp(-away - ((depth[rows] - np.float32(ahead)) / along) ** 2)
    return light


def _tree(paint: Paint, column: float, row: float, size: float, rng: np.random.Generator) -> None:
    """A small round tree that stands at a pixel of opaque paint."""
    fraction = 4  # fractional bits of OpenCV's fixed-point coordinates
    light = rng.normal(0, 12)
    for aside, up, part, more in ((0, 0.8, 1, -14), (-0.25, 1, 0.7, 6), (0.3, 0.9, 0.5, 0), (-0.2, 1.2, 0.35, 14)):
        at = (round((column + aside * size) * 2**fraction), round((row - up * size) * 2**fraction))
        tint = (58 + light + more, 86 + light + more, 52 + (light + more) / 2, 255)
        cv2.circle(paint, at, max(1, round(size * part * 2**fraction)), tint, cv2.FILLED, cv2.LINE_AA, fraction)


def _counted(number: int, first: int) -> Floats:
    """The whole numbers from `first` on."""
    return np.arange(first, first + number, dtype=np.float32)


def _solid(colour: Image) -> Paint:
    return joined(colour, np.ones(colour.shape[:2], np.float32))


def _over(behind: Paint, front: Paint) -> Paint:
    """Paint laid over opaque paint; both end with the same row and have the same middle."""
    rows, columns = min(len(behind), len(front)), min(behind.shape[1], front.shape[1])
    result = behind.copy()
    first, other = (behind.shape[1] - columns) // 2, (front.shape[1] - columns) // 2
    part, over = result[-rows:, first : first + columns], front[-rows:, other : other + columns]
    share = 255 - over[:, :, 3:].astype(np.uint16)
    part[:] = np.minimum(255, (part * share + 127) // 255 + over)
    return result
