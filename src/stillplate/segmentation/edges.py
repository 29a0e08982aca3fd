"""The edge of a mask: where it is cut, and how it follows the frame at full size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import radius, square
from stillplate.kernels import Inside, Pieces, SmallEvidence, SmallLimits, Upsampling
from stillplate.photometry.gain import Gain
from stillplate.segmentation.cleanup import HOLE, LEAST, REACH, SEED
from stillplate.segmentation.evidence import Evidence

__all__ = [
    "FullSize",
    "enlarged",
    "finished",
    "grown",
    "inside_of",
    "rim_of",
    "small_limits",
    "trimmed",
]

EDGE = 0.45  # share of the inner difference above which a pixel at the edge belongs to the object; half would be exact
RIM = 0.7  # share of the reach of the inner difference within which the edge is cut
FEW = 0.05  # least share of the mask's inside in a window for its mean difference to be known
FEWEST = 2  # pixels of clear evidence that a small region needs
CLEAR = 4.0  # multiples of the noise: a difference above this is clear evidence
FOLLOW, FOLLOW_MOST = 0.5, 0.4  # pixels of the small mask: reach of the frame's own edge, and its largest weight


@dataclass(frozen=True, slots=True)
class FullSize:
    """A frame and the plate as its camera sees it, at full size.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB, or Pieces
        Without bands of flicker, in the frame's own light.
    plate : uint8 array of shape (H, W, 3), RGB
        In the plate's light.
    gain : Gain
        From the plate's light to the frame's.
    """

    image: Image | Pieces
    plate: Image
    gain: Gain


def grown(mask: Mask) -> Mask:
    """Add the neighbours in eight directions."""
    import cv2

    return np.asarray(cv2.dilate(mask.view(np.uint8), square(3)), np.uint8).view(np.bool_)


def inside_of(evidence: Evidence) -> Inside:
    """What tells the usual difference inside a mask: that of the frame, beyond what the ground reaches by itself."""
    return Inside(evidence.difference, evidence.ground, _edge_width(evidence.difference.shape[1]), FEW, EDGE)


def rim_of(width: int) -> int:
    """Return how many pixels of a mask's edge may be cut, for a width of the picture."""
    return radius(RIM * _edge_width(width))


def trimmed(mask: Mask, inside: Inside) -> Mask:
    """Remove edge pixels that show less object than plate."""
    return kernels.trim_edges(mask, inside, rim=rim_of(mask.shape[1]), hole=HOLE * mask.size)


def finished(
    masks: tuple[Mask, Mask],
    inside: Inside,
    full: FullSize,
    factor: int,
    smalls: tuple[SmallEvidence, SmallLimits] | None = None,
    specks: Floats | None = None,
) -> Mask:
    """Bring the first of two small masks to the frame's size; its edges follow the frame, by the second's inside.

    `smalls`, regions too small for the mask, are added, and `specks` dropped: bool of shape (H, W).
    """
    steps = Upsampling(factor, FOLLOW, FOLLOW_MOST)
    return kernels.finish_mask(masks, inside, (full.image, full.plate, full.gain.undoing), steps, smalls, specks)


def small_limits(least: float, pixels: int) -> SmallLimits:
    """Return the limits of small regions of evidence too strong to be noise, by `least` sum of (certainty / 1.6)².

    Out of a frame of so many `pixels`, those are cut that have half of the largest difference within half the side of
    the smallest object.
    """
    return SmallLimits(FEWEST, SEED, CLEAR, least, radius(float(np.sqrt(LEAST * pixels)) / 2), EDGE)


def enlarged(mask: Mask, factor: int, shape: tuple[int, ...]) -> Mask:
    """Enlarge a small mask to a frame's shape (H, W), with smooth edges: nothing is known of the frame's own."""
    import cv2

    if factor == 1:
        return mask
    height, width = mask.shape
    size = (factor * width, factor * height)
    large = cv2.resize(mask.view(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large > 127)[: shape[0], : shape[1]]


def _edge_width(width: int) -> int:
    return max(2, round(REACH * width))
