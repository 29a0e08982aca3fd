"""What alike regions of a clip agree on: evidence is averaged over pixels of like colour, place and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Numbers, Shorts
from stillplate.threads import map_samples

__all__ = ["consensus"]

FRAMES, PLACE = 8.0, 1 / 10  # size of a cell: frames, and share of the longer side
LIGHTNESS, COLOUR = 12.0, 8.0  # size of a cell in CIELAB
VIVID = 64.0  # a* and b* beyond which colours are not told apart
REACH = (0.5, 1.0, 1.0, 1.0, 0.7, 0.7, 0.7)  # cells: standard deviations of the mean over neighbouring cells
TRUNCATE = 2.5  # standard deviations
LIMITS = 0.35 * 2 ** np.arange(0.5, 4, dtype=np.float32)  # thresholds: between octaves of the difference from the plate
UNSEEN = 1  # octave in which pixels count whose ground was never seen: no difference
GROUND = 0.25  # weight of evidence of ground, since motion alone misses most of what moves
ROUNDS = 3
OWN = 0.5  # weight of a pixel's own evidence, beside its cell's


def consensus(
    evidence: Sequence[Floats], images: Sequence[Image], ratios: Sequence[Floats], frames: Sequence[int]
) -> list[Floats]:
    """Tell how likely each pixel is foreground, by what pixels like it show in the whole clip.

    Parameters
    ----------
    evidence : sequence of T float32 arrays of shape (h, w), 0..1
        Likelihood of foreground.
    images : sequence of T uint8 arrays of shape (h, w, 3), RGB
    ratios : sequence of T float32 arrays of shape (h, w)
        Difference from the plate over its threshold; NaN where the ground was never seen. Whether a difference tells
        anything is learnt with the rest: where the plate is wrong, what differs from it does not move.
    frames : sequence of T int
        Numbers of the frames.

    Returns
    -------
    list of T float32 arrays of shape (h, w), 0..1

    Notes
    -----
    A grid of cells in time, place, colour and difference [1]_ holds the sums of the evidence of foreground and of
    ground; they are smoothed over neighbouring cells, and each pixel's share of foreground is joined with its own
    evidence; three times. Similar regions of a clip reach a consensus so, as in [2]_.

    References
    ----------
    .. [1] J. Chen, S. Paris, F. Durand, "Real-time edge-aware image processing with the bilateral grid", SIGGRAPH 2007.
    .. [2] A. Faktor, M. Irani, "Video segmentation by non-local consensus voting", BMVC 2014.
    """
    shape = (len(evidence), *evidence[0].shape)
    grid = _Grid.of(images, ratios, frames)
    share: Floats = np.stack(evidence).ravel()
    own = _odds(share, 1e-3) ** OWN
    everything = grid.smoothed(np.ones_like(share))
    for _ in range(ROUNDS):
        moving = grid.smoothed(share)
        still = GROUND * (everything - moving)
        agreed = np.asarray(moving / (moving + still + np.float32(1e-6)), np.float32)
        odds = _odds(agreed, 1e-4)[grid.numbers] * own
        share = np.asarray(odds / (1 + odds), np.float32)
    return list(share.reshape(shape))


@dataclass(frozen=True, slots=True, eq=False)
class _Grid:
    """Cells of a window, by difference from the plate, time, place (y, x) and colour (L*, a*, b*).

    Attributes
    ----------
    sizes : tuple of seven int
    filled : int64 array of shape (cells,)
        The cells in which a pixel lies, since most have none: their places in the flat grid.
    numbers : int64 array of shape (T · h · w,)
        Of each pixel, the place of its cell in `filled`.
    """

    sizes: tuple[int, ...]
    filled: Numbers
    numbers: Numbers

    @classmethod
    def of(cls, images: Sequence[Image], ratios: Sequence[Floats], frames: Sequence[int]) -> Self:
        """Find the cells of all pixels."""
        cells = map_samples(lambda at: _cells(images[at], ratios[at], frames[at]), len(images))
        least = np.min([one.min(axis=1) for one in cells], axis=0)
        sizes = np.max([one.max(axis=1) for one in cells], axis=0) - least + 1
        flat = np.concatenate(map_samples(lambda at: _flat(cells[at] - least[:, None], sizes), len(cells)))
        places = np.zeros(np.prod(sizes, dtype=np.int64), np.int64)
        places[flat] = 1
        filled = np.flatnonzero(places)
        places[filled] = np.arange(len(filled))
        return cls(tuple(sizes.tolist()), filled, places[flat])

    def smoothed(self, values: Floats) -> Floats:
        """Sum the pixels' values in each cell, smooth the sums, and return those of the filled cells."""
        grid = np.zeros(self.sizes, np.float32)
        np.put(grid, self.filled, np.bincount(self.numbers, values, len(self.filled)))
        return kernels.smooth_grid(grid, WEIGHTS).ravel()[self.filled]


def _cells(image: Image, ratio: Floats, frame: int) -> Shorts:
    """Return the cell of each pixel: int16 of shape (7, h · w)."""
    import cv2

    height, width = ratio.shape
    lightness, *opponents = cv2.split(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB))
    y, x = np.indices((height, width), np.float32) / np.float32(PLACE * max(height, width))
    a, b = (np.clip(part, -VIVID, VIVID) / COLOUR for part in opponents)
    cells = np.empty((7, height, width), np.int16)
    cells[0] = np.isnan(ratio) * UNSEEN
    for limit in LIMITS:
        cells[0] += ratio > limit
    for cell, part in zip(cells[1:], (frame / FRAMES, y, x, lightness / LIGHTNESS, a, b), strict=True):
        cell[...] = np.rint(part)
    return cells.reshape(7, -1)


def _flat(cells: Shorts, sizes: Numbers) -> Numbers:
    """Return the places of cells in the flat grid; as `np.ravel_multi_index`, in half the time."""
    flat = np.zeros(cells.shape[1], np.int64)
    for cell, size in zip(cells, sizes, strict=True):
        flat *= size
        flat += cell
    return flat


def _odds(share: Floats, least: float) -> Floats:
    return np.asarray((share + np.float32(least)) / (1 - share + np.float32(least)), np.float32)


def _gaussian(deviation: float) -> Floats:
    """Return the weight of a cell, and of those on either side of it."""
    weights = np.exp(-np.square(np.arange(int(TRUNCATE * deviation + 0.5) + 1) / deviation) / 2)
    return np.asarray(weights / (weights[0] + 2 * weights[1:].sum()), np.float32)


WEIGHTS = tuple(_gaussian(deviation) for deviation in REACH)
