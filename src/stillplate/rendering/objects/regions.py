"""The connected regions of a mask."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Mask
from stillplate.kernels import Components
from stillplate.rendering.objects.ellipse import Ellipse
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
    components : Components
        All of the mask.
    number : int
        Which of them it is.
    """

    box: tuple[int, int, int, int]
    area: int
    centroid: tuple[float, float]
    components: Components
    number: int

    @property
    def runs(self) -> npt.NDArray[np.int32]:
        """Its runs of pixels, as those of `Components`: int32 array of shape (R, 4)."""
        runs = self.components.runs
        return np.asarray(runs[runs[:, 3] == self.number])

    @property
    def ellipse(self) -> Ellipse:
        """The ellipse of its second moments, about its centroid."""
        return Ellipse.of(self.runs)

    @property
    def mask(self) -> Mask:
        """The region within its box: bool array of shape (height, width)."""
        x, y, width, height = self.box
        own = self.runs - np.array([y, x, x, self.number], np.int32)
        return Components(own, 1, (height, width)).select(np.ones(1, np.bool_))


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
    found = Components.of(np.ascontiguousarray(mask))
    measures = found.measures()
    numbers = np.flatnonzero(measures[:, 4] >= _least_area(mask, min_size))
    regions = [
        Region((left, top, right - left, bottom - top), area, (across / (2 * area), down / area), found, number)
        for number, (top, left, bottom, right, area, down, across) in zip(
            numbers.tolist(), measures[numbers].tolist(), strict=True
        )
    ]
    return tuple(sorted(regions, key=lambda region: (region.box[1], region.box[0])))


def count_regions(mask: Mask, min_size: float | str | None = None) -> int:
    """Return the number of regions that `find_regions` returns."""
    sizes = Components.of(np.ascontiguousarray(mask)).sizes()
    return int(np.count_nonzero(sizes >= _least_area(mask, min_size)))


def _least_area(mask: Mask, min_size: float | str | None) -> float:
    """Return the least area of a region, in pixels."""
    return SPECK * mask.size if min_size is None else smallest_area(min_size, mask.shape[1])
