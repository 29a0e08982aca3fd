"""Masks of one bit for each pixel: an eighth of the memory, and many pixels at a time."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Mask
from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = ["WORD", "BitMask", "checked_radii"]

WORD = 64  # pixels of a word
FARTHEST = 31  # pixels: largest radius, twice of which stays within a word


@dataclass(frozen=True, slots=True, eq=False)
class BitMask:
    """A mask of one bit for each pixel.

    Attributes
    ----------
    bits : uint64 array of shape (H, (W + 63) // 64)
        Of each row, 64 pixels to a word, the first in the lowest bit; bits beyond the width are 0.
    width : int
        W.

    Examples
    --------
    >>> mask = BitMask.of(np.array([[0, 0, 1, 0, 0, 0]], np.bool_))
    >>> mask.grown(1).mask().astype(int).tolist()
    [[0, 1, 1, 1, 0, 0]]
    """

    bits: npt.NDArray[np.uint64]
    width: int

    @classmethod
    def of(cls, mask: Mask) -> Self:
        """Pack a mask, bool of shape (H, W).

        Raises
        ------
        KernelError
            If the mask is not such an array.
        """
        check(mask, "mask", np.bool_, (None, None))
        height, width = mask.shape
        bits = np.empty((height, -(-width // WORD)), np.uint64)
        if bits.size:
            _native.pack_mask(np.ascontiguousarray(mask), bits)
        return cls(bits, width)

    @classmethod
    def above_one(cls, ratio: Floats, other: Floats | None = None) -> Self:
        """Pack where a map, float32 of shape (H, W), or another of the same shape, is above 1.

        Raises
        ------
        KernelError
            If a map is not such an array.
        """
        check(ratio, "ratio", np.float32, (None, None))
        if other is not None:
            check(other, "other", np.float32, ratio.shape)
            other = np.ascontiguousarray(other)
        height, width = ratio.shape
        bits = np.empty((height, -(-width // WORD)), np.uint64)
        if bits.size:
            _native.pack_weak(np.ascontiguousarray(ratio), other, bits)
        return cls(bits, width)

    @classmethod
    def nowhere(cls, height: int, width: int) -> Self:
        """Return an empty mask."""
        return cls(np.zeros((height, -(-width // WORD)), np.uint64), width)

    def mask(self) -> Mask:
        """Return one byte for each pixel: bool of shape (H, W)."""
        packed = self.bits.astype("<u8", copy=False).view(np.uint8)
        return np.unpackbits(packed, axis=1, count=self.width, bitorder="little").view(np.bool_)

    def grown(self, radius: int) -> BitMask:
        """Add all pixels within a square of this radius, 0 to 31 pixels."""
        if not 0 <= radius <= FARTHEST:
            raise KernelError(f"radius is {radius}; it must be 0 to {FARTHEST}")
        height, words = self.bits.shape
        out = np.empty_like(self.bits)
        if out.size:
            room = np.empty((height + 2 * radius, words + 1), np.uint64)
            _native.grow_bits(self.bits, self.width, radius, room, out)
        return BitMask(out, self.width)

    def grown_by_width(self, radii: tuple[int, ...]) -> BitMask:
        """Grow each part by about its own width.

        Parameters
        ----------
        radii : tuple of int, 0 to 31, each larger than the last
            Of squares. Each opens what the last left; twice its radius is what that is grown by.
        """
        checked = checked_radii(radii)
        out = np.empty_like(self.bits)
        if out.size:
            _native.grow_by_width(self.bits, self.width, checked, out)
        return BitMask(out, self.width)


@cache
def checked_radii(radii: tuple[int, ...]) -> npt.NDArray[np.int32]:
    """Return radii that parts may be grown by as the core takes them; raise KernelError unless they are such."""
    if list(radii) != sorted(radii) or not all(0 <= radius <= FARTHEST for radius in radii):
        raise KernelError(f"radii are {radii}; they must rise, from 0 to {FARTHEST}")
    return np.array(radii, np.int32)
