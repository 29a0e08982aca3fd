"""Least size of a region in clips with snow, rain or glints: regions absent from the neighbouring frame are noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stillplate.arrays import Doubles, Floats, Image, Mask
from stillplate.imaging.resize import downscale, working_factor
from stillplate.kernels import Components
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.cleanup import LEAST
from stillplate.threads import map_samples

__all__ = ["drop_specks", "learn_specks", "speck_weights"]

FindMask = Callable[[Image], Mask]

COLUMNS = 16  # columns of the map of speck sizes
AROUND = 0.12  # share of the width: radius within which regions determine the speck size of a cell
LARGEST = 4 * LEAST  # share of the image: larger regions are objects
FEWEST = 12  # least number of regions within the radius, over all pairs of frames, to determine a speck size
PERSISTENT = 0.5  # share of regions persistent in the neighbouring frame beyond chance from which on all are objects
REACH = 1.0  # diameters that an object moves from frame to frame, at most
REACH_LEAST = 4.0  # pixels that an object may move from frame to frame besides
PARTS = (0.25, 0.5, 1.0)  # shares of the reach that are tried: among many objects, short reaches match less by chance
ALIKE = 2.5  # largest ratio of the areas of one object in two neighbouring frames
QUANTILE = 0.95  # quantile of the areas of regions that do not persist
MARGIN = 1.5  # multiple of that quantile up to which regions are specks
SLOWEST = 8.0  # frames a second: at lower rates, a small object moves farther than the reach


def learn_specks(stack: SampleStack, find_mask: FindMask) -> Floats | None:
    """Return the least area of an object, learnt from the regions that do not persist to the next frame.

    Parameters
    ----------
    stack : SampleStack
        Gathered with neighbours.
    find_mask : callable
        Returns the mask of an image of the size at which masks are computed.

    Returns
    -------
    float32 array of shape (h, 16), share of the image, or None
        Least area of a region, in each cell. None if there are no specks, or too little to measure them: fewer than 2
        neighbours were kept, or the clip has fewer than 8 frames a second.

    Notes
    -----
    A region of a sample persists if the neighbouring frame has a region of similar area (ratio below 2.5) within a
    diameter plus 4 pixels. The share that persists by chance is measured on the neighbours of other samples. Where
    less than half of the regions within 12 % of the width persist beyond chance, at this reach, half and a quarter of
    it, regions are specks up to 1.5 times the 0.95 quantile of the areas of those that do not persist, and up to 0.2 %
    of the image at most.
    """
    if len(stack.neighbours) < 2 or _rate(stack) < SLOWEST:
        return None
    numbers, neighbours = list(stack.neighbours), list(stack.neighbours.values())
    regions_of_neighbours = map_samples(lambda at: _regions(find_mask(neighbours[at])), len(numbers))

    def regions_of(at: int) -> Doubles:
        return _regions(find_mask(downscale(stack.image(numbers[at]), working_factor(stack.width))))

    regions_of_samples = map_samples(regions_of, len(numbers))
    shape = neighbours[0].shape[:2]
    limit = LARGEST * shape[0] * shape[1]
    small = [regions[regions[:, 2] < limit] for regions in regions_of_samples]
    if sum(map(len, small)) < FEWEST:
        return None
    persistent = np.concatenate([_persists(*pair) for pair in zip(small, regions_of_neighbours, strict=True)], axis=1)
    chance = np.concatenate(
        [_persists(*pair) for pair in zip(small, regions_of_neighbours[1:] + regions_of_neighbours[:1], strict=True)],
        axis=1,
    )
    return _map(np.concatenate(small), persistent, chance, shape)


def drop_specks(mask: Mask, weights: Floats | None) -> Mask:
    """Drop the regions of a mask that are smaller than the least area where they lie, by their `speck_weights`."""
    if weights is None or not mask.any():
        return mask
    regions = Components.of(mask)
    return regions.select(regions.sums(weights) >= 1)


def speck_weights(specks: Floats, height: int, width: int) -> Floats:
    """Return 1 / least area of a region in pixels, at each pixel of a picture: float32 of shape (height, width)."""
    import cv2

    areas = cv2.resize(specks, (width, height), interpolation=cv2.INTER_LINEAR) * np.float32(height * width)
    return np.asarray(1 / np.maximum(areas, 1e-3), np.float32)


def _rate(stack: SampleStack) -> float:
    """Return the frames a second of the sampled clip; 0 if it has no duration."""
    seconds = float(stack.times[-1] - stack.times[0])
    return (stack.indices[-1] - stack.indices[0]) / seconds if seconds else 0.0


def _regions(mask: Mask) -> Doubles:
    """Return centroid x, y and area of each region: float64 array of shape (N, 3)."""
    import cv2

    _, _, stats, centroids = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    return np.column_stack([centroids[1:], stats[1:, cv2.CC_STAT_AREA]])


def _persists(regions: Doubles, others: Doubles) -> Mask:
    """Mark which of N regions persist in another frame, for each part of the reach: bool array of shape (3, N)."""
    if not len(others):
        return np.zeros((len(PARTS), len(regions)), np.bool_)
    distance = np.hypot(*(regions[:, None, axis] - others[None, :, axis] for axis in (0, 1)))
    ratio = others[None, :, 2] / regions[:, None, 2]
    alike, reach = (ratio < ALIKE) & (ratio > 1 / ALIKE), REACH * np.sqrt(regions[:, None, 2]) + REACH_LEAST
    return np.stack([((distance < part * reach) & alike).any(axis=1) for part in PARTS])


def _map(regions: Doubles, persistent: Mask, chance: Mask, shape: tuple[int, ...]) -> Floats | None:
    """Return the least area in each cell, as a share of the image; None if it is 0 everywhere."""
    height, width = shape
    rows: int = max(1, round(COLUMNS * height / width))
    down, across = (np.arange(rows) + 0.5) * height / rows, (np.arange(COLUMNS) + 0.5) * width / COLUMNS
    areas = np.zeros((rows, COLUMNS), np.float32)
    for row, y in enumerate(down):
        for column, x in enumerate(across):
            near = np.hypot(regions[:, 0] - x, regions[:, 1] - y) < AROUND * width
            areas[row, column] = _speck_area(regions[near, 2], persistent[:, near], chance[:, near])
    return np.minimum(areas / (height * width), np.float32(LARGEST)) if areas.any() else None


def _speck_area(areas: Doubles, persistent: Mask, chance: Mask) -> float:
    """Return the area up to which regions are specks, in pixels; 0 if they persist."""
    if len(areas) < FEWEST:
        return 0.0
    by_chance = np.count_nonzero(chance, axis=1)
    beyond = (np.count_nonzero(persistent, axis=1) - by_chance) / np.maximum(1, len(areas) - by_chance)
    not_persistent = areas[~persistent[-1]]
    return (
        MARGIN * float(np.quantile(not_persistent, QUANTILE))
        if beyond.max() < PERSISTENT and len(not_persistent)
        else 0.0
    )
