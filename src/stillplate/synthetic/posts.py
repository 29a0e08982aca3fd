"""What stands near the camera of `synthetic.park`: trunks, posts, pillars, rocks, bushes, painted from formulas."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from stillplate.arrays import Doubles, Floats
from stillplate.synthetic import brush
from stillplate.synthetic.scenery import lay_bricks
from stillplate.synthetic.surface import Paint, joined

__all__ = ["POSTS", "Painter", "leaves"]

Painter = Callable[[float, float, np.random.Generator], Paint]

BARKS = ((104, 84, 66), (92, 88, 84), (126, 104, 80), (76, 62, 50), (206, 202, 192))  # RGB; the last one is a birch's
METALS = ((58, 66, 62), (122, 128, 132), (40, 46, 58), (74, 96, 84))  # RGB
WOODS = ((150, 116, 78), (116, 96, 80), (172, 150, 122), (196, 60, 52))  # RGB
STONES = ((138, 134, 128), (120, 112, 104), (158, 148, 132))  # RGB
GREENS = ((58, 92, 44), (82, 112, 50), (46, 78, 56), (104, 116, 58))  # RGB
POSTERS = ((206, 62, 54), (238, 206, 84), (52, 104, 168), (240, 236, 226), (52, 140, 108), (36, 38, 46))  # RGB


def _trunk(pixel: float, most: float, rng: np.random.Generator) -> Paint:
    half, lean, flare = rng.uniform(0.11, 0.36), rng.uniform(-0.06, 0.06), rng.uniform(0.15, 0.6)
    across, up = _grid(half * (2 + flare) + 0.5, most, pixel)
    bends = np.sin(up * np.float32(rng.uniform(0.8, 1.6)) + np.float32(rng.uniform(0, 6)))
    aside = across - np.float32(lean) * up - np.float32(0.05) * bends
    bark = brush.grain(rng, aside, up * np.float32(0.14), rng.uniform(14, 30))
    wide = half * (1 + flare * np.exp(-up / np.float32(0.25)) - np.float32(0.03) * up)
    wide = wide + np.float32(0.012) * brush.grain(rng, np.zeros_like(up), up, 6)
    canvas = brush.Canvas(*aside.shape)
    colour = BARKS[rng.integers(len(BARKS))]
    cracks = np.clip(bark - np.float32(0.7), 0, 1)
    fine = brush.grain(rng, aside, up * np.float32(0.4), 90)
    canvas.paint(colour, 13 * bark - 44 * cracks + 9 * fine + 6 * brush.grain(rng, aside, up, 3))
    if colour == BARKS[-1]:
        marks = brush.grain(rng, aside * np.float32(0.25), up, 16)
        canvas.paint((58, 54, 52), 9 * fine, np.clip((marks - np.float32(0.9)) * 2, 0, 0.9))
    _round(canvas, aside / wide)
    return joined(canvas.image(), _between(aside, wide, pixel))


def _mast(pixel: float, most: float, rng: np.random.Generator) -> Paint:
    """A lamp post: a tube on a wider foot."""
    half, foot = rng.uniform(0.04, 0.09), rng.uniform(0.5, 1.1)
    across, up = _grid(half * 4, most, pixel)
    wide = half * (1 + np.float32(0.7) * brush.band(up, -1, foot, pixel) + brush.band(up, foot - 0.04, foot, pixel))
    canvas = brush.Canvas(up.shape[0], across.shape[1])
    canvas.paint(METALS[rng.integers(len(METALS))], 4 * brush.grain(rng, across, up, 60))
    number = rng.uniform(1.4, 2.0)
    sticker = brush.band(across, -1, half, pixel) * brush.band(up, number, number + rng.uniform(0.12, 0.4), pixel)
    canvas.paint(POSTERS[rng.integers(len(POSTERS))], 9 * brush.grain(rng, across, up, 24), sticker)
    _round(canvas, across / wide)
    return joined(canvas.image(), _between(across, wide, pixel))


def _post(pixel: float, most: float, rng: np.random.Generator) -> Paint:
    """A wooden post, square, lower than a person or as high as one."""
    half, tall = rng.uniform(0.05, 0.16), min(most, rng.uniform(1.0, 2.4))
    across, up = _grid(half * 2, tall + 0.1, pixel)
    canvas = brush.Canvas(up.shape[0], across.shape[1])
    fibre, fine = (brush.grain(rng, across, up * np.float32(long), size) for long, size in ((0.05, 40), (0.2, 100)))
    canvas.paint(WOODS[rng.integers(len(WOODS))], 11 * fibre + 6 * fine + 5 * brush.grain(rng, across, up, 5))
    canvas.paint((70, 62, 54), 5 * fibre, 0.8 * brush.band(across, 0.45 * half, 2 * half, pixel))  # its shaded side
    canvas.paint((214, 206, 190), 4 * fibre, brush.band(up, tall - 0.03, tall + 1, pixel))
    return joined(canvas.image(), _between(across, half, pixel) * brush.band(up, -1, tall, pixel))


def _pillar(pixel: float, most: float, rng: np.random.Generator) -> Paint:
    """A pillar of brick or of stone, with a cap."""
    half, tall = rng.uniform(0.18, 0.42), min(most, rng.uniform(1.5, 3.4))
    across, up = _grid(half * 2.4, tall + 0.2, pixel)
    grain = brush.grain(rng, across, up, 30) + brush.grain(rng, across, up, 90)
    canvas = brush.Canvas(up.shape[0], across.shape[1])
    if rng.random() < 0.5:
        lay_bricks(canvas, across, up, pixel, grain, rng)
    else:
        rough = 8 * grain + 10 * brush.grain(rng, across, up, 3) - 40 * brush.lines(up, 0.5, 0.02, pixel)
        canvas.paint(STONES[rng.integers(len(STONES))], rough)
    cap = brush.band(up, tall - 0.14, tall + 1, pixel)
    canvas.paint((176, 170, 158), 5 * grain, cap)
    canvas.dim(np.float32(1.04) - np.float32(0.5) * brush.band(across, 0.3 * half, 3 * half, 0.2 * half))
    wide = half * (1 + np.float32(0.14) * cap)
    return joined(canvas.image(), _between(across, wide, pixel) * brush.band(up, -1, tall, pixel))


def _column(pixel: float, most: float, rng: np.random.Generator) -> Paint:
    """An advertising column with posters."""
    half, tall = rng.uniform(0.3, 0.55), min(most, rng.uniform(2.2, 3.2))
    across, up = _grid(half * 2.3, tall + 0.2, pixel)
    canvas = brush.Canvas(up.shape[0], across.shape[1])
    grain = brush.grain(rng, across, up, 26)
    canvas.paint((196, 192, 180), 4 * grain)
    for _ in range(rng.integers(5, 11)):
        x, low = rng.uniform(-half, half), rng.uniform(0.35, tall - 0.6)
        wide, high = rng.uniform(0.12, 0.32), rng.uniform(0.3, 0.9)
        sheet = brush.box(across - np.float32(x), up, wide, low, low + high, pixel)
        ground, letters = rng.permutation(len(POSTERS))[:2]
        canvas.paint(POSTERS[ground], 7 * grain, sheet)
        text = brush.lines(up - np.float32(low), high / 3.2, high / 9, pixel) * brush.band(
            across - np.float32(x), -0.8 * wide, 0.6 * wide, pixel
        )
        canvas.paint(POSTERS[letters], 7 * grain, sheet * text)
    canvas.paint(
        (84, 88, 92), 4 * grain, np.maximum(brush.band(up, -1, 0.25, pixel), brush.band(up, tall - 0.2, 9, pixel))
    )
    _round(canvas, across / np.float32(half))
    lid = half * (1 + np.float32(0.1) * brush.band(up, tall - 0.2, 9, pixel))
    return joined(canvas.image(), _between(across, lid, pixel) * brush.band(up, -1, tall, pixel))


def _rock(pixel: float, most: float, rng: np.random.Generator) -> Paint:
    half, tall = rng.uniform(0.4, 1.1), min(most, rng.uniform(0.4, 1.3))
    across, up = _grid(half * 2.2, tall * 1.15, pixel)
    angle = np.arctan2(up / np.float32(tall), across / np.float32(half))
    waves: Floats = sum(np.sin(order * angle + np.float32(rng.uniform(0, 6))) / order for order in (2, 3, 5, 8))
    inside: Floats = np.hypot(across / np.float32(half), up / np.float32(tall)) / (0.88 + np.float32(0.06) * waves)
    grain, facets = brush.grain(rng, across, up, 26), brush.grain(rng, across + up / np.float32(3), up, 3.2)
    canvas = brush.Canvas(*inside.shape)
    light = 46 * (up / np.float32(tall) - np.float32(0.45)) - 26 * across / np.float32(half)
    canvas.paint(STONES[rng.integers(len(STONES))], light + 8 * grain + 15 * facets)
    moss: Floats = np.float32(0.7) * np.clip(facets - np.float32(0.5) + up / np.float32(2 * tall), 0, 1)
    canvas.paint((88, 104, 62), 9 * grain, moss)
    return joined(canvas.image(), np.clip((1 - inside) * np.float32(min(half, tall) / pixel) + 0.5, 0, 1))


def _bush(pixel: float, most: float, rng: np.random.Generator) -> Paint:
    half, tall = rng.uniform(0.5, 1.2), min(most, rng.uniform(0.6, 1.9))
    number = 700
    angle, reach = rng.uniform(0, np.pi, number), np.sqrt(rng.uniform(0, 1, number))
    reach *= 0.85 + 0.15 * np.sin(5 * angle + rng.uniform(0, 6))
    places = np.column_stack([half * reach * np.cos(angle), tall * (0.04 + 0.92 * reach * np.sin(angle))])
    return leaves((half * 2.3, tall + 0.2), pixel, places, 0.5 * rng.uniform(0.08, 0.2, number), rng)


def leaves(size: tuple[float, float], pixel: float, places: Doubles, radii: Doubles, rng: np.random.Generator) -> Paint:
    """Leaves as discs, on an area of `size` metres with its foot in the middle of the lower edge.

    Parameters
    ----------
    size : (float, float)
        Width and height, in metres.
    pixel : float
        Metres per pixel.
    places : float array of shape (N, 2)
        Metres to the right of the middle and up.
    radii : float array of shape (N,)
        Metres.
    rng : Generator
        Of the colours.
    """
    fraction = 4  # fractional bits of OpenCV's fixed-point coordinates
    across, up = _grid(*size, pixel)
    paint = np.zeros((up.shape[0], across.shape[1], 4), np.uint8)
    red, green, blue = GREENS[rng.integers(len(GREENS))]
    top = max(float(places[:, 1].max()), 0.1)
    light = np.sort(rng.normal(0, 14, len(places))) + 34 * (places[:, 1] / top - 0.5)
    middle, foot = across.shape[1] / 2 - 0.5, up.shape[0] - 0.5
    columns, rows = middle + places[:, 0] / pixel, foot - places[:, 1] / pixel
    for column, row, radius, more in zip(columns, rows, radii / pixel, light, strict=True):
        at = (round(column * 2**fraction), round(row * 2**fraction))
        tint = tuple(min(255.0, max(0.0, level + more * part)) for level, part in ((red, 0.8), (green, 1), (blue, 0.6)))
        cv2.circle(paint, at, round(radius * 2**fraction), (*tint, 255), cv2.FILLED, cv2.LINE_AA, fraction)
    return paint


def _grid(width: float, height: float, pixel: float) -> tuple[Floats, Floats]:
    """Metres to the right of the middle of an area, of shape (1, W), and above its lower edge, of shape (H, 1)."""
    columns, rows = 2 * int(np.ceil(width / 2 / pixel)) + 1, int(np.ceil(height / pixel)) + 1
    across = (np.arange(columns, dtype=np.float32) - (columns - 1) / 2) * np.float32(pixel)
    up = (rows - np.float32(0.5) - np.arange(rows, dtype=np.float32)) * np.float32(pixel)
    return across[None].astype(np.float32), up[:, None]


def _between(aside: Floats, half: Floats | float, pixel: float) -> Floats:
    """Share of each pixel that lies less than `half` aside."""
    return np.asarray(
        np.clip((np.float32(half) - np.abs(aside)) / np.float32(pixel) + np.float32(0.5), 0, 1), np.float32
    )


def _round(canvas: brush.Canvas, aside: Floats) -> None:
    """Light a round body from the left; `aside` is -1 at its left edge and 1 at its right one."""
    canvas.dim(np.float32(1.12) - np.float32(0.5) * np.clip((aside + np.float32(0.35)) / np.float32(1.35), -1, 1) ** 2)


POSTS: dict[str, Painter] = {
    "trunk": _trunk,
    "mast": _mast,
    "post": _post,
    "pillar": _pillar,
    "column": _column,
    "rock": _rock,
    "bush": _bush,
}
