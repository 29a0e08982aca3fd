"""Things that stood still for long, and left: their contours are in the plate, and the frames lack them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import distance
from stillplate.plate.votes.agreement import Agreement
from stillplate.plate.votes.revote import RIM
from stillplate.plate.votes.rules import Rules
from stillplate.threads import map_samples

__all__ = ["find_ghosts", "lay_ghosts", "weigh_contours"]

STEP = 2  # pixels on either side of a contour
TINY = 1e-20  # a weight that is none
BIG = 0.25  # share of the picture: of larger blobs the outline tells nothing


def find_ghosts(samples: Image, plate: Image, agreement: Agreement, noise: float, rules: Rules) -> Flags:
    """Find what is not in the samples but in the plate: things that stood still there for long, and left.

    Where a sample differs from the plate, either it shows something that the plate does not, or the plate shows
    something that was gone. Whose it is, the contour tells: it runs through the picture that has the thing
    (`weigh_contours`). The samples that agree with each other there share their evidence; its mean convicts.

    Returns
    -------
    bool array of shape (T, h, w)
        The samples that show the ground where the plate has a ghost.
    """
    import cv2

    level = min(max(6 * noise, 15.0), 20.0)
    valid = agreement.valid

    def weigh(t: int) -> tuple[Floats, Flags]:
        sample = samples[t] if valid is None else np.where(valid[t][..., None], samples[t], plate)
        return weigh_contours(sample, plate, level)

    verdicts = map_samples(weigh, len(samples))
    evidence, differs = (np.stack(part) for part in zip(*verdicts, strict=True))
    if not differs.any():
        return differs
    found, weight = agreement.heard(evidence, differs.astype(np.float32))
    mean = found / (weight + np.float32(rules.doubt * len(samples)))
    best = np.where(differs, mean, np.float32(0)).max(axis=0)
    pieces, label = cv2.connectedComponents((best > rules.near_ghost).astype(np.uint8), connectivity=4)
    accepted = np.zeros(pieces, np.bool_)
    accepted[np.unique(label[best > rules.ghost])] = True
    accepted[0] = False
    return differs & (mean > rules.near_ghost) & accepted[label]


def weigh_contours(sample: Image, plate: Image, level: float) -> tuple[Floats, Flags]:
    """Say of each blob where they differ whether its contour runs through the plate (1) or through the sample (-1).

    Across the outline, 2 pixels to either side, the plate jumps by b and the sample by i, levels. A blob's evidence
    is Σ (b - i) / Σ (max(b, i) + 1); less for a blob that has little outline for its size, because it leaves the
    picture, and for one of more than a quarter of the picture.

    Returns
    -------
    evidence : float32 array of shape (h, w), -1..1
    differs : bool array of shape (h, w)
        The blobs.
    """
    import cv2

    apart = distance(sample, plate).astype(np.float32)
    differs = np.asarray(cv2.blur(apart, (3, 3)) > 3 * level)
    pieces, label, stats, _ = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=4)
    if pieces == 1:
        return np.zeros(differs.shape, np.float32), differs
    surplus, jump, length = np.zeros(pieces), np.zeros(pieces), np.zeros(pieces)
    for axis in (0, 1):
        first, second = _sides(label, axis)
        outline = (first > 0) != (second > 0)
        blob = np.maximum(first, second)[outline]
        in_plate, in_sample = (distance(*_sides(image, axis))[outline] / 3 for image in (plate, sample))
        surplus += np.bincount(blob, in_plate - in_sample, minlength=pieces)
        jump += np.bincount(blob, np.maximum(in_plate, in_sample) + 1, minlength=pieces)
        length += np.bincount(blob, minlength=pieces) / (2 * STEP)
    area = stats[:, cv2.CC_STAT_AREA]
    closed = np.minimum(1, length / (4 * np.sqrt(np.maximum(area, 1))))  # 4 sqrt(area): the outline of a square
    small = np.clip(2 - area / (differs.size * BIG), 0, 1)
    evidence = surplus / np.maximum(jump, 1e-6) * closed * small
    evidence[0] = 0
    return evidence.astype(np.float32)[label], differs


def lay_ghosts(ghosts: Flags, weights: Floats, ghost_area: Flags) -> Floats:
    """Give the votes of a haunted pixel to the samples that show its ground; 1/1000 is left to the others.

    Parameters
    ----------
    ghosts : bool array of shape (T, h, w)
        As found; each sample's grow by 2 pixels here.
    weights : float32 array of shape (T, h, w)
        Of the last round.
    haunted : bool array of shape (h, w)
        Those of earlier rounds; these are added.
    """
    import cv2

    rim = np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8)
    grown = np.stack([cv2.dilate(ghost.view(np.uint8), rim) for ghost in ghosts]).astype(np.bool_)
    here = grown.any(axis=0)
    ghost_area |= here
    return np.where(
        grown, np.float32(1), np.where(here, np.float32(1e-3), weights / np.maximum(weights.max(axis=0), TINY))
    )


def _sides(image: npt.NDArray[Any], axis: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The pixels on either side of a contour: 2 before and 2 after, down the rows or along the columns."""
    before = (slice(None),) * axis
    return image[(*before, slice(None, -2 * STEP))], image[(*before, slice(2 * STEP, None))]
