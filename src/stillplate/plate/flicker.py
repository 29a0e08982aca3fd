"""Flicker: light whose bands roll through the picture; found in the samples, and taken off them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from stillplate.arrays import Floats, Image
from stillplate.imaging.filters import apart
from stillplate.imaging.resize import shrink
from stillplate.photometry.bands import PIXELS_PER_LINE, Axis, Bands, Limits, estimate_bands
from stillplate.sampling.stack import SampleStack, small_pictures
from stillplate.threads import map_samples

__all__ = ["Flicker", "steady"]


FEWEST = 4  # samples: of fewer, none is the exception
GLANCE = 60, 40  # lines, and pixels of each, that are looked at first
NOTICED = 1.5  # levels by which the lines' light varies within a sample, root mean square ...
OFTEN = 0.25  # ... in so many of the samples, or there are no bands
ROLLS = 0.2  # of that the lines' light differs from sample to sample: a lamp that was switched on stays on
ALIKE = 0.5  # of the light: by less both ends of the lines differ, or something passes, or is the sky
LEAST = 1e-4  # of the logarithm of a gain: less is rounding
LEFT = 0.6  # of how far the ground is off may be left, lines by lines, against one gain for all of them ...
GAINED = 0.5  # ... and so many levels must be gained
ROUNDS = 2  # the ground is better once the samples are steady, and so is what is measured against it
BEYOND = 1.25  # a frame's gains may be so many times outside those of the samples


@dataclass(frozen=True, slots=True)
class Flicker:
    """Bands of light that roll through the picture.

    Attributes
    ----------
    axis : "rows" or "columns"
        What the bands lie along: rows, or columns where the camera is turned.
    limits : (float, float)
        The lowest and the highest gain of a line against its mean light, over all samples and channels.
    """

    axis: Axis
    limits: Limits

    @property
    def depth(self) -> float:
        """How far the light varies, as a share: highest / lowest - 1."""
        return self.limits[1] / self.limits[0] - 1

    def bands(self, image: Image, plate: Image) -> Bands:
        """Estimate the light of a frame, line by line; both pictures are uint8 of shape (H, W, 3), RGB."""
        lowest, highest = self.limits
        return estimate_bands(image, plate, self.axis, (lowest / BEYOND, highest * BEYOND))


def steady(stack: SampleStack) -> Flicker | None:
    """Find bands of light in the samples, and take them off, in the stack's place.

    Parameters
    ----------
    stack : SampleStack
        Its pictures are replaced where there are bands, and stay as they are where there are none.

    Returns
    -------
    Flicker or None
        None where one light for each sample explains them as well.

    Notes
    -----
    Bands are looked for if the median light of the lines of a quarter of the samples varies by 1.5 levels or more, and
    their first quarters tell the same as their last ones: what passes, or a sky, does not. From sample to sample the
    light must differ by a fifth of what it varies by: a lamp that is switched does not.
    They are found if gains of the lines leave at most 0.6 of the median distance from the ground that a gain of the
    whole sample leaves. What they are measured against is the median of the samples, and of the steady samples; each
    line's mean gain over time is 1.
    """
    samples = small_pictures(stack)
    if len(samples) < FEWEST:
        return None
    axis = _glance(samples)
    if axis is None:
        return None
    bands, ground = _measured(samples, axis)
    if not _explain(bands, samples, ground):
        return None
    lines = np.stack(map_samples(lambda number: _along(stack.image(number), axis), len(stack)))
    bands, ground = _measured(lines, axis)
    gains = np.stack([light.gains for light in bands])
    flicker = Flicker(axis, (float(gains.min()), float(gains.max())))
    _replace(stack, flicker, bands, ground)
    return flicker


def _glance(samples: Image) -> Axis | None:
    """Tell along what the light varies within the samples, if it does, and alike at both ends of the lines."""
    best, found = NOTICED, None
    axes: tuple[Axis, ...] = ("rows", "columns")
    for axis in axes:
        turned = samples if axis == "rows" else samples.transpose(0, 2, 1, 3)
        steps = (max(1, side // most) for side, most in zip(turned.shape[1:3], GLANCE, strict=True))
        seen = turned[:, *(slice(step // 2, None, step) for step in steps)].sum(axis=3, dtype=np.float32)
        usual = np.median(seen, axis=0)
        ratio = np.log(np.maximum(seen, 3) / np.maximum(usual, 3))
        part = max(1, ratio.shape[2] // 4)
        ends = [_within(ratio[:, :, here]) for here in (slice(None, part), slice(-part, None))]
        light = np.asarray((ends[0] + ends[1]) / 2, np.float32)
        if _disagreement(ends[0] - ends[1], light) > ALIKE:
            continue
        spread = float(np.quantile(light.std(axis=1), 1 - OFTEN))
        varies = spread * usual.mean() / 3
        if varies > best and np.quantile(np.diff(light, axis=0).std(axis=1), 1 - OFTEN) > ROLLS * spread:
            best, found = varies, axis
    return found


def _disagreement(differ: Floats, light: Floats) -> float:
    """How far both ends of the lines differ, as a share of their light: in the median line and banded sample."""
    banded = light.std(axis=1) >= np.median(light.std(axis=1))
    each_differs, each_varies = (np.median(np.abs(part[banded]), axis=1) for part in (differ, light))
    return float(np.median(each_differs / np.maximum(each_varies, LEAST)))


def _within(ratio: Floats) -> Floats:
    """How far the median light of each line is from that of its sample: float32 array of shape (T, lines)."""
    light = np.median(ratio, axis=2)
    return np.asarray(light - np.median(light, axis=1, keepdims=True))


def _along(image: Image, axis: Axis) -> Image:
    """Bring a picture down along its lines, all of which are kept."""
    import cv2

    height, width, _ = image.shape
    size = (min(width, PIXELS_PER_LINE), height) if axis == "rows" else (width, min(height, PIXELS_PER_LINE))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _measured(samples: Image, axis: Axis) -> tuple[list[Bands], Image]:
    """Estimate the bands of each sample, and the ground in each line's mean light."""
    ground = np.asarray(np.median(samples, axis=0), np.uint8)
    for _ in range(ROUNDS):
        bands = map_samples(partial(_bands, samples, ground, axis), len(samples))
        mean = np.mean([light.gains for light in bands], axis=0, dtype=np.float32)
        bands = [Bands(light.gains / mean) for light in bands]
        levelled = np.stack([light.undo(sample) for light, sample in zip(bands, samples, strict=True)])
        ground = np.asarray(np.median(levelled, axis=0), np.uint8)
    return bands, ground


def _bands(samples: Image, ground: Image, axis: Axis, number: int) -> Bands:
    return estimate_bands(samples[number], ground, axis)


def _explain(bands: Sequence[Bands], samples: Image, ground: Image) -> bool:
    """Whether gains of the lines leave much less of the samples' distance than a gain of each whole sample does."""
    alone = map_samples(partial(_bands, samples, ground, "frame"), len(samples))
    left, before = (_off(samples, ground, light) for light in (bands, alone))
    return left <= LEFT * before and before - left >= GAINED


def _off(samples: Image, ground: Image, lights: Sequence[Bands]) -> float:
    """How far the samples are from the ground in their light: the mean of their medians, in 8-bit levels."""
    pairs = zip(samples, lights, strict=True)
    return float(np.mean([np.median(apart(light.undo(sample, ground), ground)) for sample, light in pairs]))


def _replace(stack: SampleStack, flicker: Flicker, bands: Sequence[Bands], ground: Image) -> None:
    """Put the steady samples, and their neighbours, in the place of those that were taken."""
    import cv2

    large = np.asarray(cv2.resize(ground, (stack.width, stack.height), interpolation=cv2.INTER_LINEAR), np.uint8)
    for number, light in enumerate(bands):
        stack.replace(number, light.undo(stack.image(number), large))
    beside = stack.small_neighbours
    if beside is not None:
        ground = shrink(large)
        for number, picture in enumerate(beside):
            beside[number] = flicker.bands(picture, ground).undo(picture, ground)
