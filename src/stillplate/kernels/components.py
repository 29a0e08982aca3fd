"""The regions of a mask, and what they hold."""

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
    """The connected components of a mask, or regions, numbered as they first come, row by row.

    Attributes
    ----------
    runs : int32 array of shape (R, 4)
        Runs of pixels along the rows, in their order: row, first column, last column + 1, number of the region.
    count : int
        How many regions there are.
    shape : (int, int)
        Of the picture.

    Notes
    -----
    Runs of neighbouring rows that touch are joined by union and find, so the work is that of the runs, not that of the
    pixels.

    References
    ----------
    A. Rosenfeld, J. L. Pfaltz, "Sequential operations in digital picture processing", J. ACM 13(4), 1966.
    :doi:`10.1145/321356.321357`

    Examples
    --------
    >>> mask = np.array([[1, 1, 0, 1], [0, 0, 0, 1]], np.bool_)
    >>> regions = Components.of(mask)
    >>> regions.sizes().tolist(), int(regions.where(regions.sizes() > 1).sum())
    ([2.0, 2.0], 4)
    """

    runs: npt.NDArray[np.int32]
    count: int
    shape: tuple[int, int]

    @classmethod
    def of(cls, mask: Mask, *, value: bool = True, diagonal: bool = True) -> Self:
        """Find the regions of a mask.

        Parameters
        ----------
        mask : bool array of shape (H, W)
        value : bool
            Of the pixels that make regions: with False, the mask's holes and what is around it.
        diagonal : bool
            Whether a pixel has eight neighbours; if not, four.

        Raises
        ------
        KernelError
            If the mask is no such array.
        """
        check(mask, "mask", np.bool_, (None, None))
        height, width = mask.shape
        runs = np.empty((height * ((width + 1) // 2), 4), np.int32)
        found, count = _native.label_components(np.ascontiguousarray(mask), value, int(diagonal), runs)
        return cls(runs[:found], count, (height, width))

    def sizes(self) -> Doubles:
        """Count the pixels of each region: float64 array of shape (count,)."""
        return self._sums(_native.count_pixels, None)

    def held(self, mask: Mask) -> Doubles:
        """Count the pixels of each region that a mask, bool of shape (H, W), holds: float64 array of shape (count,)."""
        check(mask, "mask", np.bool_, self.shape)
        return self._sums(_native.count_pixels, np.ascontiguousarray(mask))

    def weights(self, picture: npt.NDArray[np.float32]) -> Doubles:
        """Sum a picture, float32 of shape (H, W), over each region: float64 array of shape (count,)."""
        check(picture, "picture", np.float32, self.shape)
        return self._sums(_native.sum_values, np.ascontiguousarray(picture))

    def rims(self, mask: Mask, reach: int) -> Doubles:
        """Tell what lies around each region.

        Parameters
        ----------
        mask : bool array of shape (H, W)
        reach : int, pixels

        Returns
        -------
        float64 array of shape (count,), 0..1
            Of the places `reach` pixels to the four sides of the region's that are in the picture and in no region, the
            share that the mask holds; 0 where there are none.
        """
        check(mask, "mask", np.bool_, self.shape)
        outside, held = np.zeros(self.count), np.zeros(self.count)
        own = self.where(np.ones(self.count, np.bool_))
        _native.count_border(self.runs, own, np.ascontiguousarray(mask), reach, outside, held)
        return np.asarray(held / np.maximum(outside, 1))

    def where(self, keep: Mask) -> Mask:
        """Mark the regions to keep, bool of shape (count,): bool array of shape (H, W)."""
        check(keep, "keep", np.bool_, (self.count,))
        mask = np.zeros(self.shape, np.bool_)
        _native.fill_components(self.runs, keep, mask)
        return mask

    def _sums(self, add: Any, picture: npt.NDArray[Any] | None) -> Doubles:
        sums = np.zeros(self.count)
        add(self.runs, picture, sums)
        return sums
