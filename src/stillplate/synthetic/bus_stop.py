"""A bus stop at which several people wait for most of the clip, drawn with its truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stillplate.arrays import Floats, Image
from stillplate.errors import ParameterError
from stillplate.synthetic import brush
from stillplate.synthetic.actors import Actor, Path
from stillplate.synthetic.clip import SyntheticClip
from stillplate.synthetic.scene import Scene
from stillplate.synthetic.scenery import FOCAL, Perspective, lay_bricks
from stillplate.synthetic.waiting import stays_of
from stillplate.synthetic.wardrobe import dressed, lacquered

__all__ = ["bus_stop"]

Colour = tuple[int, int, int]

SMALLEST = 16  # pixels, the least width and height
WALL, KERB, ROAD = 0.42, 0.80, 0.825  # rows at which the wall, the pavement and the kerb end, as shares of the height
PLASTER = ((176, 170, 158), (142, 146, 150), (196, 184, 150), (112, 108, 104), (150, 164, 152))  # RGB


def bus_stop(  # noqa: PLR0913  a public door
    width: int = 320,
    height: int = 180,
    frames: int = 800,
    *,
    seed: int = 0,
    people: int = 4,
    standing: float = 0.6,
    passers: int = 3,
    vehicles: int = 1,
    shadows: bool = False,
    noise: float = 2.0,
    chroma_noise: float = 0.0,
) -> SyntheticClip:
    """Make a clip of a bus stop: people in coats alike wait side by side, each at one place in several stays.

    They hide one another in part. Whoever comes back stands some centimetres from where the last one stood. The seed
    draws how near the camera is, where they stand, how long they stay, whether they stand like statues or sway, shift
    their weight, look around and move their arms, how far their coats differ from the wall, and whether the wall is
    plain or rich.

    Parameters
    ----------
    width, height : int
        Size, in pixels, at least 16 each.
    frames : int
        Length of the clip, at 25 frames per second.
    seed : int
        Seed of all random numbers; the same arguments give the same bytes.
    people : int
        Number of places at which somebody waits.
    standing : float
        Share of the clip, 0..1, in which somebody stands at each of them.
    passers, vehicles : int
        Numbers of walkers and vehicles that pass behind and before them, again and again.
    shadows : bool
        Whether all of them cast soft shadows, which are not part of the true masks.
    noise, chroma_noise
        As for `SyntheticClip`.

    Returns
    -------
    SyntheticClip

    Examples
    --------
    >>> clip = bus_stop(64, 36, frames=50, noise=0)
    >>> clip.plate.shape, bool(clip.mask(25).any())
    ((36, 64, 3), True)
    """
    if width < SMALLEST or height < SMALLEST:
        raise ParameterError(f"the stop is {width}x{height}, but at least {SMALLEST}x{SMALLEST} pixels are needed")
    if seed < 0:
        raise ParameterError(f"seed is {seed}, but 0 or more is needed")
    if not 0 < standing < 1:
        raise ParameterError(f"standing is {standing}, but must lie between 0 and 1: it is a share of the clip")
    scene_rng, waiting_rng, passing_rng = np.random.default_rng(seed).spawn(3)
    view = Perspective(width, height, eye=scene_rng.uniform(1.3, 3.0))
    plaster = PLASTER[scene_rng.integers(len(PLASTER))]
    plate = _paint(view, plaster, scene_rng)
    actors = (
        *_waiting(view, frames, people, standing, plaster, waiting_rng),
        *_passing(view, passers, vehicles, passing_rng),
    )
    scene = Scene(plate, actors, view, shadows)
    return SyntheticClip(scene, frames, seed=seed, noise=noise, chroma_noise=chroma_noise)


def _waiting(
    view: Perspective, frames: int, people: int, standing: float, wall: Colour, rng: np.random.Generator
) -> list[Actor]:
    """Those who wait, in coats and trousers of nearly one colour."""
    actors: list[Actor] = []
    spacing, contrast, restless = rng.uniform(0.25, 0.75), rng.uniform(0.3, 1.0), max(0.0, rng.uniform(-0.5, 1.0))
    middle = rng.uniform(-0.25, 0.25) * view.width / view.scale(0.6 * view.height)
    model = dressed(Path(0, 0, 0, 1), rng)
    coat, trousers = (_between(wall, colour, contrast) for colour in (model.coat, model.trousers))
    for number in range(people):
        place = middle + (number - (people - 1) / 2) * spacing + rng.normal(0, 0.1)
        row = rng.uniform(0.52, 0.70)
        stays = stays_of(frames, row, place, standing, int(rng.integers(1, 5)), restless, rng)
        usual = dressed(Path(0, 0, 0, 1), rng)
        for stay in stays:
            person = dressed(Path(0, 0, 0, 1), rng) if rng.random() < 0.5 else usual  # the same comes back, or another
            actors.append(replace(person, path=stay, coat=_alike(coat, rng), trousers=_alike(trousers, rng)))
    return actors


def _passing(view: Perspective, passers: int, vehicles: int, rng: np.random.Generator) -> list[Actor]:
    """Those who pass on the pavement, behind and before the others, and vehicles on the road."""
    actors: list[Actor] = []
    for number in range(passers):
        row = rng.uniform(*((0.46, 0.51) if number % 2 else (0.71, 0.78)))
        speed = rng.uniform(0.045, 0.07) * rng.choice((-1, 1))
        loop = view.width / view.scale(row * view.height) + rng.uniform(3, 12)
        actors.append(dressed(Path(row, rng.uniform(-loop / 2, loop / 2), speed, loop), rng))
    for number in range(vehicles):
        loop = view.width / view.scale(0.95 * view.height) + rng.uniform(20, 60)
        path = Path(0.95, rng.uniform(-loop / 2, loop / 2), rng.uniform(0.25, 0.4), loop)
        actors.append(lacquered(path, rng, van=number % 3 == 2))
    return actors


def _alike(colour: Colour, rng: np.random.Generator) -> Colour:
    red, green, blue = (int(np.clip(level + rng.normal(0, 4), 0, 255)) for level in colour)
    return red, green, blue


def _between(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(first, second, strict=True))
    return red, green, blue


def _paint(view: Perspective, plaster: Colour, rng: np.random.Generator) -> Image:
    """Paint wall, pavement and road: uint8 of shape (H, W, 3), RGB."""
    base = round(WALL * view.height)
    pixel = 1 / view.scale(base)  # metres
    across = (np.arange(view.width, dtype=np.float32) + np.float32(0.5 - view.width / 2)) * np.float32(pixel)
    up = (base - np.arange(base, dtype=np.float32)[:, None] - np.float32(0.5)) * np.float32(pixel)
    grain, stains = brush.grain(rng, across, up, 30), brush.grain(rng, across, up, rng.uniform(0.8, 3))
    canvas = brush.Canvas(base, view.width)
    canvas.paint(plaster, np.float32(rng.uniform(1, 6)) * grain + np.float32(rng.uniform(0, 14)) * stains)
    if rng.random() < 1 / 3:
        lay_bricks(canvas, across, up, pixel, grain, rng)
    for _ in range(int(rng.integers(0, 10))):  # posters, panes and boards
        x, y = rng.uniform(across[0], across[-1]), rng.uniform(0.5, 3.0)
        half, tall = rng.uniform(0.15, 0.8), rng.uniform(0.2, 1.0)
        red, green, blue = rng.integers(30, 230, 3).tolist()
        lines = np.float32(rng.uniform(0, 60)) * brush.lines(up, rng.uniform(0.08, 0.3), 0.03, pixel)
        canvas.paint((red, green, blue), 3 * grain + lines, brush.box(across - x, up, half, y, y + tall, pixel))
    canvas.dim(1 - np.float32(0.25) * np.exp(-up / np.float32(0.3)))
    return np.concatenate([canvas.image(), _paint_ground(view, base, rng)])


def _paint_ground(view: Perspective, base: int, rng: np.random.Generator) -> Image:
    row = np.arange(base, view.height, dtype=np.float32)[:, None] + np.float32(0.5)
    share, pixel, metre = row / np.float32(view.height), 1 / view.height, np.float32(view.eye) / row
    across: Floats = (np.arange(view.width, dtype=np.float32) + np.float32(0.5 - view.width / 2)) * metre
    depth = view.depth(row)
    fine, coarse = brush.grain(rng, across, depth, 34), brush.grain(rng, across, depth, 1.1)
    step = depth**2 / np.float32(FOCAL * view.height * view.eye)
    joints = np.maximum(
        brush.lines(across, 0.9, 0.03, depth / np.float32(FOCAL * view.height)), brush.lines(depth, 0.9, 0.05, step)
    )
    canvas = brush.Canvas(view.height - base, view.width)
    canvas.paint((108, 108, 110), 7 * fine + 5 * coarse)
    canvas.paint((190, 187, 180), 6 * fine, brush.band(share, 0, ROAD, pixel))
    levels = rng.uniform((2, 2, 5), (5, 10, 45)).astype(np.float32)  # of grain, stains and joints
    slabs = levels[0] * fine + levels[1] * coarse - levels[2] * joints
    canvas.paint((166, 160, 150), slabs, brush.band(share, 0, KERB, pixel))
    return canvas.image()
