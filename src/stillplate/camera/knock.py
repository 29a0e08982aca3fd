"""Detection of a displaced camera: samples that show the same scene from another position."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

import numpy as np

from stillplate.arrays import Grey
from stillplate.camera.keyframe import FEWEST, Key, Registration

__all__ = ["KNOCKED", "find_knock"]

KNOCKED = 2.5  # pixels of the clip's frame: least displacement, since smaller ones are covered by the noise at edges
MOST_RESIDUAL = 0.5  # pixels of the image: greatest median residual of a similarity
LEAST_EXPLAINED = 0.5  # share of the image that must be displaced: less may be an object that was moved


def find_knock(grey: Callable[[int], Grey], displaced: Sequence[bool], scale: float) -> float:
    """Return how far the camera was displaced between samples.

    Parameters
    ----------
    grey : callable
        Returns the image of a sample, uint8 array of shape (h, w), by its position in the sequence.
    displaced : sequence of bool
        Which samples, in temporal order, appear displaced, or cannot be matched.
    scale : float
        Pixels of the clip's frame for each pixel of these images.

    Returns
    -------
    float
        Displacement in pixels of the clip's frame; 0 if it is less than 2.5 pixels, or if only one sample is displaced
        that is neither the first nor the last.

    Notes
    -----
    A sample is displaced if one similarity other than the identity registers half of the image or more to an
    undisplaced sample. An object that is moved within the image, or that hides most of it, registers less.
    """
    others = [number for number, is_displaced in enumerate(displaced) if not is_displaced]
    if not others:
        return 0.0
    farthest = 0.0
    for run in _runs(displaced):
        base = Key(grey(min(others, key=lambda number: min(abs(number - run[0]), abs(number - run[-1])))), 0)
        picks = sorted({run[0], run[len(run) // 2], run[-1]})
        displacements = sorted(_displacement(base, Key(grey(number), number)) for number in picks)
        farthest = max(farthest, displacements[-2:][0])  # the median of three
        if farthest * scale >= KNOCKED:
            return farthest * scale
    return 0.0


def _runs(displaced: Sequence[bool]) -> Iterator[list[int]]:
    """Yield the runs of displaced samples, except single ones between others."""
    for is_displaced, numbers in groupby(range(len(displaced)), key=lambda number: displaced[number]):
        run = list(numbers)
        if is_displaced and (len(run) > 1 or run[0] in (0, len(displaced) - 1)):
            yield run


def _displacement(base: Key, other: Key) -> float:
    """Return how far most of the image has moved, in its pixels; 0 where that is unknown."""
    if min(len(base.corners), len(other.corners)) < FEWEST:
        return 0.0
    found: Registration | None = base.register(other.grey, np.eye(3))
    if found is None or not _is_rigid(found):
        guess = base.recognise(other)
        found = None if guess is None else base.register(other.grey, guess)
    if found is None or not _is_rigid(found):
        return 0.0
    return float(np.median(np.linalg.norm(found.there - found.here, axis=1)))


def _is_rigid(found: Registration) -> bool:
    """Whether most of the image moves by one similarity, and not only an object in it."""
    _, similarity, _ = found.simpler
    return found.found and found.explained >= LEAST_EXPLAINED and similarity < MOST_RESIDUAL
