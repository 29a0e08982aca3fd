"""Learning the noise of the background from the samples."""

from __future__ import annotations

from functools import partial

import numpy as np

from stillplate.arrays import Floats, Mask
from stillplate.imaging.morphology import block, square
from stillplate.sampling.exclusion import Validity
from stillplate.segmentation.cleanup import REACH, solid
from stillplate.segmentation.noise import FLOOR, TIMES, Noise, trust
from stillplate.segmentation.run_quantiles import quantile, quantile_of_runs
from stillplate.segmentation.sample_differences import SampleDifferences
from stillplate.threads import map_samples

__all__ = ["AROUND", "AT_MOST", "learn"]

NEAR = 0.03  # share of the width: distance from foreground within which every difference counts as foreground
NEAR_FLOOR = 0.75  # share of the least threshold above which a pixel near foreground differs
ROUNDS = 3  # alternations between marking foreground and measuring noise
SELDOM = 0.1  # share of the samples: where fewer show the plate, it is taken for wrong and they for the background
MOSTLY = 0.2  # share of the samples left out at either end when testing whether one object hides the plate
STEADY = 0.25  # share of the median difference: a smaller spread of the other samples means one stationary object
AROUND = 0.12  # share of the width: side of the box over which the noise is averaged to limit it
AT_LEAST = 1.5  # multiple of the local mean: least noise, as a still pixel in a tree may move later
AT_MOST = 2.5  # multiple of the local mean: largest noise, as more comes from foreground that was not marked


def learn(differences: SampleDifferences, valid: Validity | None = None, seen: Mask | None = None) -> Noise:
    """Return the noise of the background, learnt from the samples.

    Parameters
    ----------
    differences : SampleDifferences
        Of the samples from the plate.
    valid : Validity, optional
        Where each sample is valid; everywhere if not given.
    seen : bool array of shape (H, W), optional
        Where the plate is known to show the background, even if few samples do; nowhere if not given.

    Returns
    -------
    Noise
    """
    left_out = differences.left_out(valid)
    known_background = None if seen is None else seen[:: differences.spacing, :: differences.spacing]
    level, colour = (
        _recurring(part, differences.unexplained, differences.edges, left_out, known_background)
        for part in (differences.level, differences.colour)
    )
    return Noise(level, colour, differences.calm)


def _recurring(
    differences: Floats, unexplained: Floats, edges: Floats, left_out: Mask | None, seen: Mask | None
) -> Floats:
    """Return the recurring noise, float32 of shape (h, w), of differences without those of foreground."""
    import cv2

    width = edges.shape[1]
    evidence, thresholds = unexplained, np.full_like(edges, FLOOR)
    beside = np.stack([cv2.dilate(one, square(3)) > NEAR_FLOOR * FLOOR for one in differences])
    for _ in range(ROUNDS):
        find = partial(_find_foreground, evidence, beside, thresholds, trust(thresholds))
        foreground = np.stack(map_samples(find, len(evidence)))
        level = cv2.blur(_quantile_of_runs(differences, foreground, left_out, seen), (5, 5))
        side = max(7, int(AROUND * width) | 1)
        around = cv2.blur(level, (side, side))
        level = np.maximum(np.minimum(level, AT_MOST * around + 0.5 * edges), AT_LEAST * around)
        evidence, thresholds = differences, np.maximum(FLOOR, TIMES * level)
    return np.asarray(level)


def _find_foreground(evidence: Floats, beside: Mask, thresholds: Floats, weights: Floats, sample: int) -> Mask:
    """Mark the foreground of one sample: solid regions of evidence, and differences beside them."""
    import cv2

    width = thresholds.shape[1]
    found = cv2.dilate(solid(evidence[sample] / thresholds, weights).view(np.uint8), block(REACH * width))
    near = cv2.dilate(found, block(NEAR * width)).view(np.bool_)
    return np.asarray(found.view(np.bool_) | (near & beside[sample]))


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
    level = quantile_of_runs(differences, foreground)
    unknown = np.isinf(level)
    if unknown.any():
        rest = quantile(differences[:, unknown], foreground[:, unknown], 0.5, least=1)
        level[unknown] = np.where(np.isinf(rest), 0, rest)
    return level


def _is_stationary(differences: Floats) -> Mask:
    """Mark pixels of equal differences, float32 of shape (T, N), in most samples: a stationary object hides them."""
    low, middle, high = np.quantile(differences, (MOSTLY, 0.5, 1 - MOSTLY), axis=0)
    return np.asarray(high - low < STEADY * middle)
