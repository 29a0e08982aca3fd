"""A frame beside the plate and between its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from stillplate.arrays import Labels, Mask
from stillplate.io.source import Frame
from stillplate.segmentation.found import Found
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import MaskOptions

__all__ = ["Moment"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Moment(Generic[T]):
    """A frame beside the plate and between its neighbours.

    Attributes
    ----------
    frame : Frame
    beside : T
        What came with the frame.
    observation : Observation
    found : Found
        What is found in the frame, or was carried into it.
    before, after : bool arrays of shape (h, w), optional
        Small masks of the frames before and after; None where these are not known.
    further : bool array of shape (h, w), optional
        What the small masks of the frames two before and two after have; None where neither is known.
    """

    frame: Frame
    beside: T
    observation: Observation
    found: Found
    before: Mask | None = None
    after: Mask | None = None
    further: Mask | None = None

    def labels(self, options: MaskOptions) -> Labels:
        """Label foreground and shadows: uint8 of shape (H, W), as `Observation.labels` has them."""
        return self.observation.finished(self._steadied, options)

    def marked(self, options: MaskOptions) -> Mask:
        """Mark foreground: bool of shape (H, W), as `labels` labels it."""
        return self.observation.mask_of(self._steadied, options)

    @property
    def _steadied(self) -> Found:
        return self.found.steadied(self.before, self.after, self.further)

    def follows(self, other: Moment[T]) -> bool:
        """Whether the frame is the next after another."""
        return self.frame.index == other.frame.index + 1
