"""Masks as programs take them that go on from there: grown to paint over, shrunk to key from."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Labels, Mask
from stillplate.segmentation.cleanup import REACH

__all__ = ["alpha_hint", "removal_mask"]

INNERMOST = 0.5  # of a thing's half width: so much of it is left, however thin it is
LEAST = 1  # pixels


def removal_mask(hidden: Mask) -> Mask:
    """Return a mask of what is to be painted over: grown by 0.6 % of the width, over soft edges and what codecs smear.

    Parameters
    ----------
    hidden : bool array of shape (H, W)
        Things, and their shadows if these go, too.

    Returns
    -------
    bool array of shape (H, W)
    """
    import cv2

    reach = _reach(hidden)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return np.asarray(cv2.dilate(hidden.view(np.uint8), disc), np.uint8).view(np.bool_)


def alpha_hint(mask: Mask) -> Labels:
    """Return a coarse alpha: shrunk by 0.6 % of the width, or by half of what is thinner, and blurred as far.

    Parameters
    ----------
    mask : bool array of shape (H, W)

    Returns
    -------
    uint8 array of shape (H, W)
        0 wherever the mask is false.
    """
    import cv2

    reach = _reach(mask)
    depth = cv2.distanceTransform(mask.view(np.uint8), cv2.DIST_L2, 5)
    things = np.asarray(cv2.connectedComponents(mask.view(np.uint8))[1], np.int32)
    deepest = np.zeros(things.max() + 1, np.float32)
    np.maximum.at(deepest, things, depth)
    core = mask & (depth > np.minimum(reach, INNERMOST * deepest)[things])
    soft = cv2.GaussianBlur(core.view(np.uint8) * np.uint8(255), (0, 0), max(0.5, reach / 2))
    return np.where(mask, soft, np.uint8(0)).astype(np.uint8)


def _reach(mask: Mask) -> int:
    return max(LEAST, round(REACH * int(mask.shape[1])))
