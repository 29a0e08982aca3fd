"""Learning the ground's own colours from the samples."""

from __future__ import annotations

from functools import partial
from itertools import combinations_with_replacement

import numpy as np

from stillplate import kernels
from stillplate.arrays import Doubles, Floats, Mask
from stillplate.imaging.morphology import square
from stillplate.kernels import Components
from stillplate.sampling.exclusion import Validity
from stillplate.segmentation.cleanup import solid
from stillplate.segmentation.ground import TIMES, Ground
from stillplate.segmentation.noise import FLOOR
from stillplate.segmentation.run_quantiles import quantile_of_runs
from stillplate.segmentation.sample_differences import SampleDifferences
from stillplate.threads import map_samples

__all__ = ["PAIRS", "learn_ground", "sums_of_products"]

BOX = 7  # cells: side of the box over which the ground's colours are pooled
UNUSUAL = 2.5  # multiples of the median difference: ground differs by less, unless it sways
STILL = 0.5  # levels: least median difference that is assumed
FEWEST = 3  # samples of the ground that a covariance needs
AROUND = 61  # cells: side of the box from which cells of fewer take theirs
ROUNDS = 2  # times that objects are looked for, and left out
OBJECT = 4.0  # standard deviations: least threshold at which they are
NEAR = 0.015  # share of the width: what lies as near to an object is left out, too
UNEXPLAINED = 0.5  # share of an object that no sway of the plate's colours explains
NORMAL = 2.5  # standard deviations: the tail where the ground was never seen; 0.9 quantile of χ, 3 degrees of freedom
QUIET = 2.0  # levels: recurring difference where the ground was never seen
PAIRS = tuple(combinations_with_replacement(range(3), 2))  # channels of which a covariance has a number
WIDE = 0.12  # share of the width: side of the box whose mean is the least recurring difference


def learn_ground(samples: SampleDifferences, valid: Validity | None = None) -> Ground:
    """Return the ground's own colours.

    Parameters
    ----------
    samples : SampleDifferences
        From the plate.
    valid : Validity, optional
        Where each sample is valid; everywhere if not given.

    Returns
    -------
    Ground

    Notes
    -----
    What differs little, or shows a colour of the plate near by, is taken for ground. Then twice: its covariance makes
    distances of all differences; solid regions of large ones, mostly unexplained by the plate's colours, are left out.
    """
    import cv2

    differences, left_out = samples.signed, samples.left_out(valid)
    levels = np.stack(map_samples(lambda t: _level(differences[t]), len(differences)))
    own = _usual(levels, samples.unexplained)
    strange, ground = ~own, own if left_out is None else own & ~left_out
    for number in range(ROUNDS + 1):
        factors = _factors(differences, ground)
        distances = np.stack(map_samples(partial(_distance, differences, factors), len(differences)))
        tail = _recurring(distances, ground, NORMAL)
        if number < ROUNDS:
            limit = np.maximum(np.float32(OBJECT), np.float32(TIMES) * tail)
            objects = np.stack(map_samples(partial(_objects, distances, limit, strange), len(distances)))
            ground = ~objects if left_out is None else ~(objects | left_out)
    level = _recurring(levels, ground, QUIET)
    side = int(WIDE * level.shape[1]) | 1
    level = np.maximum(level, cv2.blur(level, (side, side)))
    return Ground(factors.astype(np.float16), level.astype(np.float16), tail.astype(np.float16))


def _level(difference: Floats) -> Floats:
    """Return the mean absolute difference of the channels, float32 of shape (h, w)."""
    red, green, blue = (np.abs(difference[..., channel]) for channel in range(3))
    return np.asarray((red + green + blue) / np.float32(3))


def _usual(levels: Floats, unexplained: Floats) -> Mask:
    """Mark, bool of shape (T, h, w), what differs from the plate little, or as swaying ground does.

    A difference under 16 levels on still ground is no sway: there, faint objects have colours of the plate.
    """
    import cv2

    median = cv2.blur(kernels.quantile(levels, None, 0.5), (BOX, BOX))
    little = np.float32(UNUSUAL) * median
    faint = (levels > np.maximum(little, UNUSUAL * STILL)) & (levels < FLOOR)
    return np.asarray(((unexplained <= little + np.float32(1e-3)) & ~faint) | (levels <= little))


def _recurring(values: Floats, ground: Mask, unknown: float) -> Floats:
    """Return the recurring value of the ground, float32 of shape (h, w), averaged over 5x5 cells."""
    import cv2

    value = quantile_of_runs(values, ~ground)
    return np.asarray(cv2.blur(np.where(np.isinf(value), np.float32(unknown), value), (5, 5)))


def _factors(differences: Floats, ground: Mask) -> Floats:
    """Return U of (Σ + 1)⁻¹ = Uᵀ U of the ground, float32 of shape (6, h, w), row by row."""
    import cv2

    count = cv2.blur(ground.sum(axis=0, dtype=np.float32), (BOX, BOX))
    few = count < FEWEST
    share = cv2.blur((~few).astype(np.float32), (AROUND, AROUND)) if few.any() else None
    matrix = np.empty((3, 3, *count.shape))
    for (a, b), total in zip(PAIRS, sums_of_products(differences, ground), strict=True):
        mean = cv2.blur(total, (BOX, BOX)) / np.maximum(count, np.float32(1e-3))
        if share is not None:
            near = cv2.blur(np.where(few, np.float32(0), mean), (AROUND, AROUND)) / np.maximum(share, np.float32(1e-6))
            mean = np.where(few, near, mean)
        matrix[a, b] = mean + (a == b)
    return _inverse_root(matrix)


def sums_of_products(differences: Floats, ground: Mask) -> Floats:
    """Return the sums over the ground's samples of the products of two channels, float32 of shape (6, h, w)."""
    totals = np.zeros((len(PAIRS), *ground.shape[1:]), np.float32)
    product = np.empty_like(totals[0])
    for difference, shown in zip(differences, ground, strict=True):
        channels = [np.multiply(difference[..., channel], shown, dtype=np.float32) for channel in range(3)]
        for (a, b), total in zip(PAIRS, totals, strict=True):
            total += np.multiply(channels[a], channels[b], out=product)
    return totals


def _inverse_root(matrix: Doubles) -> Floats:
    """Return U of M⁻¹ = Uᵀ U, float32 of shape (6, h, w), row by row; of M, of shape (3, 3, h, w), the upper half.

    M = W Wᵀ with W = U⁻¹, which is triangular, too.
    """
    bb = np.sqrt(matrix[2, 2])
    rb, gb = matrix[0, 2] / bb, matrix[1, 2] / bb
    gg = np.sqrt(matrix[1, 1] - gb * gb)
    rg = (matrix[0, 1] - rb * gb) / gg
    rr = np.sqrt(matrix[0, 0] - rg * rg - rb * rb)
    rows = 1 / rr, -rg / (rr * gg), (rg * gb - rb * gg) / (rr * gg * bb), 1 / gg, -gb / (gg * bb), 1 / bb
    return np.stack(rows).astype(np.float32)


def _distance(differences: Floats, factors: Floats, sample: int) -> Floats:
    """Return the distance of one sample, in standard deviations of the ground: float32 of shape (h, w)."""
    return kernels.whitened(differences[sample], factors, threads=1)


def _objects(distances: Floats, limit: Floats, strange: Mask, sample: int) -> Mask:
    """Mark the objects of one sample: solid regions of evidence that are mostly strange, and what is near them."""
    import cv2

    regions = Components.of(solid(distances[sample] / limit))
    objects = regions.select(regions.count_in(strange[sample]) > UNEXPLAINED * regions.sizes())
    near = cv2.dilate(objects.view(np.uint8), square(2 * max(3, int(NEAR * limit.shape[1])) + 1))
    return np.asarray(near, np.uint8).view(np.bool_)
