"""How much of people is found before leaves that wave and water that flows, drawn with their truth."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from rich.console import Console
from rich.table import Table

import stillplate
from stillplate.metrics import MaskCounts, mask_counts

__all__ = ["COATS", "measure_waving", "waving"]

Floats = npt.NDArray[np.float32]

COATS = {
    "red": (190, 50, 45), "blue": (60, 75, 165), "white": (225, 222, 215),
    "dark": (32, 32, 38), "grey": (112, 110, 108), "khaki": (120, 110, 70),
}  # fmt: skip
SKIN = (200, 160, 135)
HEIGHT, WIDTH, MARGIN = 180, 320, 20  # pixels; what sways comes from outside, too
WALL = WIDTH // 4  # columns that stay still
FRAMES, EVERY = 96, 4  # of the clip; one in so many is scored
NOISE = 2.0  # levels
LEAVES, WATER = (
    ((0.85, 1.0, 0.6), (74, 104, 52)),
    ((0.9, 1.0, 1.05), (78, 98, 112)),
)  # how light tints them; their colour


def measure_waving(seed: int = 0) -> dict[str, dict[str, float]]:
    """Measure and print precision, and the share of each coat that is found."""
    rows = {kind: _measure(kind, seed) for kind in ("leaves", "water")}
    table = Table("before", "precision", *COATS)
    for kind, row in rows.items():
        table.add_row(kind, *(f"{share:.2f}" for share in row.values()))
    Console(width=110).print(table)
    return rows


def waving(kind: str, seed: int = 0) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]]:
    """Draw people who cross waving leaves or flowing water; and number them, from 1, in the order of their coats."""
    rng = np.random.default_rng(seed)
    tint, colour = LEAVES if kind == "leaves" else WATER
    texture = _grain(rng, 1.6) * 34 + _grain(rng, 5) * 18 if kind == "leaves" else _grain(rng, 2) * 16
    ground = np.clip(texture[:, :, None] * np.array(tint, np.float32) + np.array(colour, np.float32), 5, 250)
    wall = (_grain(rng, 1) * 3 + 146)[MARGIN:-MARGIN, MARGIN : MARGIN + WALL, None]
    images, people = np.empty((FRAMES, HEIGHT, WIDTH, 3), np.uint8), np.zeros((FRAMES, HEIGHT, WIDTH), np.uint8)
    for index in range(FRAMES):
        chance = np.random.default_rng([seed, index])
        view: Any = _swayed(ground, chance) if kind == "leaves" else _flowing(ground, index)
        view[:, :WALL] = wall
        _people(view, people[index], index)
        view = cv2.GaussianBlur(view, (0, 0), 0.5) + chance.normal(0, NOISE, view.shape)
        images[index] = np.clip(np.rint(view), 0, 255)
    return images, people


def _measure(kind: str, seed: int) -> dict[str, float]:
    images, people = waving(kind, seed)
    background, counts = stillplate.fit(images, seed=seed), MaskCounts()
    found, there = np.zeros(len(COATS) + 1), np.zeros(len(COATS) + 1)
    for image, numbers in zip(images[::EVERY], people[::EVERY], strict=True):
        mask = background.mask(image)
        counts += mask_counts(mask, (numbers > 0).view(np.uint8) * np.uint8(255))
        before = numbers * (np.arange(WIDTH) > WALL + MARGIN)
        found += np.bincount(before[mask], minlength=len(found))[: len(found)]
        there += np.bincount(before.ravel(), minlength=len(there))[: len(there)]
    shares = found[1:] / np.maximum(there[1:], 1)
    return {"precision": counts.precision, **dict(zip(COATS, shares.tolist(), strict=True))}


def _grain(rng: np.random.Generator, size: float) -> Floats:
    noise = rng.standard_normal((HEIGHT + 2 * MARGIN, WIDTH + 2 * MARGIN)).astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(noise, (0, 0), size), np.float32)
    return np.asarray(smooth / smooth.std())


def _swayed(ground: Floats, chance: np.random.Generator) -> Floats:
    """Each leaf some pixels from its place, as its neighbours are."""
    down, across = (
        cv2.resize(cv2.GaussianBlur(chance.standard_normal((24, 40)), (0, 0), 2), (WIDTH, HEIGHT)) * 14
        for _ in range(2)
    )
    return _displaced(ground, down, across)


def _flowing(ground: Floats, index: int) -> Floats:
    """Ripples that bend what is seen, and glitter."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    across = 3 * np.sin(y / 5 + 0.9 * index) + 3 * np.sin(y / 9 - 0.63 * index + x / 30)
    bright = np.sin(y / 3.2 + x / 25 + 1.1 * index) * (np.sin(x / 11 - 0.5 * index) > 0.3)
    bent = _displaced(ground, 2 * np.sin(x / 14 + 0.9 * index), across)
    return np.asarray(bent + np.float32(18) * bright[:, :, None], np.float32)


def _displaced(ground: Floats, down: npt.NDArray[Any], across: npt.NDArray[Any]) -> Floats:
    y, x = np.mgrid[:HEIGHT, :WIDTH] + MARGIN
    at = (x + across).astype(np.float32), (y + down).astype(np.float32)
    return np.asarray(cv2.remap(ground, *at, cv2.INTER_LINEAR), np.float32)


def _people(view: Floats, numbers: npt.NDArray[np.uint8], index: int) -> None:
    """Draw them, 15 x 44 pixels large, with two thirds of them in view at a time."""
    loop = 1.7 * FRAMES
    for number, coat in enumerate(COATS.values()):
        x = int((index + number * loop / len(COATS)) % loop / loop * (WIDTH + 60)) - 30
        y = 22 + number % 3 * 50
        for canvas, body, head in ((view, coat, SKIN), (numbers, number + 1, len(COATS) + 1)):
            cv2.rectangle(canvas, (x - 7, y), (x + 7, y + 38), body, -1)
            cv2.circle(canvas, (x, y - 4), 5, head, -1)
