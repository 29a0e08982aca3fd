"""From a noisy picture of evidence to solid regions: hysteresis, specks, gaps and holes."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Floats, Mask
from stillplate.imaging.morphology import block, square
from stillplate.kernels import Components

__all__ = [
    "LEAST", "REACH", "SEED", "close_gaps", "fill_holes", "hysteresis", "keep_large", "opened", "small_regions",
    "solid",
]  # fmt: skip


SEED = 1.6  # thresholds: what holds a pixel so far above it is kept whole
LEAST = 0.0005  # of the picture: a smaller region is a speck, unless its evidence is strong ...
HOLE = 0.002  # ... and a smaller hole is none
FEWEST, CLEAR = 2, 4.0  # pixels in a small region that differ by so many times what the noise reaches
REACH = 0.006  # of the width: closes gaps twice as wide; edges and shade are looked at so far around


def solid(ratio: Floats, trust: Floats | None = None, cleanup: str = "default", smallest: float | None = None) -> Mask:
    """Make solid regions of evidence.

    Parameters
    ----------
    ratio : float32 array of shape (H, W)
        Of the difference to its threshold: weak evidence above 1.
    trust : float32 array of shape (H, W), 0..1, optional
        What a pixel counts where a region's size is measured; 1 if not given.
    cleanup : "none", "light" or "default"
        None: weak evidence as it is. Light: weak regions that hold strong evidence, less single pixels (5x5 median).
        Default: and gaps closed, specks dropped, holes filled.
    smallest : float, optional
        Pixels that a region has at least; 0.05 % of the image if not given.

    Returns
    -------
    bool array of shape (H, W)
    """
    import cv2

    if cleanup == "none":
        return ratio > 1
    regions = cv2.medianBlur(hysteresis(ratio > 1, ratio > SEED).view(np.uint8), 5)
    if cleanup == "light":
        return regions.view(np.bool_)
    least = LEAST * ratio.size if smallest is None else smallest
    return fill_holes(keep_large(close_gaps(np.asarray(regions).view(np.bool_)), least, trust))


def small_regions(ratio: Floats, certainty: Floats, large: Mask, least: float) -> Mask:
    """Find small regions of evidence so strong that noise does not explain it.

    Parameters
    ----------
    ratio : float32 array of shape (H, W)
        Of the difference to its threshold.
    certainty : float32 array of shape (H, W)
        Of the difference to what the noise reaches.
    large : bool array of shape (H, W)
        What is known already, as by `solid`; no region that touches it is returned.
    least : float
        Sum over the pixels of a region of (certainty / 1.6)².

    Returns
    -------
    bool array of shape (H, W)
    """
    regions = Components.of(ratio > 1)
    strength = np.square(certainty / np.float32(SEED))
    clear = (ratio > SEED) & (certainty > CLEAR)
    keep = (regions.held(clear) >= FEWEST) & (regions.held(large) == 0) & (regions.weights(strength) >= least)
    return regions.where(keep)


def close_gaps(mask: Mask) -> Mask:
    """Close gaps up to 1.2 % of the width wide."""
    import cv2

    closed = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_CLOSE, block(REACH * mask.shape[1]))
    return np.asarray(closed, np.uint8).view(np.bool_)


def hysteresis(weak: Mask, strong: Mask) -> Mask:
    """Keep the regions of `weak`, neighbours in eight directions, that hold a pixel of `strong`."""
    regions = Components.of(weak)
    return regions.where(regions.held(strong) > 0)


def keep_large(mask: Mask, least: float, trust: Floats | None = None) -> Mask:
    """Drop regions, neighbours in eight directions, of less than `least` pixels, each counting its `trust`."""
    regions = Components.of(mask)
    keep = (regions.sizes() if trust is None else regions.weights(trust)) >= least
    return mask if keep.all() else regions.where(keep)


def fill_holes(mask: Mask) -> Mask:
    """Fill holes smaller than 0.2 % of the picture."""
    holes = Components.of(mask, value=False)
    small = holes.sizes() < HOLE * mask.size
    return mask | holes.where(small) if small.any() else mask


def opened(mask: Mask) -> Mask:
    """Drop what is narrower than 3 pixels."""
    import cv2

    return np.asarray(cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, square(3)), np.uint8).view(np.bool_)
