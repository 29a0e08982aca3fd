"""Evidence of foreground in one frame: what a single frame is believed, and what must persist."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.kernels import BitMask
from stillplate.segmentation.cleanup import SEED
from stillplate.segmentation.persistence import widened

__all__ = ["Evidence"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A frame beside the plate at the size at which masks are found.

    Attributes
    ----------
    image : uint8 array of shape (h, w, 3), RGB
        The frame, in the plate's light.
    plate : uint8 array of shape (h, w, 3), RGB
        As the frame's camera sees it.
    difference : float32 array of shape (h, w)
        Mean absolute difference of the channels, in 8-bit levels.
    smooth_difference : float32 array of shape (h, w)
        The same, smoothed over a pixel of the frame.
    ratio : float32 array of shape (h, w)
        Smoothed difference over its threshold, times the sensitivity: evidence of foreground above 1. 0 where shadows
        and specks were found.
    faint : float32 array of shape (h, w), or None
        The same by closer thresholds, those of the ground's own colours: believed only where it persists. None where
        they are not known.
    risen : bool array of shape (h, w), or None
        Where `ratio` is `faint`, which persists there; None in a frame by itself.
    ground : float32 array of shape (h, w), or None
        Difference that the ground reaches by itself, in 8-bit levels; None where it is not known.
    near : BitMask, or None
        Where what is found, be it faint, may be in neighbouring frames, if that was told with the evidence.
    """

    image: Image
    plate: Image
    difference: Floats
    smooth_difference: Floats
    ratio: Floats
    faint: Floats | None = None
    risen: Mask | None = None
    ground: Floats | None = None
    near: BitMask | None = None

    @property
    def nearby(self) -> BitMask:
        """Where what is found may be in neighbouring frames, be it faint."""
        return widened(BitMask.above_one(self.ratio, self.faint)) if self.near is None else self.near

    def joined(self, lasting: BitMask | None) -> Evidence:
        """Return the evidence with what is faint where it persists, `lasting` of shape (h, w); nowhere if None."""
        if lasting is None or self.faint is None:
            return self
        ratio, risen = kernels.join_faint(self.ratio, self.faint, lasting.mask())
        return replace(self, ratio=ratio, risen=risen)

    def trust(self, quietness: Floats, levels: Floats) -> Floats:
        """Return the weight of each pixel in the area of a region: float32 of shape (h, w), 0..1.

        Parameters
        ----------
        quietness : float32 array of shape (h, w), 0..1
            Less where the ground is noisy. It counts twice for faint evidence: what waves is as large as leaves are.
        levels : float32 array of shape (h, w)
            Difference from which on a pixel is sure, in 8-bit levels; faint evidence is sure where it is strong.
        """
        return kernels.weigh_pixels(quietness, self.smooth_difference, levels, self.ratio, self.risen, SEED)
