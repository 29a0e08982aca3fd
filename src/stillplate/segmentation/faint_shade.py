"""Shade where faint things count: proven, or of a change that is far larger than the tolerance of hue."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Mask
from stillplate.kernels import Components
from stillplate.segmentation.evidence import Evidence
from stillplate.segmentation.shadows import DARK, HUE, HUE_SHARE, find_proven_shade, smoothed

__all__ = ["told_shade"]

POWER = 3.0  # multiples of the allowed deviation of hue: a smaller change passes the test of hue whatever it is
MOSTLY = 0.5  # share of a region whose change must be larger


def told_shade(evidence: Evidence, shadow: Mask) -> Mask:
    """Return the shade of a frame in which faint evidence counts.

    Parameters
    ----------
    evidence : Evidence
        With what is faint and persists.
    shadow : bool array of shape (h, w)
        The shade in the frame by itself.

    Returns
    -------
    bool array of shape (h, w)
        Regions of `shadow` most of whose pixels change by more than three times the hue's tolerance; and all shade that
        texture or hue proves. In fog and haze, any object has the plate's hue within the tolerance.
    """
    image, plate = smoothed(evidence.image), smoothed(evidence.plate)
    proven = find_proven_shade(evidence.image, evidence.plate, evidence.ratio > 1, plate)
    if not shadow.any():
        return proven
    frame, ground = image[shadow].astype(np.float32), plate[shadow].astype(np.float32)
    powerful = np.zeros_like(shadow)
    powerful[shadow] = np.abs(frame - ground).mean(axis=1) > POWER * (HUE + HUE_SHARE * (frame.mean(axis=1) + DARK))
    regions = Components.of(shadow)
    return regions.select(regions.count_in(powerful) >= MOSTLY * regions.sizes()) | proven
