"""How the noise of the background is learnt from the samples."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import block, square
from stillplate.imaging.resize import downscale, working_factor
from stillplate.io.phases import log_phase
from stillplate.photometry.appearance import Appearance, visible_appearances, with_appearances
from stillplate.photometry.gain import estimate_gain
from stillplate.sampling.exclusion import Validity
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.cleanup import REACH, solid
from stillplate.segmentation.noise import FLOOR, TIMES, Noise, distance, smooth, trust
from stillplate.segmentation.options import EQUAL_WEIGHTS

__all__ = ["AROUND", "AT_MOST", "GRID", "MOST", "learn", "quantile"]

GRID = 400  # columns, at most, of the map: noise is smooth
MOST = 96  # samples that are heard
RUNS, IN_RUN, OF_RUNS = 8, 0.9, 0.6  # what recurs: reached by one in ten samples of a run, in 4 of 8 runs of time
EXPLAINED = REACH  # of the width: a sample is explained by a colour that the plate shows so near by (sway, ripples)
NEAR = 0.03  # of the width: so near to what is not explained, all that differs is taken for foreground
NEAR_FLOOR = 0.75  # of the floor: what differs
ROUNDS = 3
SELDOM = 0.1  # of the samples: a plate that shows less often is wrong, and what is there in its place is the ground ...
MOSTLY, STEADY = 0.2, 0.25  # ... unless one thing hides it: three fifths of the samples differ by less than a quarter
AROUND, AT_LEAST, AT_MOST = 0.12, 1.5, 2.5  # of the width: noise is so many times its mean around, or
# a quiet pixel in a tree would be foreground once it moves, and a loud one on a wall is foreground that leaked in


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
    """Learn from the samples what the ground does by itself.

    Parameters
    ----------
    stack : SampleStack
        The samples, in the plate's place.
    plate : uint8 array of shape (H, W, 3), RGB
    valid : Validity, optional
        Which samples count where; all of them if not given.
    numbers : sequence of int, optional
        Of the samples to hear; all of them if not given.
    calm : bool
        Whether pictures are smoothed before they are compared, as in the dark, where the sensor is as loud as things.
    looks : sequence of Look
        That parts of the plate have at times.
    seen : bool array of shape (H, W), optional
        Where the plate is known to show the ground, however seldom the samples do; nowhere if not given.

    Returns
    -------
    Noise
    """
    import cv2

    log_phase("learn masks")
    factor = working_factor(stack.width)
    ground = downscale(plate, factor)
    width = ground.shape[1]
    step = -(-width // GRID)
    looks = [look.downscale(plate, factor) for look in looks]
    usual = _range(ground)
    far, unexplained, off = [], [], []
    known = np.arange(len(stack)) if numbers is None else np.asarray(numbers)
    heard = known[np.unique(np.linspace(0, len(known) - 1, MOST).astype(int))]
    for number in heard.tolist():
        image = downscale(stack.image(number), factor)
        gain = estimate_gain(image, ground)
        image = gain.undo(image) if gain.noticeable else image
        view = with_appearances(
            ground, looks, visible_appearances(image, looks, partial(with_appearances, ground, looks))
        )
        lowest, highest = usual if view is ground else _range(view)
        levels, hue = (distance(image, view, factor, EQUAL_WEIGHTS, common=common, calm=calm) for common in (0, 1))
        far.append(levels[::step, ::step])
        off.append(hue[::step, ::step])
        outside = np.maximum(cv2.subtract(lowest, image), cv2.subtract(image, highest))
        unexplained.append(smooth(outside.mean(axis=2, dtype=np.float32), factor)[::step, ::step])
    edges = cv2.morphologyEx(ground, cv2.MORPH_GRADIENT, square(3)).mean(axis=2).astype(np.float32)[::step, ::step]
    left_out = None if valid is None else ~valid.small(*edges.shape)[heard]
    known_ground = None if seen is None else seen[::factor, ::factor][::step, ::step]
    level, colour = (
        _recurring(np.stack(part), np.stack(unexplained), edges, left_out, known_ground) for part in (far, off)
    )
    return Noise(level, colour, calm)


def _range(plate: Image) -> tuple[Image, Image]:
    """The lowest and the highest level of each channel that the plate shows near by."""
    import cv2

    reach = square(2 * max(1, round(EXPLAINED * plate.shape[1])) + 1)
    return np.asarray(cv2.erode(plate, reach), np.uint8), np.asarray(cv2.dilate(plate, reach), np.uint8)


def _recurring(far: Floats, unexplained: Floats, edges: Floats, left_out: Mask | None, seen: Mask | None) -> Floats:
    import cv2

    width = edges.shape[1]
    evidence, thresholds = unexplained, np.full_like(edges, FLOOR)
    for _ in range(ROUNDS):
        moving = np.stack([_moving(e, d, thresholds) for e, d in zip(evidence, far, strict=True)])
        level = cv2.blur(_quantile_of_runs(far, moving, left_out, seen), (5, 5))
        side = max(7, int(AROUND * width) | 1)
        around = cv2.blur(level, (side, side))
        level = np.maximum(np.minimum(level, AT_MOST * around + 0.5 * edges), AT_LEAST * around)
        evidence, thresholds = far, np.maximum(FLOOR, TIMES * level)
    return np.asarray(level)


def _moving(evidence: Floats, far: Floats, thresholds: Floats) -> Mask:
    import cv2

    width = far.shape[1]
    found = cv2.dilate(solid(evidence / thresholds, trust(thresholds)).view(np.uint8), block(REACH * width))
    near = cv2.dilate(found, block(NEAR * width)).view(np.bool_)
    return found.view(np.bool_) | (near & (cv2.dilate(far, square(3)) > NEAR_FLOOR * FLOOR))


def _quantile_of_runs(far: Floats, moving: Mask, left_out: Mask | None, seen: Mask | None) -> Floats:
    """Quantile over the runs of time of the quantile in each, of the samples that show the ground."""
    count = len(far)
    believed = np.count_nonzero(moving, axis=0) <= (1 - SELDOM) * count
    if seen is not None:
        hidden = seen & ~believed
        believed[hidden] = _stands_still(far[:, hidden])
    moving = moving & believed
    if left_out is not None:
        moving |= left_out
    runs = [slice(count * run // RUNS, count * (run + 1) // RUNS) for run in range(RUNS)]
    each = np.full((RUNS, *far.shape[1:]), np.inf, np.float32)
    for result, run in zip(each, runs, strict=True):
        size = run.stop - run.start
        if size:
            result[:] = quantile(far[run], moving[run], IN_RUN, least=size / 2)
    level = quantile(each, np.isinf(each), OF_RUNS, least=1)
    rest = quantile(far, moving, 0.5, least=1)
    return np.where(np.isfinite(level), level, np.where(np.isfinite(rest), rest, 0)).astype(np.float32)


def _stands_still(far: Floats) -> Mask:
    """Which of N pixels, float32 of shape (T, N), are equally far from the plate in most samples: something stays."""
    low, middle, high = np.quantile(far, (MOSTLY, 0.5, 1 - MOSTLY), axis=0)
    return np.asarray(high - low < STEADY * middle)


def quantile(values: Floats, left_out: Mask, share: float, least: float) -> Floats:
    """Quantile along the first axis of what is not left out, between neighbours in a straight line; inf for too few."""
    ordered = np.sort(np.where(left_out, np.inf, values), axis=0)
    counts = np.count_nonzero(~left_out, axis=0)
    place = share * np.maximum(counts - 1, 0)
    below = place.astype(np.intp)
    above = np.minimum(below + 1, np.maximum(counts - 1, 0))
    low = np.take_along_axis(ordered, below[None], 0)[0]
    high = np.take_along_axis(ordered, above[None], 0)[0]
    few = (counts < least) | (counts == 0)
    with np.errstate(invalid="ignore"):
        value = low + (high - low) * (place - below)
    return np.where(few, np.inf, value).astype(np.float32)
