"""The regions of a plate that never showed the ground."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate.arrays import Flags

__all__ = ["LEAST_UNSEEN", "UnseenRegion", "unseen_regions"]

LEAST_UNSEEN = 1 / 2000  # share of the plate: less is not told
MOST = 3  # regions that are named, at most, the largest ones


@dataclass(frozen=True, slots=True)
class UnseenRegion:
    """A connected region of the plate where no two samples agree on the ground.

    Attributes
    ----------
    box : (int, int, int, int)
        x, y, width and height, in pixels of the plate.
    area_share : float
        Share of the plate, of the part that any frame shows, 0..1.
    """

    box: tuple[int, int, int, int]
    area_share: float

    def __str__(self) -> str:
        x, y, width, height = self.box
        return f"x={x} y={y}, {width}x{height} pixels ({self.area_share:.1%})"


def unseen_regions(seen: Flags, filmed: Flags | None = None) -> tuple[UnseenRegion, ...]:
    """Return the largest regions that were never seen, three at most, each of 1/2000 of the plate or more.

    Parameters
    ----------
    seen : bool array of shape (H, W)
        Where some sample certainly shows the background.
    filmed : bool array of shape (H, W), optional
        Where any frame lies; everywhere if omitted.
    """
    import cv2

    unseen = ~seen if filmed is None else filmed & ~seen
    whole = max(1, seen.size if filmed is None else int(np.count_nonzero(filmed)))
    _, _, stats, _ = cv2.connectedComponentsWithStats(unseen.view(np.uint8))
    areas = stats[1:, cv2.CC_STAT_AREA]
    largest = np.argsort(-areas, kind="stable")[:MOST]
    return tuple(
        UnseenRegion((x, y, width, height), area / whole)
        for x, y, width, height, area in stats[1 + largest].tolist()
        if area >= LEAST_UNSEEN * whole
    )
