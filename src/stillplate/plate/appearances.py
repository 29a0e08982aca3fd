"""Find parts of the scene that change appearance at random: a screen, a sign, a flickering lamp."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Flags, Image, Numbers, Shorts
from stillplate.imaging.extent import bounding_box
from stillplate.imaging.morphology import block, square
from stillplate.imaging.resize import shrink
from stillplate.photometry.appearance import Appearance
from stillplate.sampling.stack import SampleStack

__all__ = ["find_appearances"]


APART = 16.0  # 8-bit levels of the greatest channel: least difference from the plate, as masks would show it
ALIKE = 0.6  # share of that difference within which two samples have the same appearance
LEAST_SHARE = 1 / 8  # share of the samples that must show an appearance
LEAST_RETURNS = 4  # times that an appearance must return, which people hardly do with the same silhouette
AGREEING_SHARE = 0.8  # share of a part's pixels that must agree between two samples
MOST_SAMPLES = 96  # samples compared at most
MEDIAN_SAMPLES = 15  # samples with the appearance whose median makes its image
MOST_RING = 0.25  # share of the ring around a part that may differ from the plate, less than around a moving person
SMALLEST, LARGEST = 0.002, 0.25  # shares of the image: bounds of a part's area, since larger changes are of light


def find_appearances(stack: SampleStack, plate: Image, valid: Flags | None = None) -> tuple[Appearance, ...]:
    """Find the parts of a scene that repeatedly take another appearance.

    Parameters
    ----------
    stack : SampleStack
        Gathered with `neighbours=True`; exposure-compensated and aligned.
    plate : uint8 array of shape (H, W, 3), RGB
    valid : bool array of shape (T, h, w), optional
        Which small samples count where; all if omitted.

    Returns
    -------
    tuple of Appearance
        In the order of their first sample.

    Notes
    -----
    A candidate is a connected region in which a small sample differs from the plate by 16 levels. The samples that
    differ there, too, and are like it on 80 % of it, have the same appearance. It belongs to the scene if an eighth of
    all samples show it, if it returns four times or more, if it has a sharp outline in them, and if it appears or
    disappears at once between a sample and its neighbour, the frame before it. A car that drives up and stops is seen
    on its way; a person who returns never has exactly the same silhouette.
    """
    if stack.small is None or stack.small_neighbours is None or len(stack) < 2 * LEAST_RETURNS:
        return ()
    numbers = np.unique(np.linspace(0, len(stack) - 1, MOST_SAMPLES).astype(int))
    seen = _SmallSamples.of(
        stack.small[numbers], stack.small_neighbours[numbers], shrink(plate, max(stack.small.shape[1:3]))
    )
    if valid is not None:
        seen.far[~valid[numbers]] = False
    appearances: list[Appearance] = []
    often = seen.often_far()
    for number in range(len(numbers)):
        for part, shown_in in _find_parts(seen, number, often):
            appearances.append(_appearance(stack, plate, part, numbers[shown_in], len(shown_in) / len(numbers)))
            seen.far[shown_in] &= ~part
            often = seen.often_far()
    return tuple(appearances)


@dataclass(frozen=True, slots=True)
class _SmallSamples:
    """Smoothed small samples and neighbours, int16 of shape (T, h, w, 3), and where they differ from the plate."""

    samples: Shorts
    neighbours: Shorts
    far: Flags
    beside: Flags

    @classmethod
    def of(cls, samples: Image, neighbours: Image, ground: Image) -> Self:
        smoothed, beside = (_smoothed(images) for images in (samples, neighbours))
        plate = _smoothed(ground[None])[0]
        return cls(
            smoothed, beside, _greatest_difference(smoothed, plate) > APART, _greatest_difference(beside, plate) > APART
        )

    def often_far(self) -> Flags:
        """Mark where an eighth of the samples differ from the plate: bool of shape (h, w)."""
        return np.asarray(self.far.sum(axis=0) >= LEAST_SHARE * len(self.far))


def _smoothed(images: Image) -> Shorts:
    import cv2

    return np.stack([cv2.blur(image, (3, 3)) for image in images]).astype(np.int16)


def _greatest_difference(first: Shorts, second: Shorts) -> npt.NDArray[np.int16]:
    """Return the greatest channel's absolute difference: int16 (..., h, w). `max` along so short an axis is slow."""
    off = np.abs(first - second)
    return np.asarray(np.maximum(np.maximum(off[..., 0], off[..., 1]), off[..., 2]))


def _find_parts(seen: _SmallSamples, number: int, often: Flags) -> Iterator[tuple[Flags, Numbers]]:
    """Yield the parts of one sample that return, where samples are often far from the plate.

    Yields
    ------
    part : bool array of shape (h, w)
    numbers : integer array
        Of the samples that show it.
    """
    import cv2

    least = LEAST_SHARE * len(seen.samples)
    here = seen.far[number] & often
    # an appearance may equal the plate in places
    closed = cv2.morphologyEx(here.view(np.uint8), cv2.MORPH_CLOSE, square(3))
    count, regions, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=4)
    for region in range(1, count):
        x, y, width, height, area = stats[region].tolist()
        if not SMALLEST * regions.size <= area <= LARGEST * regions.size:
            continue
        box = (slice(y, y + height), slice(x, x + width))
        inside = (regions[box] == region) & here[box]
        differs = seen.far[:, *box][:, inside].mean(axis=1)
        gone = differs <= 1 - AGREEING_SHARE
        if (
            np.count_nonzero(differs >= AGREEING_SHARE) < least
            or _count_returns(differs >= AGREEING_SHARE, gone) < LEAST_RETURNS
        ):
            continue
        reference = seen.samples[number][box]
        alike = seen.far[:, *box] & (_greatest_difference(seen.samples[:, *box], reference) < ALIKE * APART)
        shown = alike[:, inside].mean(axis=1) >= AGREEING_SHARE
        if np.count_nonzero(shown) < least or _count_returns(shown, gone) < LEAST_RETURNS:
            continue
        beside = seen.beside[:, *box] & (_greatest_difference(seen.neighbours[:, *box], reference) < ALIKE * APART)
        comes = shown & (seen.beside[:, *box][:, inside].mean(axis=1) <= 1 - AGREEING_SHARE)
        goes = gone & (beside[:, inside].mean(axis=1) >= AGREEING_SHARE)
        if not (comes | goes).any():
            continue
        part = np.zeros(regions.shape, np.bool_)
        part[box] = inside & (alike[shown].mean(axis=0) >= AGREEING_SHARE)
        if part.mean() >= SMALLEST and _has_sharp_outline(part, seen.far[shown]):
            yield part, np.flatnonzero(shown)


def _count_returns(there: Flags, gone: Flags) -> int:
    """Count how often the appearance returns after it was absent; samples that show neither are left out."""
    known = there[there | gone]
    return int(np.count_nonzero(known[1:] & ~known[:-1]))


def _has_sharp_outline(part: Flags, far: Flags) -> bool:
    """Whether the ring around the part shows the plate in the samples that have the appearance."""
    import cv2

    whole = part.view(np.uint8)
    ring = (cv2.dilate(whole, square(7)) > 0) & (cv2.dilate(whole, square(5)) == 0)
    return bool(not ring.any() or far[:, ring].mean() < MOST_RING)


def _appearance(stack: SampleStack, plate: Image, part: Flags, there: Numbers, share: float) -> Appearance:
    """Return the appearance at full size, the median of samples that show it."""
    import cv2

    height, width, _ = plate.shape
    around = cv2.dilate(part.view(np.uint8), block(1))
    large = cv2.resize(around, (width, height), interpolation=cv2.INTER_NEAREST).view(np.bool_)
    box = bounding_box(large)
    few = there[np.unique(np.linspace(0, len(there) - 1, MEDIAN_SAMPLES).astype(int))]
    seen = np.stack([stack.image(number)[box] for number in few.tolist()])
    image = np.asarray(np.median(seen, axis=0), np.uint8)
    where = large[box] & (cv2.absdiff(image, plate[box]).max(axis=2) > ALIKE * APART)
    rows, columns = bounding_box(where)
    corner = box[1].start + columns.start, box[0].start + rows.start
    return Appearance(corner, image[rows, columns], where[rows, columns], share)
