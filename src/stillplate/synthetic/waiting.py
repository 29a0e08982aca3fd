"""People who wait at a place for most of a clip, in several stays."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin

import numpy as np
import numpy.typing as npt

__all__ = ["Stay", "stays_of"]

BRIEFEST = 0.03  # share of the clip that a stay or a gap lasts at least
LEAST_SWING = 0.06  # share of a walker's swing, of legs and arms that are at rest


@dataclass(frozen=True, slots=True)
class Stay:
    """A person comes, waits at a place, and leaves.

    Attributes
    ----------
    row : float
        Row of the feet, as a share of the image's height.
    place : float
        Metres from the middle of the street to the right.
    first, last : float
        Frames at which the person arrives at the place and leaves it.
    comes, leaves : float
        Metres per frame before and after the stay; negative to the left.
    sway : float
        Metres by which the body sways.
    shifts : tuple of float
        Metres by which the person stands aside from the place, one after the other, each for an equal part of the stay.
    restless : float
        How much the person moves, 0..1: how far the arms swing in gestures, as a share of a walker's swing, and for how
        long the person looks back.
    rhythm : float
        Phase of sway and gestures, in radians.
    """

    row: float
    place: float
    first: float
    last: float
    comes: float
    leaves: float
    sway: float
    shifts: tuple[float, ...]
    restless: float
    rhythm: float

    def stands(self, index: float) -> bool:
        """Whether the person waits in frame `index`."""
        return self.first <= index < self.last

    def travelled(self, index: float) -> float:
        """Metres walked to or from the place, which pose the legs; and a slow change of the pose while waiting."""
        if index < self.first:
            return self.comes * (index - self.first)
        if index >= self.last:
            return self.leaves * (index - self.last)
        return 0.35 + 0.15 * self.restless * sin(index / 9 + self.rhythm)

    def across(self, index: float) -> float:
        """Position at frame `index`, in metres to the right of the middle of the street."""
        if not self.stands(index):
            return self.place + self.travelled(index)
        part = (index - self.first) / (self.last - self.first) * len(self.shifts)
        return self.place + self.shifts[int(part)] + self.sway * sin(index / 7 + self.rhythm)

    def heads_left(self, index: float) -> bool:
        """Whether the person faces to the left; one who waits looks around now and then."""
        if not self.stands(index):
            return (self.comes if index < self.first else self.leaves) < 0
        turn = 1.0 - self.restless + sin(index / 31 + 3 * self.rhythm)  # below 0 while the person looks back
        return (self.comes < 0) == (turn >= 0)

    def passes(self, index: float) -> int:
        """How often the person has come before: never."""
        return 0

    def swings(self, index: float) -> tuple[float, float]:
        """How far legs and arms swing."""
        if not self.stands(index):
            return 1.0, 1.0
        gesture = max(0.0, sin(index / 17 + 2 * self.rhythm)) ** 2
        return LEAST_SWING, LEAST_SWING + 0.7 * self.restless * gesture


def stays_of(
    frames: int, row: float, place: float, standing: float, count: int, restless: float, rng: np.random.Generator
) -> list[Stay]:
    """Draw the stays of those who wait at one place, one after the other.

    Parameters
    ----------
    frames : int
        Length of the clip.
    row, place : float
        As of `Stay`.
    standing : float
        Share of the clip in which somebody stands at the place.
    count : int
        Number of stays.
    restless : float
        0 for people who stand like statues, 1 for those who sway, shift their weight, look around and gesticulate.
    rng : numpy.random.Generator
    """
    stood, empty = (_parts(rng, parts) * share for parts, share in ((count, standing), (count + 1, 1 - standing)))
    open_end = rng.random(2) < 0.3  # whether somebody waits when the clip begins, and when it ends
    empty[1:-1] += (empty[0] * open_end[0] + empty[-1] * open_end[1]) / max(1, count - 1)
    if count > 1:
        empty[0], empty[-1] = empty[0] * (not open_end[0]), empty[-1] * (not open_end[1])
    stays, at = [], 0.0
    for number in range(count):
        first = (at + empty[number]) * frames
        at += empty[number] + stood[number]
        pace = rng.uniform(0.045, 0.07, 2) * rng.choice((-1, 1), 2)
        shifts = rng.normal(0, 0.06 * restless, int(rng.integers(1, 5)))
        aside, rhythm, sway = rng.normal(0, 0.05), rng.uniform(0, 2 * pi), rng.uniform(0, 0.02) * restless
        stays.append(
            Stay(
                row, place + aside, first, at * frames, float(pace[0]), float(pace[1]), sway,
                tuple(shifts.tolist()), restless, rhythm,
            )
        )  # fmt: skip
    return stays


def _parts(rng: np.random.Generator, count: int) -> npt.NDArray[np.float64]:
    """Random shares that sum to 1."""
    parts = rng.dirichlet(np.full(count, 2.0)) + BRIEFEST
    return np.asarray(parts / parts.sum())
