"""The connected regions of a mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate.arrays import Mask
from stillplate.segmentation.options import smallest_area

__all__ = ["Region", "count_regions", "find_regions"]


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A connected component of a mask: one object, or several that touch.

    Attributes
    ----------
    box : (int, int, int, int)
        Left, top, width and height, in pixels.
    area : int
        Number of pixels.
    centroid : (float, float)
        Mean x and y of its pixels.
    mask : bool array of shape (height, width)
        Mask of the region within its box.
    """

    box: tuple[int, int, int, int]
    area: int
    centroid: tuple[float, float]
    mask: Mask


SPECK = 1e-5  # share of the image: smaller regions are noise of a mask without cleanup


def find_regions(mask: Mask, min_size: float | str | None = None) -> tuple[Region, ...]:
    """Return the regions of a mask.

    Parameters
    ----------
    mask : bool array of shape (H, W)
    min_size : float or str, optional
        Least diameter of a region, as a disc of its area: in pixels, or "1%" of the width. By default 0.001 % of the
        image's area.

    Returns
    -------
    tuple of Region
        8-connected regions, in the order of their top rows, from left to right if these are equal.

    Raises
    ------
    ParameterError
        If `min_size` is not as above.
    """
    import cv2

    count, labels, stats, centroids = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    least = _least_area(mask, min_size)
    large = [number for number in range(1, count) if stats[number, cv2.CC_STAT_AREA] >= least]
    regions = []
    for number in large:
        x, y, width, height, area = (int(value) for value in stats[number])
        own = np.asarray(labels[y : y + height, x : x + width] == number)
        cx, cy = centroids[number]
        regions.append(Region((x, y, width, height), area, (float(cx), float(cy)), own))
    return tuple(sorted(regions, key=lambda region: (region.box[1], region.box[0])))


def count_regions(mask: Mask, min_size: float | str | None = None) -> int:
    """Return the number of regions that `find_regions` returns."""
    import cv2

    _, _, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    return int(np.count_nonzero(stats[1:, cv2.CC_STAT_AREA] >= _least_area(mask, min_size)))


def _least_area(mask: Mask, min_size: float | str | None) -> float:
    """Return the least area of a region, in pixels."""
    return SPECK * mask.size if min_size is None else smallest_area(min_size, mask.shape[1])
