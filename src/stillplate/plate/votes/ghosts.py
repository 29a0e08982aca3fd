"""Ghosts: objects that stood still for long and then left; the plate shows them, and some samples do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import distance
from stillplate.plate.votes.agreement import Agreement
from stillplate.plate.votes.revote import DILATION
from stillplate.plate.votes.rules import Rules
from stillplate.threads import map_samples

__all__ = [
    "STEP", "accept_ghosts", "contour_evidence", "difference_level", "find_ghosts", "reweight_ghosts",
    "shared_evidence",
]  # fmt: skip

Evidence = Callable[[Image, Image, float], tuple[Floats, Flags]]

STEP = 2  # pixels on either side of a contour at which its contrast is measured
LEAST_DIVISOR = 1e-20  # least divisor of a weight
LARGE_BLOB = 0.25  # share of the image: for larger blobs the contour is no evidence


def difference_level(noise: float) -> float:
    """8-bit levels, mean over channels and 3 x 3 pixels, from which a sample differs from the plate."""
    return min(max(6 * noise, 15.0), 20.0)


def find_ghosts(samples: Image, plate: Image, agreement: Agreement, noise: float, rules: Rules) -> Flags:
    """Find the samples that show the background where the plate shows a ghost.

    Where a sample differs from the plate, either of them shows the background. The contour of the difference runs
    through the image that shows the object (`contour_evidence`). Samples that agree with each other share this
    evidence, and a blob is accepted as a ghost by its mean.

    Returns
    -------
    bool array of shape (T, h, w)
        The samples that show the background where the plate has a ghost.
    """
    mean, differs = shared_evidence(samples, plate, agreement, noise, rules, contour_evidence)
    return accept_ghosts(mean, differs, rules.ghost_evidence, rules.ghost_rim_evidence)


def shared_evidence(
    samples: Image, plate: Image, agreement: Agreement, noise: float, rules: Rules, rate: Evidence
) -> tuple[Floats, Flags]:
    """Rate every sample by `rate`, and share the evidence among samples that agree.

    Returns
    -------
    mean : float32 array of shape (T, h, w), -1..1
    differs : bool array of shape (T, h, w)
    """
    level, valid = difference_level(noise), agreement.valid

    def evidence_of(t: int) -> tuple[Floats, Flags]:
        sample = samples[t] if valid is None else np.where(valid[t][..., None], samples[t], plate)
        return rate(sample, plate, level)

    evidence, differs = (np.stack(part) for part in zip(*map_samples(evidence_of, len(samples)), strict=True))
    if not differs.any():
        return evidence, differs
    aggregated, weight = agreement.aggregate(evidence, differs.astype(np.float32))
    return aggregated / (weight + np.float32(rules.evidence_prior * len(samples))), differs


def accept_ghosts(mean: Floats, differs: Flags, least: float, rim: float) -> Flags:
    """Return where samples differ with evidence above `rim`, connected to a pixel with evidence above `least`."""
    import cv2

    greatest = np.where(differs, mean, np.float32(0)).max(axis=0)
    blobs, labels = cv2.connectedComponents((greatest > rim).astype(np.uint8), connectivity=4)
    accepted = np.zeros(blobs, np.bool_)
    accepted[np.unique(labels[greatest > least])] = True
    accepted[0] = False
    return differs & (mean > rim) & accepted[labels]


def contour_evidence(sample: Image, plate: Image, level: float) -> tuple[Floats, Flags]:
    """Rate each blob of difference: does its contour run through the plate (1) or through the sample (-1)?

    Across the contour, from 2 pixels on one side to 2 on the other, the plate changes by b and the sample by i, in
    levels. The evidence of a blob is Σ (b - i) / Σ (max(b, i) + 1). It is reduced for a blob whose contour is short for
    its area, because the blob leaves the image, and for a blob of more than a quarter of the image.

    Returns
    -------
    evidence : float32 array of shape (h, w), -1..1
    differs : bool array of shape (h, w)
        The blobs.
    """
    import cv2

    difference = distance(sample, plate).astype(np.float32)
    differs = np.asarray(cv2.blur(difference, (3, 3)) > 3 * level)
    blobs, labels, stats, _ = cv2.connectedComponentsWithStats(differs.astype(np.uint8), connectivity=4)
    if blobs == 1:
        return np.zeros(differs.shape, np.float32), differs
    excess, contrast, length = np.zeros(blobs), np.zeros(blobs), np.zeros(blobs)
    for axis in (0, 1):
        first, second = _sides(labels, axis)
        contour = (first > 0) != (second > 0)
        blob = np.maximum(first, second)[contour]
        plate_contrast, sample_contrast = (distance(*_sides(image, axis))[contour] / 3 for image in (plate, sample))
        excess += np.bincount(blob, plate_contrast - sample_contrast, minlength=blobs)
        contrast += np.bincount(blob, np.maximum(plate_contrast, sample_contrast) + 1, minlength=blobs)
        length += np.bincount(blob, minlength=blobs) / (2 * STEP)
    area = stats[:, cv2.CC_STAT_AREA]
    closedness = np.minimum(1, length / (4 * np.sqrt(np.maximum(area, 1))))  # 4 sqrt(area): contour length of a square
    small_enough = np.clip(2 - area / (differs.size * LARGE_BLOB), 0, 1)
    evidence = excess / np.maximum(contrast, 1e-6) * closedness * small_enough
    evidence[0] = 0
    return evidence.astype(np.float32)[labels], differs


def reweight_ghosts(ghosts: Flags, weights: Floats, ghost_area: Flags) -> Floats:
    """Return the weights with 1 for samples that show the background in place of a ghost, 1/1000 for the others.

    Parameters
    ----------
    ghosts : bool array of shape (T, h, w)
        As `find_ghosts` returns them; here the regions of each sample are dilated by 2 pixels.
    weights : float32 array of shape (T, h, w)
        Weights of the last round.
    ghost_area : bool array of shape (h, w)
        Where ghosts were found in earlier rounds; the new ones are added in place.
    """
    import cv2

    kernel = np.ones((2 * DILATION + 1, 2 * DILATION + 1), np.uint8)
    dilated = np.stack([cv2.dilate(mask.view(np.uint8), kernel) for mask in ghosts]).astype(np.bool_)
    here = dilated.any(axis=0)
    ghost_area |= here
    return np.where(
        dilated,
        np.float32(1),
        np.where(here, np.float32(1e-3), weights / np.maximum(weights.max(axis=0), LEAST_DIVISOR)),
    )


def _sides(image: npt.NDArray[Any], axis: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the pixels 2 before and 2 after each pixel, along the given axis."""
    before = (slice(None),) * axis
    return image[(*before, slice(None, -2 * STEP))], image[(*before, slice(2 * STEP, None))]
