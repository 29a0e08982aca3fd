"""What moves by itself in the samples of a moving camera."""

from __future__ import annotations

from dataclasses import dataclass

from stillplate.arrays import Mask

__all__ = ["OwnMotion"]


@dataclass(frozen=True, slots=True)
class OwnMotion:
    """What moves by itself before a moving camera, and how far the rest moves beyond one plane.

    Attributes
    ----------
    movers : tuple of bool arrays of shape (h, w)
        In each sample, smaller than it; of a single pixel where a sample is not on the path.
    parallax : float
        Pixels by which near and far ground moves from frame to frame beyond the motion of one plane: that of 95 % of
        the ground in 95 % of the frames at most. 0 where one plane explains the picture's edge.
    """

    movers: tuple[Mask, ...] = ()
    parallax: float = 0.0
