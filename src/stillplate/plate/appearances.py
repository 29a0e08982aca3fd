"""Parts of a scene that take more looks than one, at random: a screen, a sign, a lamp that flickers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Flags, Image, Numbers, Shorts
from stillplate.imaging.morphology import block, square
from stillplate.imaging.resize import shrink
from stillplate.photometry.appearance import Appearance, bounding_box
from stillplate.sampling.stack import SampleStack

__all__ = ["find_appearances"]


APART = 16.0  # levels by which a look differs from the plate, the channel farthest off: what masks would show
ALIKE = 0.6  # of that, and less: the same look
OFTEN, RUNS = 1 / 8, 4  # a look is that of so many samples, and came back so many times: who does that ...
TOGETHER = 0.8  # ... in the same outline: so much of it must be alike
MOST = 96  # samples that are heard
ENOUGH = 15  # of those with the look make its picture
CRISP = 0.25  # of the samples with the look may have more around it: arms around a chest
SMALLEST, LARGEST = 0.002, 0.25  # of the picture: more is a light, or another scene


def find_appearances(stack: SampleStack, plate: Image, valid: Flags | None = None) -> tuple[Appearance, ...]:
    """Find the parts of a scene that take other looks, again and again.

    Parameters
    ----------
    stack : SampleStack
        Gathered with `neighbours=True`; in one light and place.
    plate : uint8 array of shape (H, W, 3), RGB
    valid : bool array of shape (T, h, w), optional
        Which small samples count where; all of them if not given.

    Returns
    -------
    tuple of Look
        In the order in which they are first seen.

    Notes
    -----
    Where a small sample differs from the plate by 16 levels, what hangs together is tried: the samples that
    differ there, too, and are like it on 80 % of it, have the same look. It is one of the scene if that is an eighth of
    all samples, which come and go four times or more, if it ends at a crisp outline in them, and if it is seen to come
    or go as a whole between a sample and its neighbour, the frame before it. What drives up and stops is seen on its
    way; he who comes back to his chair has his arms elsewhere each time.
    """
    if stack.small is None or stack.small_neighbours is None or len(stack) < 2 * RUNS:
        return ()
    heard = np.unique(np.linspace(0, len(stack) - 1, MOST).astype(int))
    seen = _Seen.of(stack.small[heard], stack.small_neighbours[heard], shrink(plate, max(stack.small.shape[1:3])))
    if valid is not None:
        seen.far[~valid[heard]] = False
    looks: list[Appearance] = []
    for number in range(len(heard)):
        for part, there in _parts(seen, number):
            looks.append(_look(stack, plate, part, heard[there], len(there) / len(heard)))
            seen.far[there] &= ~part
    return tuple(looks)


@dataclass(frozen=True, slots=True)
class _Seen:
    """Samples and neighbours, int16 of shape (T, h, w, 3), small, smoothed; and where they are far from the plate."""

    samples: Shorts
    neighbours: Shorts
    far: Flags
    beside: Flags

    @classmethod
    def of(cls, samples: Image, neighbours: Image, ground: Image) -> Self:
        calm, beside = (_smoothed(pictures) for pictures in (samples, neighbours))
        plate = _smoothed(ground[None])[0]
        return cls(calm, beside, _apart(calm, plate) > APART, _apart(beside, plate) > APART)


def _smoothed(pictures: Image) -> Shorts:
    import cv2

    return np.stack([cv2.blur(picture, (3, 3)) for picture in pictures]).astype(np.int16)


def _apart(first: Shorts, second: Shorts) -> npt.NDArray[np.int16]:
    """The largest channel's absolute difference, int16 of shape (..., h, w); `max` along so short an axis is slow."""
    off = np.abs(first - second)
    return np.asarray(np.maximum(np.maximum(off[..., 0], off[..., 1]), off[..., 2]))


def _parts(seen: _Seen, number: int) -> Iterator[tuple[Flags, Numbers]]:
    """Find the parts of one sample that have a look again and again: bool (h, w), and the numbers of the samples."""
    import cv2

    least = OFTEN * len(seen.samples)
    here = seen.far[number] & (seen.far.sum(axis=0) >= least)
    whole = cv2.morphologyEx(here.view(np.uint8), cv2.MORPH_CLOSE, square(3))  # a look may equal the plate in places
    count, regions, stats, _ = cv2.connectedComponentsWithStats(whole, connectivity=4)
    for region in range(1, count):
        x, y, width, height, area = stats[region].tolist()
        if not SMALLEST * regions.size <= area <= LARGEST * regions.size:
            continue
        box = (slice(y, y + height), slice(x, x + width))
        inside = (regions[box] == region) & here[box]
        differs = seen.far[:, *box][:, inside].mean(axis=1)
        gone = differs <= 1 - TOGETHER
        if np.count_nonzero(differs >= TOGETHER) < least or _returns(differs >= TOGETHER, gone) < RUNS:
            continue
        look = seen.samples[number][box]
        like = seen.far[:, *box] & (_apart(seen.samples[:, *box], look) < ALIKE * APART)
        there = like[:, inside].mean(axis=1) >= TOGETHER
        if np.count_nonzero(there) < least or _returns(there, gone) < RUNS:
            continue
        beside = seen.beside[:, *box] & (_apart(seen.neighbours[:, *box], look) < ALIKE * APART)
        comes = there & (seen.beside[:, *box][:, inside].mean(axis=1) <= 1 - TOGETHER)
        goes = gone & (beside[:, inside].mean(axis=1) >= TOGETHER)
        if not (comes | goes).any():
            continue
        part = np.zeros(regions.shape, np.bool_)
        part[box] = inside & (like[there].mean(axis=0) >= TOGETHER)
        if part.mean() >= SMALLEST and _crisp(part, seen.far[there]):
            yield part, np.flatnonzero(there)


def _returns(there: Flags, gone: Flags) -> int:
    """How many times it comes after it was gone; what is hidden, or is something else, is neither."""
    known = there[there | gone]
    return int(np.count_nonzero(known[1:] & ~known[:-1]))


def _crisp(part: Flags, far: Flags) -> bool:
    """Whether the part ends where it does in all samples that have the look: around it they show the plate."""
    import cv2

    whole = part.view(np.uint8)
    ring = (cv2.dilate(whole, square(7)) > 0) & (cv2.dilate(whole, square(5)) == 0)
    return bool(not ring.any() or far[:, ring].mean() < CRISP)


def _look(stack: SampleStack, plate: Image, part: Flags, there: Numbers, share: float) -> Appearance:
    """Take the look from the samples that have it, in full size."""
    import cv2

    height, width, _ = plate.shape
    around = cv2.dilate(part.view(np.uint8), block(1))
    large = cv2.resize(around, (width, height), interpolation=cv2.INTER_NEAREST).view(np.bool_)
    box = bounding_box(large)
    few = there[np.unique(np.linspace(0, len(there) - 1, ENOUGH).astype(int))]
    seen = np.stack([stack.image(number)[box] for number in few.tolist()])
    image = np.asarray(np.median(seen, axis=0), np.uint8)
    where = large[box] & (cv2.absdiff(image, plate[box]).max(axis=2) > ALIKE * APART)
    rows, columns = bounding_box(where)
    corner = box[1].start + columns.start, box[0].start + rows.start
    return Appearance(corner, image[rows, columns], where[rows, columns], share)
