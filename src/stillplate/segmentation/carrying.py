"""What is found in a frame, carried along the flow into frames beside it that tell nothing by themselves."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from stillplate.arrays import Floats, Grey, Image, Mask
from stillplate.camera.neighbour_flow import dense_flow, sizes
from stillplate.imaging.warping import remapped
from stillplate.segmentation.found import UNKNOWN_LIGHT, Found

__all__ = ["MOST_STEPS", "Carried", "joined"]

MOST_STEPS = 8  # frames: farthest that anything is carried
ALIKE = 24  # levels: difference between frames, after the flow, that noise and light explain
EXPLAINED = 0.6  # share of the picture that must be alike: less is another scene


@dataclass(frozen=True, slots=True, eq=False)
class Carried:
    """A mask and a shadow that belong to a frame.

    Attributes
    ----------
    image : uint8 array of shape (H, W)
        The frame, grey, at the size at which flow is found.
    mask, shadow : bool arrays of shape (h, w)
    steps : int
        Frames that they were carried over.
    """

    image: Grey
    mask: Mask
    shadow: Mask
    steps: int = 0

    @classmethod
    def of(cls, image: Image, found: Found) -> Self:
        """Start from what was found in a frame, of shape (h, w, 3)."""
        return cls(_grey(image), found.mask, found.shadow)

    def to(self, image: Image, *, in_place: bool = False) -> Carried | None:
        """Carry them into a neighbouring frame.

        Parameters
        ----------
        image : uint8 array of shape (h, w, 3), RGB
            The neighbouring frame.
        in_place : bool
            Whether they stay where they are.

        Returns
        -------
        Carried or None
            None where they were carried far enough, or the frame shows another scene.
        """
        if self.steps >= MOST_STEPS:
            return None
        grey = _grey(image)
        if in_place:
            return replace(self, image=grey, steps=self.steps + 1)
        flow = dense_flow(grey, self.image)
        if np.mean(np.abs(remapped(self.image.astype(np.float32), flow) - grey) <= ALIKE) < EXPLAINED:
            return None
        there = _scaled(flow, self.mask.shape)
        mask, shadow = (remapped(one.astype(np.float32), there) > 0.5 for one in (self.mask, self.shadow))
        return Carried(grey, mask, shadow, self.steps + 1)


def joined(found: Found, *sides: Carried | None) -> Found:
    """Fill what is found in a frame with what is carried into it.

    Parameters
    ----------
    found : Found
        Of a frame that tells nothing by itself.
    *sides : Carried or None
        From the frames before and after; None where nothing comes from there.

    Returns
    -------
    Found
        Their union, since each side lacks what the other uncovers; in an unknown light, where nothing was moved, that
        of the nearer side; unchanged where nothing comes.
    """
    known = [side for side in sides if side is not None]
    if not known:
        return found
    if found.untold == UNKNOWN_LIGHT:
        known = [min(known, key=lambda side: side.steps)]
    mask = np.logical_or.reduce([side.mask for side in known])
    shadow = np.logical_or.reduce([side.shadow for side in known]) & ~mask
    return replace(found, mask=mask, shadow=shadow, carried=True)


def _grey(image: Image) -> Grey:
    """Return a frame in grey, at the size at which flow is found."""
    import cv2

    height, width = image.shape[:2]
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.resize(grey, sizes((width, height))[0], interpolation=cv2.INTER_AREA), np.uint8)


def _scaled(flow: Floats, shape: tuple[int, ...]) -> Floats:
    """Return a flow at the size of a mask, of shape (h, w), in its pixels."""
    import cv2

    height, width = shape
    scale = np.array([width / flow.shape[1], height / flow.shape[0]], np.float32)
    return np.asarray(cv2.resize(flow, (width, height), interpolation=cv2.INTER_AREA) * scale, np.float32)
