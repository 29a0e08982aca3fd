"""What is found in one frame at the size at which masks are found, before it is brought to the frame's size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from stillplate.arrays import Mask
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.persistence import steadied

__all__ = ["UNCLEAR", "UNKNOWN_LIGHT", "UNREGISTERED", "Found"]

UNREGISTERED = "not registered"  # reasons why a frame tells nothing by itself
UNCLEAR = "ground not told apart"
UNKNOWN_LIGHT = "in no known light"


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What is found in one frame.

    Attributes
    ----------
    mask : bool array of shape (h, w)
        What is in front of the plate.
    shadow : bool array of shape (h, w)
        Background in other light.
    evidence : Evidence or None
        Its ratio is 0 in shadows and where specks were dropped; None where the frame tells nothing.
    whole : bool array of shape (h, w), optional
        The mask before its edges were trimmed, whose inside tells the usual difference; the mask itself if None.
    taken : bool array of shape (h, w), optional
        What smaller objects must not touch, where that is more than the mask.
    untold : str, optional
        Why the frame tells nothing.
    carried : bool
        Whether mask and shadow are those of neighbouring frames.
    cut : bool array of shape (h, w), optional
        Cast shadows that were taken from the mask; None where there are none.
    """

    mask: Mask
    shadow: Mask
    evidence: Evidence | None = None
    whole: Mask | None = None
    taken: Mask | None = None
    untold: str | None = None
    carried: bool = False
    cut: Mask | None = None

    @property
    def reason(self) -> str | None:
        """Why it was carried; None where it was not."""
        return self.untold if self.carried else None

    @classmethod
    def nothing(cls, shape: tuple[int, ...], untold: str) -> Self:
        """Of a frame, of shape (h, w), that tells nothing by itself."""
        nowhere = np.zeros(shape, np.bool_)
        return cls(nowhere, nowhere, untold=untold)

    def steadied(self, before: Mask | None, after: Mask | None, further: Mask | None = None) -> Self:
        """The same without what flickers; unchanged where a neighbour, or the frame's own evidence, is not known.

        Parameters
        ----------
        before, after : bool arrays of shape (h, w), optional
            Masks of the frames before and after.
        further : bool array of shape (h, w), optional
            What those two frames away have.
        """
        if before is None or after is None or self.evidence is None:
            return self
        mask = steadied(before, self.mask, after, self.evidence.ratio, self.cut, further)
        if mask is self.mask:
            return self
        return replace(self, mask=mask, whole=None, taken=self.mask | mask)

    @property
    def inside(self) -> Mask:
        """The mask whose inside tells the usual difference."""
        return self.mask if self.whole is None else self.whole
