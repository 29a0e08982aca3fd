"""The edge of a mask: where it is cut, and how it follows the frame at full size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import block, radius, square
from stillplate.kernels import BitMask, Components, Inside, SmallEvidence, SmallLimits, Upsampling
from stillplate.photometry.gain import Gain, relit
from stillplate.segmentation.cleanup import HOLE, LEAST, REACH
from stillplate.segmentation.evidence import Evidence

__all__ = ["FullSize", "cut_small_regions", "enlarged", "finished", "grown", "inside_of", "rim_of", "trimmed", "upsampled"]

EDGE = 0.45  # share of the inner difference above which a pixel at the edge belongs to the object; half would be exact
RIM = 0.7  # share of the reach of the inner difference within which the edge is cut
FEW = 0.05  # least share of the mask's inside in a window for its mean difference to be known
MOST_GROUPS = 32  # groups of small regions that are cut out one by one; more are cut out of the whole frame at once
FOLLOW, FOLLOW_MOST = 0.5, 0.4  # pixels of the small mask: reach of the frame's own edge, and its largest weight


@dataclass(frozen=True, slots=True)
class FullSize:
    """A frame and the plate as its camera sees it, at full size.

    Attributes
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        Without bands of flicker, in the frame's own light.
    plate : uint8 array of shape (H, W, 3), RGB
        In the plate's light.
    gain : Gain
        From the plate's light to the frame's.
    """

    image: Image
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


def upsampled(masks: tuple[Mask, Mask], inside: Inside, full: FullSize, factor: int) -> Mask:
    """Enlarge a small mask, the first, to the frame's size, with edges that follow the frame and the second's inside."""
    return finished(masks, inside, full, factor, None, None)[0]


def finished(
    masks: tuple[Mask, Mask],
    inside: Inside,
    full: FullSize,
    factor: int,
    smalls: tuple[SmallEvidence, SmallLimits] | None,
    specks: Floats | None,
) -> tuple[Mask, Mask | None]:
    """Do what `upsampled` does, find `smalls`, regions too small for the mask, and drop `specks` where there are none.

    Returns
    -------
    mask : bool array of shape (H, W)
    small : bool array of shape (h, w), or None
    """
    table = full.gain.undoing()
    steps = Upsampling(factor, FOLLOW, FOLLOW_MOST)
    return kernels.finish_mask(masks, inside, (full.image, full.plate, table), steps, smalls, specks)


def enlarged(mask: Mask, factor: int, shape: tuple[int, ...]) -> Mask:
    """Enlarge a small mask to a frame's shape (H, W), with smooth edges: nothing is known of the frame's own."""
    import cv2

    if factor == 1:
        return mask
    height, width = mask.shape
    size = (factor * width, factor * height)
    large = cv2.resize(mask.view(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(large > 127)[: shape[0], : shape[1]]


def cut_small_regions(mask: Mask, full: FullSize, factor: int) -> Mask:
    """Cut small regions out of the frame at full size: pixels with half of the largest difference near them."""
    height, width = full.image.shape[:2]
    radius = float(np.sqrt(LEAST * height * width)) / 2
    found = np.zeros((height, width), np.bool_)
    groups = Components.of(BitMask.of(mask).grown(int(2 * radius / factor) + 3).mask())
    if groups.count > MOST_GROUPS:
        return _cut(mask, full, factor, radius)
    for number, (rows, columns) in enumerate(groups.boxes()):
        here = np.s_[factor * rows.start : factor * rows.stop, factor * columns.start : factor * columns.stop]
        own = mask[rows, columns] & groups.select(np.arange(groups.count) == number)[rows, columns]
        found[here] |= _cut(own, FullSize(full.image[here], full.plate[here], full.gain), factor, radius)
    return found


def _cut(mask: Mask, full: FullSize, factor: int, radius: float) -> Mask:
    """Cut the small regions out of a part of the frame; what is near them lies within `radius` pixels."""
    import cv2

    height, width = full.image.shape[:2]
    difference = kernels.difference(relit(full.image, full.gain), full.plate, threads=1)
    near = grown(mask).repeat(factor, 0).repeat(factor, 1)[:height, :width]
    difference *= near
    return near & (difference > EDGE * cv2.dilate(difference, block(radius)))


def _edge_width(width: int) -> int:
    return max(2, round(REACH * width))
