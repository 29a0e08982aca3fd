"""Shadows that things cast on one side: the dark rim that most things of a clip have in the same directions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np

from stillplate import kernels
from stillplate.arrays import Doubles, Floats, Image, Mask, Numbers
from stillplate.kernels import CastLimits, CastShadows, Components
from stillplate.segmentation.cleanup import LEAST
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.shadows import DARK, smoothed

__all__ = ["CHANGE", "FLAT", "LEVELS", "CastProfile", "rim_light"]

SMALL = 4.0  # multiples of the least region: smaller things have no rim
DIRECTIONS = kernels.SECTORS  # of the nearest ground, seen from a pixel of a thing
STEP = 0.04  # share of a thing's diameter: a step of depth
STEPS = 14  # steps of depth, to beyond the middle
SMALLEST = 0.003  # share of the image: smaller things tell nothing
FEWEST = 10  # things that a median needs
RUNS, IN_RUNS = 8, 4  # runs of the clip, and those of them in which there are things
DARKEST = -1.2  # mean log of the light in a shadow, at most
RISE = 0.2  # by which the log of the light rises again at a shadow's end, at least
VALLEY_STEPS = 8  # steps of depth within which a shadow is darkest
ALIKE = 0.6  # log of the light: difference between directions of one shadow
DEEPEST = 0.3  # share of a thing's diameter: deeper is no rim
HUE = 0.12  # largest change of hue in a shadow
NEIGHBOURS = 3  # neighbouring directions that a shadow has, at least
SAFE = 0.8  # share of the usual depth to which shadows are taken off
CHANGE = 0.1  # share of the change: deviation of a shadow from its light and hue
LEVELS = 1.5  # levels: the same that noise makes
FLAT = 0.2  # share of the light that is missing: its largest deviation within 5x5 pixels
LIGHT = (0.05, 0.93)  # range of the light of a shadow
PIXELS = 4  # of a thing in one direction and step of depth that tell its light, at least
RIM = 0.02  # share of the width: where shadows begin; blur mixes it with the ground


@dataclass(frozen=True, slots=True)
class CastProfile:
    """How deep shadows reach into the masks of things, by direction.

    Attributes
    ----------
    depth : float32 array of shape (16,)
        Usual depth of the shadow where the nearest ground lies in this direction, as a share of the diameter of the
        largest disc that fits into a thing; 0 where there is none. Directions turn from left over top to right.
    hue : float32 array of shape (3,)
        Light of red, green and blue in it, as a share of the mean of the three.
    """

    depth: Floats
    hue: Floats

    @classmethod
    def learn(cls, frames: Iterable[list[Doubles]], count: int) -> Self | None:
        """Learn from the things of many frames.

        Parameters
        ----------
        frames : iterable of list of float64 arrays of shape (5,)
            What `rim_light` returns of frames in the order of time; nothing where there is no evidence.
        count : int
            Number of frames.

        Returns
        -------
        CastProfile or None
            None if no shadow is learnt.

        Notes
        -----
        A shadow is a valley of light at the rim: over all things, the median light falls to less than 0.3 of the
        ground's and rises again further inside, in three neighbouring directions at least. Things differ in their light
        more than their shadows do; otherwise they are all dark.
        """
        rows: list[Doubles] = []
        runs = set()
        for number, found in enumerate(frames):
            rows.extend(found)
            if found:
                runs.add(number * RUNS // count)
        if len(runs) < IN_RUNS:
            return None
        return cls._of(np.stack(rows))

    @classmethod
    def _of(cls, rows: Doubles) -> Self | None:
        """Find the shadow in rows of direction, depth and log light of red, green and blue in one thing."""
        depth, valley = np.zeros(DIRECTIONS), np.zeros(DIRECTIONS)
        hues: list[list[Doubles]] = [[] for _ in range(DIRECTIONS)]
        for direction in range(DIRECTIONS):
            off = (rows[:, 0] - direction + 1) % DIRECTIONS
            steps = _by_depth(rows[off < NEIGHBOURS])
            light = np.array([np.median(step, axis=0) for step in steps])
            if len(light) < 4:
                continue
            mean = light.mean(axis=1)
            lowest = int(np.argmin(mean[:VALLEY_STEPS]))
            valley[direction] = mean[lowest]
            end = _end(mean, lowest)
            if mean[lowest] < DARKEST and end is not None and _varies(steps, lowest, end):
                depth[direction] = end * STEP
                hues[direction] = [one - one.mean() for one in light[: lowest + 1]]
        depth[(valley > valley.min() + ALIKE) | (depth > DEEPEST)] = 0
        depth[~_side_by_side(depth > 0)] = 0
        if not depth.any():
            return None
        hue = np.exp(np.median(np.concatenate([hues[one] for one in np.flatnonzero(depth)]), axis=0))
        return cls(depth.astype(np.float32), hue.astype(np.float32)) if np.abs(hue - 1).max() < HUE else None

    def taken_from(self, mask: Mask, image: Image, plate: Image) -> tuple[Mask, Mask]:
        """Take the shadows that things cast from their mask.

        Nothing is taken from things so small that too little would be left of them.

        Parameters
        ----------
        mask : bool array of shape (h, w)
            The things with their shadows.
        image, plate : uint8 arrays of shape (h, w, 3), RGB
            Frame and plate in the same light, `smoothed`.

        Returns
        -------
        cut, rest : bool arrays of shape (h, w)
            What is taken, and what is left.
        """
        return kernels.cast_shadow(image, plate, mask, self.shadows(*mask.shape))

    def shadows(self, height: int, width: int) -> CastShadows:
        """Return what is taken from masks of a size."""
        depth = np.asarray(np.float32(2 * SAFE) * self.depth, np.float32)
        return CastShadows(self.hue, depth, _limits(height, width))


@cache
def _limits(height: int, width: int) -> CastLimits:
    rim, least = max(2, round(RIM * width)), LEAST * height * width
    return CastLimits(DARK, LEVELS, CHANGE, FLAT, *LIGHT, rim, least, SMALL * least)


def _brightened(evidence: Evidence, mask: Mask) -> tuple[Floats, Floats]:
    """Return frame and plate in a mask of N pixels, smoothed, and raised from the dark: float32 of shape (3, N)."""
    both = (smoothed(part)[mask] for part in (evidence.image, evidence.plate))
    image, plate = (part.T.astype(np.float32) + np.float32(DARK) for part in both)
    return image, plate


def rim_light(evidence: Evidence, mask: Mask) -> list[Doubles]:
    """Measure the light in the things of a frame, by direction of the nearest ground and by depth.

    Parameters
    ----------
    evidence : Evidence
    mask : bool array of shape (h, w)
        The things.

    Returns
    -------
    list of float64 arrays of shape (5,)
        Of each large thing, direction, step of depth, and the median logs of the light of red, green and blue.
    """
    image, plate = _brightened(evidence, mask)
    light = np.log(image / plate)
    regions = Components.of(mask)
    distance, sectors = kernels.nearest_outside(regions)
    thing = np.repeat(regions.runs[:, 3], regions.runs[:, 2] - regions.runs[:, 1]).astype(np.intp)
    depth, direction = distance[mask], sectors[mask].astype(np.intp)
    step = np.minimum(depth / (2 * STEP * regions.maxima(distance)[thing]), STEPS).astype(np.intp)
    large = regions.sizes() >= SMALLEST * mask.size
    told = large[thing] & (step < STEPS)
    keys = ((thing * DIRECTIONS + direction) * STEPS + step)[told]
    if not keys.size:
        return []
    found, group, counts = np.unique(keys, return_inverse=True, return_counts=True)
    medians = np.stack([_medians(one, group, counts) for one in light[:, told]], axis=1)
    enough = counts >= PIXELS
    place = found[enough]
    return list(np.column_stack([place // STEPS % DIRECTIONS, place % STEPS, medians[enough]]))


def _medians(values: Floats, group: Numbers, counts: Numbers) -> Floats:
    """Return the median of each group's values, float32 of shape (count,); each value's `group` is its number."""
    ordered = values[np.lexsort((values, group))]
    start = np.cumsum(counts) - counts
    low, high = ordered[start + (counts - 1) // 2], ordered[start + counts // 2]
    return np.asarray((low + high) / np.float32(2))


def _by_depth(rows: Doubles) -> list[Doubles]:
    """Return the log light of each step of depth, of shape (N, 3), from the rim to the first that few things have."""
    steps = []
    for number in range(STEPS):
        step = rows[rows[:, 1] == number, 2:]
        if len(step) < FEWEST:
            break
        steps.append(step)
    return steps


def _end(light: Doubles, lowest: int) -> float | None:
    """Return the step, between two, at which the light has risen again from its lowest; None if it does not rise."""
    level = light[lowest] + RISE
    above = np.flatnonzero(light[lowest:] > level)
    if not above.size:
        return None
    end = lowest + int(above[0])
    return end - 0.5 + float((level - light[end - 1]) / (light[end] - light[end - 1]))


def _varies(steps: list[Doubles], lowest: int, end: float) -> bool:
    """Whether things differ in their light more than their shadows do, by the quartiles."""

    def spread(step: Doubles) -> float:
        low, high = np.quantile(step.mean(axis=1), (0.25, 0.75))
        return float(high - low)

    inside = [spread(step) for step in steps[round(end + 0.5) :]]
    return bool(inside) and spread(steps[lowest]) < float(np.median(inside))


def _side_by_side(found: Mask) -> Mask:
    """Mark directions that lie in a row of three and more."""
    three = found & np.roll(found, 1) & np.roll(found, -1)
    return three | np.roll(three, 1) | np.roll(three, -1)
