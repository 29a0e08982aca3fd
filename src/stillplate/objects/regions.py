"""The connected regions of a mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.cleanup import LEAST

__all__ = ["Region", "find_regions"]

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """A connected part of a mask: one thing, or several that touch.

    Attributes
    ----------
    box : (int, int, int, int)
        Left, top, width and height, in pixels.
    area : int
        Pixels that it covers.
    centroid : (float, float)
        Mean x and y of its pixels.
    mask : bool array of shape (height, width)
        Its pixels, within the box.
    """

    box: tuple[int, int, int, int]
    area: int
    centroid: tuple[float, float]
    mask: Mask


def find_regions(mask: Mask) -> tuple[Region, ...]:
    """Find the things in a mask.

    Parameters
    ----------
    mask : bool array of shape (H, W)

    Returns
    -------
    tuple of Region
        Neighbours in eight directions belong together. Regions under 0.05 % of the picture are specks and left out. In
        the order of their top rows, from the left where these are equal.
    """
    import cv2

    count, labels, stats, centroids = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    large = [number for number in range(1, count) if stats[number, cv2.CC_STAT_AREA] >= LEAST * mask.size]
    regions = []
    for number in large:
        x, y, width, height, area = (int(value) for value in stats[number])
        own = np.asarray(labels[y : y + height, x : x + width] == number)
        cx, cy = centroids[number]
        regions.append(Region((x, y, width, height), area, (float(cx), float(cy)), own))
    return tuple(sorted(regions, key=lambda region: (region.box[1], region.box[0])))
