"""Learning the noise of the background from the samples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import block, square
from stillplate.imaging.resize import downscale, working_factor
from stillplate.io.phases import log_phase
from stillplate.photometry.appearance import Appearance, visible_appearances, with_appearances
from stillplate.photometry.gain import estimate_gain, relit
from stillplate.sampling.exclusion import Validity
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.cleanup import REACH, solid
from stillplate.segmentation.noise import FLOOR, TIMES, Noise, distance, smooth, trust
from stillplate.segmentation.options import EQUAL_WEIGHTS

__all__ = ["AROUND", "AT_MOST", "GRID", "MOST", "learn", "quantile"]

GRID = 400  # largest number of columns of the noise map; noise varies slowly over the image
MOST = 96  # largest number of samples that are compared
RUNS = 8  # runs of consecutive samples into which the clip is divided
IN_RUN = 0.9  # quantile of the differences within a run: one sample in ten reaches it
OF_RUNS = 0.6  # quantile over the runs: noise recurs if four of eight runs reach it
EXPLAINED = REACH  # share of the width: sway and ripples move colours of the plate this differences
NEAR = 0.03  # share of the width: distance from foreground within which every difference counts as foreground
NEAR_FLOOR = 0.75  # share of the least threshold above which a pixel near foreground differs
ROUNDS = 3  # alternations between marking foreground and measuring noise
SELDOM = 0.1  # share of the samples: where fewer show the plate, it is taken for wrong and they for the background
MOSTLY = 0.2  # share of the samples left out at either end when testing whether one object hides the plate
STEADY = 0.25  # share of the median difference: a smaller spread of the other samples means one stationary object
AROUND = 0.12  # share of the width: side of the box over which the noise is averaged to limit it
AT_LEAST = 1.5  # multiple of the local mean: least noise, as a still pixel in a tree may move later
AT_MOST = 2.5  # multiple of the local mean: largest noise, as more comes from foreground that was not marked


def learn(
    stack: SampleStack,
    plate: Image,
    valid: Validity | None = None,
    numbers: Sequence[int] | None = None,
    *,
    calm: bool = False,
    looks: Sequence[Appearance] = (),
    seen: Mask | None = None,
) -> Noise:
    """Return the noise of the background, learnt from the samples.

    Parameters
    ----------
    stack : SampleStack
        The samples, registered to the plate.
    plate : uint8 array of shape (H, W, 3), RGB
    valid : Validity, optional
        Where each sample is valid; everywhere if not given.
    numbers : sequence of int, optional
        Numbers of the samples to compare; all of them if not given.
    calm : bool
        Whether images are smoothed before comparison, as in the dark, where sensor noise is as strong as objects.
    looks : sequence of Appearance
        Other appearances of parts of the plate.
    seen : bool array of shape (H, W), optional
        Where the plate is known to show the background, even if few samples do; nowhere if not given.

    Returns
    -------
    Noise
    """
    import cv2

    log_phase("learn masks")
    factor = working_factor(stack.width)
    background = downscale(plate, factor)
    width = background.shape[1]
    step = -(-width // GRID)
    looks = [look.downscale(plate, factor) for look in looks]
    plate_range = _range(background)
    differences, unexplained, colour_differences = [], [], []
    numbers_given = np.arange(len(stack)) if numbers is None else np.asarray(numbers)
    compared = numbers_given[np.unique(np.linspace(0, len(numbers_given) - 1, MOST).astype(int))]
    for number in compared.tolist():
        image = downscale(stack.image(number), factor)
        gain = estimate_gain(image, background)
        image = relit(image, gain)
        view = with_appearances(
            background, looks, visible_appearances(image, looks, partial(with_appearances, background, looks))
        )
        lowest, highest = plate_range if view is background else _range(view)
        difference, colour_difference = (
            distance(image, view, factor, EQUAL_WEIGHTS, common=common, calm=calm) for common in (0, 1)
        )
        differences.append(difference[::step, ::step])
        colour_differences.append(colour_difference[::step, ::step])
        outside = np.maximum(cv2.subtract(lowest, image), cv2.subtract(image, highest))
        unexplained.append(smooth(outside.mean(axis=2, dtype=np.float32), factor)[::step, ::step])
    edges = cv2.morphologyEx(background, cv2.MORPH_GRADIENT, square(3)).mean(axis=2).astype(np.float32)[::step, ::step]
    left_out = None if valid is None else ~valid.small(*edges.shape)[compared]
    known_background = None if seen is None else seen[::factor, ::factor][::step, ::step]
    level, colour = (
        _recurring(np.stack(part), np.stack(unexplained), edges, left_out, known_background)
        for part in (differences, colour_differences)
    )
    return Noise(level, colour, calm)


def _range(plate: Image) -> tuple[Image, Image]:
    """Return the lowest and highest level of each channel of the plate within `EXPLAINED` of each pixel."""
    import cv2

    reach = square(2 * max(1, round(EXPLAINED * plate.shape[1])) + 1)
    return np.asarray(cv2.erode(plate, reach), np.uint8), np.asarray(cv2.dilate(plate, reach), np.uint8)


def _recurring(
    differences: Floats, unexplained: Floats, edges: Floats, left_out: Mask | None, seen: Mask | None
) -> Floats:
    """Return the recurring noise, float32 of shape (h, w), of differences without those of foreground."""
    import cv2

    width = edges.shape[1]
    evidence, thresholds = unexplained, np.full_like(edges, FLOOR)
    for _ in range(ROUNDS):
        foreground = np.stack([_find_foreground(e, d, thresholds) for e, d in zip(evidence, differences, strict=True)])
        level = cv2.blur(_quantile_of_runs(differences, foreground, left_out, seen), (5, 5))
        side = max(7, int(AROUND * width) | 1)
        around = cv2.blur(level, (side, side))
        level = np.maximum(np.minimum(level, AT_MOST * around + 0.5 * edges), AT_LEAST * around)
        evidence, thresholds = differences, np.maximum(FLOOR, TIMES * level)
    return np.asarray(level)


def _find_foreground(evidence: Floats, differences: Floats, thresholds: Floats) -> Mask:
    """Mark the foreground of one sample: solid regions of evidence, and differences near them."""
    import cv2

    width = differences.shape[1]
    found = cv2.dilate(solid(evidence / thresholds, trust(thresholds)).view(np.uint8), block(REACH * width))
    near = cv2.dilate(found, block(NEAR * width)).view(np.bool_)
    return found.view(np.bool_) | (near & (cv2.dilate(differences, square(3)) > NEAR_FLOOR * FLOOR))


def _quantile_of_runs(differences: Floats, foreground: Mask, left_out: Mask | None, seen: Mask | None) -> Floats:
    """Return the quantile over the runs of the quantile in each run, of the samples that show the background."""
    count = len(differences)
    plausible = np.count_nonzero(foreground, axis=0) <= (1 - SELDOM) * count
    if seen is not None:
        hidden = seen & ~plausible
        plausible[hidden] = _is_stationary(differences[:, hidden])
    foreground = foreground & plausible
    if left_out is not None:
        foreground |= left_out
    runs = [slice(count * run // RUNS, count * (run + 1) // RUNS) for run in range(RUNS)]
    of_runs = np.full((RUNS, *differences.shape[1:]), np.inf, np.float32)
    for result, run in zip(of_runs, runs, strict=True):
        size = run.stop - run.start
        if size:
            result[:] = quantile(differences[run], foreground[run], IN_RUN, least=size / 2)
    level = quantile(of_runs, np.isinf(of_runs), OF_RUNS, least=1)
    unknown = np.isinf(level)
    if unknown.any():
        rest = quantile(differences[:, unknown], foreground[:, unknown], 0.5, least=1)
        level[unknown] = np.where(np.isinf(rest), 0, rest)
    return level


def _is_stationary(differences: Floats) -> Mask:
    """Mark pixels of equal differences, float32 of shape (T, N), in most samples: a stationary object hides them."""
    low, middle, high = np.quantile(differences, (MOSTLY, 0.5, 1 - MOSTLY), axis=0)
    return np.asarray(high - low < STEADY * middle)


def quantile(values: Floats, left_out: Mask, share: float, least: float) -> Floats:
    """Return the linearly interpolated quantile along axis 0 of values not left out; inf where fewer than `least`."""
    ordered = np.sort(np.where(left_out, np.inf, values), axis=0)
    counts = np.count_nonzero(~left_out, axis=0)
    position = share * np.maximum(counts - 1, 0)
    below = position.astype(np.intp)
    above = np.minimum(below + 1, np.maximum(counts - 1, 0))
    low = np.take_along_axis(ordered, below[None], 0)[0]
    high = np.take_along_axis(ordered, above[None], 0)[0]
    too_few = (counts < least) | (counts == 0)
    with np.errstate(invalid="ignore"):
        value = low + (high - low) * (position - below)
    return np.where(too_few, np.inf, value).astype(np.float32)
