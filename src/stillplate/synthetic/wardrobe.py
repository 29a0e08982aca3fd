"""The colours in which the walkers and vehicles of the drawn scenes are dressed and painted."""

from __future__ import annotations

import numpy as np

from stillplate.synthetic.actors import Course, Path, Vehicle, Walker

__all__ = ["dressed", "lacquered"]

Colour = tuple[int, int, int]

COATS = ((196, 62, 48), (44, 74, 124), (226, 176, 60), (58, 112, 84), (118, 72, 124), (224, 222, 214), (52, 54, 60))
TROUSERS = ((48, 56, 76), (66, 60, 56), (36, 38, 42), (104, 96, 84))
SKINS = ((236, 196, 170), (206, 158, 126), (142, 98, 72), (104, 70, 52))
HAIRS = ((52, 38, 30), (26, 24, 24), (140, 100, 58), (180, 176, 170))
PAINTS = ((176, 36, 40), (232, 232, 228), (38, 76, 140), (62, 66, 72), (214, 168, 52), (70, 126, 116))


def dressed(path: Course, rng: np.random.Generator) -> Walker:
    """A walker on this path, in clothes and of a height that are drawn by the generator."""
    coat, trousers, skin, hair = (_one_of(colours, rng) for colours in (COATS, TROUSERS, SKINS, HAIRS))
    return Walker(path, rng.uniform(1.58, 1.88), coat, trousers, skin, hair)


def lacquered(path: Path, rng: np.random.Generator, *, van: bool) -> Vehicle:
    """A car or a van on this path, in a colour that is drawn by the generator."""
    return Vehicle(path, _one_of(PAINTS, rng), van=van)


def _one_of(colours: tuple[Colour, ...], rng: np.random.Generator) -> Colour:
    return colours[rng.integers(len(colours))]
