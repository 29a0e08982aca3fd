"""How large a region must be in clips with snow, rain or glints: regions that no neighbouring frame has are noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stillplate.arrays import Doubles, Floats, Image, Mask
from stillplate.imaging.resize import downscale, working_factor
from stillplate.kernels import Components
from stillplate.sampling.stack import SampleStack
from stillplate.segmentation.cleanup import LEAST

__all__ = ["drop_specks", "learn_specks"]

FindMask = Callable[[Image], Mask]

COLUMNS = 16  # of the map of the largest specks
AROUND = 0.12  # of the width: regions so far around tell how large specks are
LARGEST = 4 * LEAST  # of the image: larger regions are things
FEWEST = 12  # regions around, over all pairs of frames, that can tell
PERSISTENT = 0.5  # share of the regions that the neighbouring frame has, beyond chance, from which on all are things
REACH, REACH_LEAST = 1.0, 4.0  # diameters, and pixels, that a thing moves from frame to frame ...
PARTS = (0.25, 0.5, 1.0)  # ... or a part of that: among many things, what moves little is known by little
ALIKE = 2.5  # ratio of the areas of one thing in two neighbouring frames
QUANTILE, MARGIN = 0.95, 1.5  # of the specks' areas
SLOWEST = 8.0  # frames a second: in fewer, a small thing is elsewhere in the next frame


def learn_specks(stack: SampleStack, find_mask: FindMask) -> Floats | None:
    """Learn how large the regions are that come and go from frame to frame.

    Parameters
    ----------
    stack : SampleStack
        Gathered with neighbours.
    find_mask : callable
        The mask of an image at the size that masks are found on.

    Returns
    -------
    float32 array of shape (h, 16), share of the image, or None
        Least area of a region there; None where there are no specks, or nothing tells: fewer than 2 neighbours are
        kept, or the clip has fewer than 8 frames a second.

    Notes
    -----
    A region of a sample persists if its neighbour in the clip has one of a similar area (ratio below 2.5) within a
    diameter and 4 pixels. The share of such regions by chance is measured with the neighbours of other samples. Where
    less than half persist beyond chance, within 12 % of the width, and no more within a half and a quarter of that
    reach, regions are specks up to 1.5 times the 0.95 quantile of the
    areas of those that do not persist, but no more than 0.2 % of the image.
    """
    if len(stack.neighbours) < 2 or _rate(stack) < SLOWEST:
        return None
    beside = [_regions(find_mask(image)) for image in stack.neighbours.values()]
    here: list[Doubles] = []
    shape = (0, 0)
    for number in stack.neighbours:
        mask = find_mask(downscale(stack.image(number), working_factor(stack.width)))
        here.append(_regions(mask))
        shape = mask.shape
    limit = LARGEST * shape[0] * shape[1]
    seen = [regions[regions[:, 2] < limit] for regions in here]
    if sum(map(len, seen)) < FEWEST:
        return None
    found = np.concatenate([_found(*pair) for pair in zip(seen, beside, strict=True)], axis=1)
    chance = np.concatenate([_found(*pair) for pair in zip(seen, beside[1:] + beside[:1], strict=True)], axis=1)
    return _map(np.concatenate(seen), found, chance, shape)


def drop_specks(mask: Mask, specks: Floats | None) -> Mask:
    """Drop the regions of a mask that are no larger than specks are there."""
    import cv2

    if specks is None or not mask.any():
        return mask
    areas = cv2.resize(specks, mask.shape[::-1], interpolation=cv2.INTER_LINEAR) * np.float32(mask.size)
    regions = Components.of(mask)
    return regions.where(regions.weights(1 / np.maximum(areas, 1e-3).astype(np.float32)) >= 1)


def _rate(stack: SampleStack) -> float:
    """Frames a second."""
    seconds = float(stack.times[-1] - stack.times[0])
    return (stack.indices[-1] - stack.indices[0]) / seconds if seconds else 0.0


def _regions(mask: Mask) -> Doubles:
    """Centroid x, y and area of each region: float64 array of shape (N, 3)."""
    import cv2

    _, _, stats, centroids = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    return np.column_stack([centroids[1:], stats[1:, cv2.CC_STAT_AREA]])


def _found(regions: Doubles, others: Doubles) -> Mask:
    """Which of N regions another frame has, within each part of the reach: bool array of shape (3, N)."""
    if not len(others):
        return np.zeros((len(PARTS), len(regions)), np.bool_)
    apart = np.hypot(*(regions[:, None, axis] - others[None, :, axis] for axis in (0, 1)))
    ratio = others[None, :, 2] / regions[:, None, 2]
    alike, reach = (ratio < ALIKE) & (ratio > 1 / ALIKE), REACH * np.sqrt(regions[:, None, 2]) + REACH_LEAST
    return np.stack([((apart < part * reach) & alike).any(axis=1) for part in PARTS])


def _map(regions: Doubles, found: Mask, chance: Mask, shape: tuple[int, ...]) -> Floats | None:
    height, width = shape
    rows: int = max(1, round(COLUMNS * height / width))
    down, across = (np.arange(rows) + 0.5) * height / rows, (np.arange(COLUMNS) + 0.5) * width / COLUMNS
    areas = np.zeros((rows, COLUMNS), np.float32)
    for row, y in enumerate(down):
        for column, x in enumerate(across):
            near = np.hypot(regions[:, 0] - x, regions[:, 1] - y) < AROUND * width
            areas[row, column] = _largest(regions[near, 2], found[:, near], chance[:, near])
    return np.minimum(areas / (height * width), np.float32(LARGEST)) if areas.any() else None


def _largest(areas: Doubles, found: Mask, chance: Mask) -> float:
    """Area up to which regions are specks, in pixels; 0 where they persist."""
    if len(areas) < FEWEST:
        return 0.0
    by_chance = np.count_nonzero(chance, axis=1)
    beyond = (np.count_nonzero(found, axis=1) - by_chance) / np.maximum(1, len(areas) - by_chance)
    lost = areas[~found[-1]]
    return MARGIN * float(np.quantile(lost, QUANTILE)) if beyond.max() < PERSISTENT and len(lost) else 0.0
