"""Solid regions from a noisy map of evidence: hysteresis, specks, gaps and holes."""

from __future__ import annotations

import numpy as np

from stillplate import kernels
from stillplate.arrays import Floats, Mask
from stillplate.imaging.morphology import block, radius, square
from stillplate.kernels import Components

__all__ = [
    "HOLE", "LEAST", "REACH", "SEED", "close_gaps", "fill_holes", "hysteresis", "keep_large", "opened", "solid",
]  # fmt: skip


SEED = 1.6  # thresholds: strong evidence; a region of weak evidence that holds such a pixel is kept whole
LEAST = 0.0005  # share of the image: a smaller region is a speck, unless its evidence is strong
HOLE = 0.002  # share of the image: a smaller hole is filled
REACH = 0.006  # share of the width: radius of closing (gaps twice as wide close), of edge bands and of shadow growth


def solid(ratio: Floats, trust: Floats | None = None, cleanup: str = "default", smallest: float | None = None) -> Mask:
    """Return the solid regions of a map of evidence.

    Parameters
    ----------
    ratio : float32 array of shape (H, W)
        Difference divided by threshold; evidence is weak above 1 and strong above 1.6.
    trust : float32 array of shape (H, W), 0..1, optional
        Weight of each pixel in the size of a region; 1 if not given.
    cleanup : "none", "light" or "default"
        "none": weak evidence, unchanged. "light": regions of weak evidence that hold strong evidence, without single
        pixels (5x5 median). "default": also close gaps, drop specks and fill holes.
    smallest : float, optional
        Least size of a region, in pixels; 0.05 % of the image if not given.

    Returns
    -------
    bool array of shape (H, W)
    """
    if cleanup == "none":
        return ratio > 1
    return kernels.solid_regions(
        ratio, trust, seed=SEED, closed=cleanup == "default", reach=radius(REACH * ratio.shape[1]),
        least=LEAST * ratio.size if smallest is None else smallest, hole=HOLE * ratio.size,
    )  # fmt: skip


def close_gaps(mask: Mask) -> Mask:
    """Close gaps up to 1.2 % of the width wide."""
    import cv2

    closed = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, block(REACH * mask.shape[1]))
    return np.asarray(closed, np.uint8).view(np.bool_)


def hysteresis(weak: Mask, strong: Mask) -> Mask:
    """Keep the 8-connected regions of `weak` that hold a pixel of `strong`."""
    regions = Components.of(weak)
    return regions.select(regions.count_in(strong) > 0)


def keep_large(mask: Mask, least: float, trust: Floats | None = None) -> Mask:
    """Drop 8-connected regions of less than `least` pixels, each weighted by its `trust` if that is given."""
    regions = Components.of(mask)
    keep = (regions.sizes() if trust is None else regions.sums(trust)) >= least
    return mask if keep.all() else regions.select(keep)


def fill_holes(mask: Mask) -> Mask:
    """Fill holes smaller than 0.2 % of the image."""
    holes = Components.of(mask, value=False)
    small = holes.sizes() < HOLE * mask.size
    return mask | holes.select(small) if small.any() else mask


def opened(mask: Mask) -> Mask:
    """Drop parts narrower than 3 pixels (morphological opening)."""
    import cv2

    return np.asarray(cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, square(3)), np.uint8).view(np.bool_)
