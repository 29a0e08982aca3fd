"""Flicker: bands of light that roll through the image; found in the samples and removed from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from stillplate.arrays import Floats, Image
from stillplate.imaging.filters import max_difference
from stillplate.imaging.resize import shrink
from stillplate.photometry.bands import PIXELS_PER_LINE, Axis, Bands, Limits, estimate_bands
from stillplate.sampling.stack import SampleStack, small_pictures
from stillplate.threads import map_samples

__all__ = ["Flicker", "remove_flicker"]


FEWEST = 4  # samples: with fewer, no light is the normal one
GLANCE = 60, 40  # lines, and pixels of each, in the first test
NOTICED = 1.5  # 8-bit levels: least standard deviation of the lines' light within a sample
OFTEN = 0.25  # share of the samples that must vary so much
ROLLS = 0.2  # share of that deviation by which the lines' light must differ between samples, unlike a lamp's
ALIKE = 0.5  # share of the light by which both ends of the lines may differ; passing objects and the sky exceed it
LEAST = 1e-4  # logarithm of a gain: least divisor, below rounding error
LEFT = 0.6  # share of the residual of one gain for the whole sample that one gain for each line may leave
GAINED = 0.5  # 8-bit levels by which gains of lines must reduce the residual
ROUNDS = 2  # rounds of measuring against the median of the compensated samples
BEYOND = 1.25  # factor by which a frame's gains may exceed those of the samples


@dataclass(frozen=True, slots=True)
class Flicker:
    """Bands of light that roll through the image.

    Attributes
    ----------
    axis : "rows" or "columns"
        Direction of the bands: along rows, or along columns where the camera is turned.
    limits : (float, float)
        Least and greatest gain of a line against its mean light, over all samples and channels.
    """

    axis: Axis
    limits: Limits

    @property
    def depth(self) -> float:
        """Variation of the light, as a share: greatest / least - 1."""
        return self.limits[1] / self.limits[0] - 1

    def bands(self, image: Image, plate: Image) -> Bands:
        """Return the gain of each line of a frame; both images are uint8 of shape (H, W, 3), RGB."""
        lowest, highest = self.limits
        return estimate_bands(image, plate, self.axis, (lowest / BEYOND, highest * BEYOND))


def remove_flicker(stack: SampleStack) -> Flicker | None:
    """Find rolling bands of light in the samples and remove them, in place.

    Parameters
    ----------
    stack : SampleStack
        Its images are replaced if there are bands.

    Returns
    -------
    Flicker or None
        None if one gain for each sample explains them as well.

    Notes
    -----
    Bands are tested for if the median light of the lines varies by 1.5 levels or more in a quarter of the samples, and
    is alike in the first and the last quarter of the lines, unlike that of passing objects or a sky. Between samples
    the light must differ by a fifth of its variation, unlike that of a switched lamp. Bands are found if gains of lines
    leave at most 0.6 of the median residual that a gain of the whole sample leaves. The reference is the median of the
    samples, then of the compensated samples; the mean gain of each line over time is 1.
    """
    samples = small_pictures(stack)
    if len(samples) < FEWEST:
        return None
    axis = _find_axis(samples)
    if axis is None:
        return None
    bands, ground = _measure(samples, axis)
    if not _explains(bands, samples, ground):
        return None
    lines = np.stack(map_samples(lambda number: _shorten_lines(stack.image(number), axis), len(stack)))
    bands, ground = _measure(lines, axis)
    gains = np.stack([light.gains for light in bands])
    flicker = Flicker(axis, (float(gains.min()), float(gains.max())))
    _replace(stack, flicker, bands, ground)
    return flicker


def _find_axis(samples: Image) -> Axis | None:
    """Return the axis along which the samples' light varies, alike at both ends of the lines; None if there is none."""
    best, found = NOTICED, None
    axes: tuple[Axis, ...] = ("rows", "columns")
    for axis in axes:
        turned = samples if axis == "rows" else samples.transpose(0, 2, 1, 3)
        steps = (max(1, side // most) for side, most in zip(turned.shape[1:3], GLANCE, strict=True))
        seen = turned[:, *(slice(step // 2, None, step) for step in steps)].sum(axis=3, dtype=np.float32)
        median = np.median(seen, axis=0)
        ratio = np.log(np.maximum(seen, 3) / np.maximum(median, 3))
        part = max(1, ratio.shape[2] // 4)
        both_ends = [_line_light(ratio[:, :, here]) for here in (slice(None, part), slice(-part, None))]
        light = np.asarray((both_ends[0] + both_ends[1]) / 2, np.float32)
        if _disagreement(both_ends[0] - both_ends[1], light) > ALIKE:
            continue
        spread = float(np.quantile(light.std(axis=1), 1 - OFTEN))
        deviation = spread * median.mean() / 3
        if deviation > best and np.quantile(np.diff(light, axis=0).std(axis=1), 1 - OFTEN) > ROLLS * spread:
            best, found = deviation, axis
    return found


def _disagreement(differ: Floats, light: Floats) -> float:
    """Return the difference of both ends of the lines as a share of their light: the median over banded samples."""
    banded = light.std(axis=1) >= np.median(light.std(axis=1))
    each_differs, each_varies = (np.median(np.abs(part[banded]), axis=1) for part in (differ, light))
    return float(np.median(each_differs / np.maximum(each_varies, LEAST)))


def _line_light(ratio: Floats) -> Floats:
    """Return the median light of each line relative to that of its sample: float32 array of shape (T, lines)."""
    light = np.median(ratio, axis=2)
    return np.asarray(light - np.median(light, axis=1, keepdims=True))


def _shorten_lines(image: Image, axis: Axis) -> Image:
    """Reduce the length of an image's lines; all lines are kept."""
    import cv2

    height, width, _ = image.shape
    size = (min(width, PIXELS_PER_LINE), height) if axis == "rows" else (width, min(height, PIXELS_PER_LINE))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _measure(samples: Image, axis: Axis) -> tuple[list[Bands], Image]:
    """Return the bands of each sample, and the background in the mean light of each line."""
    ground = np.asarray(np.median(samples, axis=0), np.uint8)
    for _ in range(ROUNDS):
        bands = map_samples(partial(_bands, samples, ground, axis), len(samples))
        mean = np.mean([light.gains for light in bands], axis=0, dtype=np.float32)
        bands = [Bands(light.gains / mean) for light in bands]
        compensated = np.stack([light.undo(sample) for light, sample in zip(bands, samples, strict=True)])
        ground = np.asarray(np.median(compensated, axis=0), np.uint8)
    return bands, ground


def _bands(samples: Image, ground: Image, axis: Axis, number: int) -> Bands:
    return estimate_bands(samples[number], ground, axis)


def _explains(bands: Sequence[Bands], samples: Image, ground: Image) -> bool:
    """Whether gains of lines leave a much smaller residual than one gain for each whole sample."""
    whole = map_samples(partial(_bands, samples, ground, "frame"), len(samples))
    left, before = (_residual(samples, ground, light) for light in (bands, whole))
    return left <= LEFT * before and before - left >= GAINED


def _residual(samples: Image, ground: Image, lights: Sequence[Bands]) -> float:
    """Return the residual of the samples in their light: the mean of their medians, in 8-bit levels."""
    pairs = zip(samples, lights, strict=True)
    return float(np.mean([np.median(max_difference(light.undo(sample, ground), ground)) for sample, light in pairs]))


def _replace(stack: SampleStack, flicker: Flicker, bands: Sequence[Bands], ground: Image) -> None:
    """Replace the samples, and their neighbours, by the compensated ones."""
    import cv2

    large = np.asarray(cv2.resize(ground, (stack.width, stack.height), interpolation=cv2.INTER_LINEAR), np.uint8)
    for number, light in enumerate(bands):
        stack.replace(number, light.undo(stack.image(number), large))
    neighbours = stack.small_neighbours
    if neighbours is not None:
        ground = shrink(large)
        for number, image in enumerate(neighbours):
            neighbours[number] = flicker.bands(image, ground).undo(image, ground)
