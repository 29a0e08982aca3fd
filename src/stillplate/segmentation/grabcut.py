"""GrabCut: a mask whose outline is moved to where the colours of the frame change."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Floats, Image, Mask
from stillplate.imaging.extent import filled_span
from stillplate.imaging.morphology import block
from stillplate.segmentation.cleanup import REACH

__all__ = ["follow_colours"]


COLUMNS = 320  # largest width of the reduced image that is cut, in pixels
ROUNDS = 2  # GrabCut iterations
GROWTH = 0.05  # share of the width: largest distance from the mask at which pixels are added to it
AROUND = 0.1  # share of the width: margin around the mask from which background colours are learnt
SURE = 3.0  # thresholds: a pixel that differs by more stays in the mask, whatever its colour
EDGE = 0.5  # weight of the mask where the enlarged cut is undecided between two reduced pixels


def follow_colours(image: Image, mask: Mask, ratio: Floats, background: Mask | None = None) -> Mask:
    """Return the mask, grown over pixels of the foreground's colours and shrunk from those of the background's.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    mask : bool array of shape (H, W)
    ratio : float32 array of shape (H, W)
        Difference divided by threshold.
    background : bool array of shape (H, W), optional
        Pixels that are certainly background, which the mask does not grow into.

    Returns
    -------
    bool array of shape (H, W)
        Pixels farther inside the mask than 0.6 % of the width stay in it, as do pixels that differ by three thresholds.
        The mask grows by 5 % of the width at most.

    Notes
    -----
    GrabCut models the colours of foreground and background each as a mixture of five Gaussians; a graph cut finds the
    outline that separates them best and runs between pixels of different colours. So it recovers parts of an object
    that have the colour of the background behind them, if other parts of the object have colours of its own.

    References
    ----------
    C. Rother, V. Kolmogorov, A. Blake, "GrabCut: interactive foreground extraction using iterated graph cuts",
    ACM Trans. Graph. 23(3), 2004. :doi:`10.1145/1015706.1015720`
    """
    import cv2

    height, width = mask.shape
    columns = min(COLUMNS, width)
    size = (columns, max(1, round(height * columns / width)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    coarse = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    sure = coarse & (cv2.resize(ratio, size, interpolation=cv2.INTER_AREA) > SURE)
    never = np.zeros_like(sure)
    if background is not None:
        never = cv2.resize(background.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.5
    cut = _cut(np.asarray(small, np.uint8), np.asarray(coarse), np.asarray(sure), np.asarray(never))
    share = cv2.resize(cut.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(share + EDGE * (mask - np.float32(0.5)) > 0.5)


def _cut(image: Image, mask: Mask, sure: Mask, never: Mask) -> Mask:
    """Run GrabCut on a reduced image; `sure` pixels are foreground, `never` pixels are not added."""
    import cv2

    if not mask.any():
        return mask
    width = mask.shape[1]
    mask_8_bit = mask.view(np.uint8)
    trimap = np.full(mask.shape, cv2.GC_BGD, np.uint8)
    near = cv2.dilate(mask_8_bit, block(GROWTH * width)) > 0
    trimap[near & ~never] = cv2.GC_PR_BGD
    trimap[mask] = cv2.GC_PR_FGD
    trimap[sure | (cv2.erode(mask_8_bit, block(REACH * width)) > 0)] = cv2.GC_FGD
    part = tuple(filled_span(np.asarray(near.any(axis=axis)), round(AROUND * width)) for axis in (1, 0))
    trimap = np.ascontiguousarray(trimap[part])
    if mask[part].all():
        return mask
    model_background, model_foreground = np.zeros((2, 1, 65))
    cv2.setRNGSeed(0)  # per thread; the mixtures start from random colours
    cv2.grabCut(
        np.ascontiguousarray(image[part]), trimap, (0, 0, 0, 0), model_background, model_foreground, ROUNDS,
        cv2.GC_INIT_WITH_MASK,
    )  # fmt: skip
    cut = np.zeros_like(mask)
    cut[part] = (trimap == cv2.GC_FGD) | (trimap == cv2.GC_PR_FGD)
    return cut
