"""The outline of what moves, drawn to where the colours change: regions of one colour are in or out as a whole."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.morphology import block
from stillplate.segmentation.cleanup import REACH

__all__ = ["follow_colours"]


WIDEST = 320  # columns of the picture that is cut
ROUNDS = 2  # of colours learned and cut
GROWS = 0.05  # of the width: nothing farther from the mask is added to it
AROUND = 0.1  # of the width: the colours of the ground are learned from so far around
SURE = 3.0  # thresholds: what differs by more stays in the mask, whatever its colour
EDGE = 0.5  # where the cut is undecided between two coarse pixels, the mask decides


def follow_colours(image: Image, mask: Mask, ratio: Floats, ground: Mask | None = None) -> Mask:
    """Let a mask take in what has its colours, and give back what has those of the ground around.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    mask : bool array of shape (H, W)
    ratio : float32 array of shape (H, W)
        Of the difference to its threshold.
    ground : bool array of shape (H, W), optional
        What surely is none of it.

    Returns
    -------
    bool array of shape (H, W)
        Its inside, 0.6 % of the width from the edge, stays, as does what differs by three thresholds; it grows by 5 %
        at most.

    Notes
    -----
    GrabCut: the colours of mask and ground are each a mixture of five Gaussians, and a graph cut finds the outline
    that parts them best and runs where neighbours differ. So a thing of which parts have the colour of what they hide
    is found whole, where the rest of it tells what it looks like.

    References
    ----------
    C. Rother, V. Kolmogorov, A. Blake, "GrabCut: interactive foreground extraction using iterated graph cuts",
    ACM Trans. Graph. 23(3), 2004. :doi:`10.1145/1015706.1015720`
    """
    import cv2

    height, width = mask.shape
    columns = min(WIDEST, width)
    size = (columns, max(1, round(height * columns / width)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    sure = coarse & (cv2.resize(ratio, size, interpolation=cv2.INTER_AREA) > SURE)
    never = np.zeros_like(sure)
    if ground is not None:
        never = cv2.resize(ground.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    cut = _cut(np.asarray(small, np.uint8), np.asarray(coarse), np.asarray(sure), np.asarray(never))
    share = cv2.resize(cut.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(share + EDGE * (mask - np.float32(0.5)) > 0.5)


def _cut(image: Image, mask: Mask, sure: Mask, never: Mask) -> Mask:
    import cv2

    if not mask.any():
        return mask
    width = mask.shape[1]
    whole = mask.view(np.uint8)
    trimap = np.full(mask.shape, cv2.GC_BGD, np.uint8)
    near = cv2.dilate(whole, block(GROWS * width)) > 0
    trimap[near & ~never] = cv2.GC_PR_BGD
    trimap[mask] = cv2.GC_PR_FGD
    trimap[sure | (cv2.erode(whole, block(REACH * width)) > 0)] = cv2.GC_FGD
    part = tuple(_span(np.asarray(near.any(axis=axis)), round(AROUND * width)) for axis in (1, 0))
    trimap = np.ascontiguousarray(trimap[part])
    if mask[part].all():
        return mask
    ground, things = np.zeros((2, 1, 65))
    cv2.setRNGSeed(0)  # of this thread: where the mixtures begin
    everything = (0, 0, 0, 0)  # no rectangle: the trimap tells
    cv2.grabCut(np.ascontiguousarray(image[part]), trimap, everything, ground, things, ROUNDS, cv2.GC_INIT_WITH_MASK)
    cut = np.zeros_like(mask)
    cut[part] = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    return cut


def _span(filled: npt.NDArray[np.bool_], margin: int) -> slice:
    (found,) = np.nonzero(filled)
    return slice(max(0, int(found[0]) - margin), int(found[-1]) + 1 + margin)
