"""The shade of a frame; where faint things count, only what is proven, or changes by more than hue tolerates."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Mask
from stillplate.kernels import Components
from stillplate.segmentation.cleanup import opened
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.shadows import BRIGHTEST, DARK, HUE, HUE_SHARE, Shade, find_proven_shade
from stillplate.segmentation.soft_shade import soft_shade, veil_of

__all__ = ["DEEP", "MOSTLY", "POWER", "told_shade"]

POWER = 3.0  # multiples of the allowed deviation of hue: a smaller change passes the test of hue whatever it is
DEEP = 2.0  # multiples of that change: ground of so much light above the veil could have a shadow that is told
MOSTLY = 0.5  # share of a region whose change must be larger


def told_shade(evidence: Evidence, shade: Shade) -> Mask:
    """Return the shade of a frame.

    Parameters
    ----------
    evidence : Evidence
        With what is faint and persists, if that is known.
    shade : Shade
        What the frame shows by itself.

    Returns
    -------
    bool array of shape (h, w)
        All shade, and soft shade. Where faint evidence counts: regions of shade most of whose pixels change by more
        than three times the hue's tolerance, or lie on ground of twice as much light; and all shade that texture or hue
        proves. In fog and haze, any object has the plate's hue within the tolerance.
    """
    soft = soft_shade(evidence, shade)
    if shade.possible is not None:
        soft &= shade.possible
    return soft | (shade.mask if evidence.risen is None else _of_power(evidence, shade))


def _of_power(evidence: Evidence, shade: Shade) -> Mask:
    """Mark shade that is proven, or whose change is so large that the test of hue tells."""
    proven, shadow = _proven(evidence, shade), shade.mask
    if not shadow.any():
        return proven
    frame, ground = shade.image[shadow].astype(np.float32), shade.plate[shadow].astype(np.float32)
    powerful = np.zeros_like(shadow)
    least = POWER * (HUE + HUE_SHARE * (frame.mean(axis=1) + DARK))
    lit = (ground - veil_of(shade.plate)).mean(axis=1)
    powerful[shadow] = (np.abs(frame - ground).mean(axis=1) > least) | (lit > DEEP * least)
    regions = Components.of(shadow)
    return regions.select(regions.count_in(powerful) >= MOSTLY * regions.sizes()) | proven


def _proven(evidence: Evidence, shade: Shade) -> Mask:
    """Mark the proven shade of all evidence: that of the frame by itself, if what is faint adds no 3x3 pixels."""
    weak = evidence.ratio > 1
    added = weak if evidence.risen is None else weak & evidence.risen
    if shade.brightest == BRIGHTEST and not opened(added).any():
        return shade.proven
    return find_proven_shade((evidence.image, evidence.plate), (shade.image, shade.plate), weak)
