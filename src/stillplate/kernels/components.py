"""The connected components of a mask, and sums over each of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Mask
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = ["Components"]


@dataclass(frozen=True, slots=True)
class Components:
    """The connected components (regions) of a mask, numbered in the order of their first pixels, row by row.

    Attributes
    ----------
    runs : int32 array of shape (R, 4)
        Runs of pixels along the rows, in raster order: row, first column, last column + 1, number of the region.
    count : int
        Number of regions.
    shape : (int, int)
        Height and width of the mask.

    Notes
    -----
    Runs of adjacent rows that touch are joined by union-find, so that the cost grows with the number of runs, not of
    pixels.

    References
    ----------
    A. Rosenfeld, J. L. Pfaltz, "Sequential operations in digital picture processing", J. ACM 13(4), 1966.
    :doi:`10.1145/321356.321357`

    Examples
    --------
    >>> mask = np.array([[1, 1, 0, 1], [0, 0, 0, 1]], np.bool_)
    >>> regions = Components.of(mask)
    >>> regions.sizes().tolist(), int(regions.select(regions.sizes() > 1).sum())
    ([2.0, 2.0], 4)
    """

    runs: npt.NDArray[np.int32]
    count: int
    shape: tuple[int, int]

    @classmethod
    def of(cls, mask: Mask, *, value: bool = True, diagonal: bool = True) -> Self:
        """Return the regions of a mask.

        Parameters
        ----------
        mask : bool array of shape (H, W)
        value : bool
            Value of the pixels that form regions; False gives the mask's holes and its surroundings.
        diagonal : bool
            Whether a pixel has eight neighbours; if not, it has four.

        Raises
        ------
        KernelError
            If the mask is not such an array.
        """
        check(mask, "mask", np.bool_, (None, None))
        height, width = mask.shape
        runs = np.empty((height * ((width + 1) // 2), 4), np.int32)
        found, count = _native.label_components(np.ascontiguousarray(mask), value, int(diagonal), runs)
        return cls(runs[:found].copy(), count, (height, width))

    def sizes(self) -> Doubles:
        """Return the number of pixels of each region: float64 array of shape (count,)."""
        return self._accumulate(_native.count_pixels, None)

    def count_in(self, mask: Mask) -> Doubles:
        """Return the number of pixels each region has in a mask, bool of shape (H, W): float64 of shape (count,)."""
        check(mask, "mask", np.bool_, self.shape)
        return self._accumulate(_native.count_pixels, np.ascontiguousarray(mask))

    def sums(self, picture: npt.NDArray[np.float32]) -> Doubles:
        """Return the sum of a map, float32 of shape (H, W), over each region: float64 of shape (count,)."""
        check(picture, "picture", np.float32, self.shape)
        return self._accumulate(_native.sum_values, np.ascontiguousarray(picture))

    def maxima(self, picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the largest value of a map, float32 of shape (H, W), in each region: float32 of shape (count,)."""
        check(picture, "picture", np.float32, self.shape)
        maxima = np.full(self.count, -np.inf, np.float32)
        _native.max_values(self.runs, np.ascontiguousarray(picture), maxima)
        return maxima

    def measures(self) -> npt.NDArray[np.int64]:
        """Return where each region lies, and how large it is.

        Returns
        -------
        int64 array of shape (count, 7)
            First row and column, those behind the last, pixels, and the sums of their rows and, twice, of their
            columns.
        """
        table = np.empty((self.count, 7), np.int64)
        _native.measure_components(self.runs, table)
        return table

    def border_shares(self, mask: Mask, reach: int) -> Doubles:
        """Return the share of each region's border that a mask covers.

        Parameters
        ----------
        mask : bool array of shape (H, W)
        reach : int, pixels

        Returns
        -------
        float64 array of shape (count,), 0..1
            The border of a region is the pixels `reach` to the left, right, above and below its own that are inside the
            image and in no region; the share is 0 if there are none.
        """
        check(mask, "mask", np.bool_, self.shape)
        border, covered = np.zeros(self.count), np.zeros(self.count)
        own = self.select(np.ones(self.count, np.bool_))
        _native.count_border(self.runs, own, np.ascontiguousarray(mask), reach, border, covered)
        return np.asarray(covered / np.maximum(border, 1))

    def select(self, keep: Mask) -> Mask:
        """Return a mask, bool of shape (H, W), of the regions for which `keep`, bool of shape (count,), is true."""
        check(keep, "keep", np.bool_, (self.count,))
        mask = np.zeros(self.shape, np.bool_)
        _native.fill_components(self.runs, keep, mask)
        return mask

    def _accumulate(self, add: Any, values: npt.NDArray[Any] | None) -> Doubles:
        """Return the sum that a kernel adds up for each region."""
        sums = np.zeros(self.count)
        add(self.runs, values, sums)
        return sums
