"""A knocked tripod: samples that show the same scene from another place than the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from stillplate.arrays import Grey
from stillplate.camera.keyframe import FEWEST, Key, Registration

__all__ = ["KNOCKED", "find_knock"]

KNOCKED = 2.5  # pixels of the clip's frame: by less, the noise that the plate learns at edges covers the displacement
RIGID = 0.5  # pixels of the picture within which points agree with a similarity, in the median
AGREED = 0.5  # of the picture: less may be a thing that was moved


def find_knock(grey: Callable[[int], Grey], displaced: Sequence[bool], scale: float) -> float:
    """Register the samples that seem displaced to one that does not.

    Parameters
    ----------
    grey : callable
        From the place of a sample in the sequence to its picture, uint8 array of shape (h, w).
    displaced : sequence of bool
        Which samples, in the order of time, seem displaced, or cannot be told.
    scale : float
        Pixels of the clip's frame for each pixel of these pictures.

    Returns
    -------
    float
        How far the camera was displaced, in pixels of the clip's frame; 0 if it was not, by less than 2.5 pixels, or
        for a single sample that is neither the first nor the last.

    Notes
    -----
    A sample is displaced if one similarity other than the identity brings half of the picture or more to its place. A
    thing that is moved within the picture, or hides most of it, leaves less.
    """
    others = [number for number, away in enumerate(displaced) if not away]
    if not others:
        return 0.0
    farthest = 0.0
    for run in _runs(displaced):
        base = Key(grey(min(others, key=lambda number: min(abs(number - run[0]), abs(number - run[-1])))), 0)
        picks = sorted({run[0], run[len(run) // 2], run[-1]})
        ways = sorted(_displacement(base, Key(grey(number), number)) for number in picks)
        farthest = max(farthest, ways[-2:][0])  # two of three agree
        if farthest * scale >= KNOCKED:
            return farthest * scale
    return 0.0


def _runs(displaced: Sequence[bool]) -> Iterator[list[int]]:
    """The runs of displaced samples, but for a single one in the midst."""
    for away, numbers in groupby(range(len(displaced)), key=lambda number: displaced[number]):
        run = list(numbers)
        if away and (len(run) > 1 or run[0] in (0, len(displaced) - 1)):
            yield run


def _displacement(base: Key, other: Key) -> float:
    """How far most of the picture has moved, in its pixels; 0 where that cannot be told."""
    if min(len(base.corners), len(other.corners)) < FEWEST:
        return 0.0
    found: Registration | None = base.register(other.grey, np.eye(3))
    if found is None or not _as_a_whole(found):
        guess = base.recognise(other)
        found = None if guess is None else base.register(other.grey, guess)
    if found is None or not _as_a_whole(found):
        return 0.0
    return float(np.median(np.linalg.norm(found.there - found.here, axis=1)))


def _as_a_whole(found: Registration) -> bool:
    """Whether most of the picture moves by one similarity: it is not bent, as where a thing before it is moved."""
    _, similarity, _ = found.simpler
    return found.found and found.explained >= AGREED and similarity < RIGID
