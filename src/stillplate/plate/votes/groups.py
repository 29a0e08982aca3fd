"""Groups of people who stood still: ghosts whose differences to a sample run into those of others who move."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import distance
from stillplate.plate.votes.agreement import Agreement
from stillplate.plate.votes.ghosts import (
    STEP,
    accept_ghosts,
    contour_evidence,
    difference_level,
    reweight_ghosts,
    shared_evidence,
)
from stillplate.plate.votes.revote import DILATION, revote
from stillplate.plate.votes.rules import Rules
from stillplate.threads import map_samples

__all__ = ["LEAST_GHOST_AREA", "anything_stands", "local_evidence", "prove", "without_groups"]

BOXES = (5, 11, 21)  # pixels, sides of the boxes in which a contour is evidence; near contours count in all of them
LEAST_CONTRAST = 1e-3  # levels: least divisor, where no contour is near
LEAST_GHOST_AREA = 2e-4  # share of the image: smaller ghost areas do not change the plate
HELD_SHARE = 0.1  # share of the samples for which something stands at least
SMALLEST = 1 / 500  # share of the image: least area in which something stands
LARGEST = 1 / 2  # share of the image: where more of it stands, the light has changed


def anything_stands(samples: Image, plate: Image, noise: float, valid: Flags | None = None) -> Flags:
    """Return where samples in a row show the same and not the plate, for a tenth of the samples or more.

    This is cheap, and true of no pixel of most clips; then there is no need to look for groups.
    """
    level = 3 * difference_level(noise)
    off_plate = np.stack(map_samples(lambda t: _smoothed(samples[t], plate), len(samples)))
    least = np.minimum(off_plate[1:], off_plate[:-1])
    held = np.stack(map_samples(lambda t: _smoothed(samples[t], samples[t + 1]), len(samples) - 1)) < least / 2
    held &= least > level
    if valid is not None:
        held &= valid[1:] & valid[:-1]
    return np.asarray(held.mean(axis=0) > HELD_SHARE)


def without_groups(
    samples: Image, plate: Image, weights: Floats, ghost_area: Flags, agreement: Agreement, noise: float, rules: Rules
) -> tuple[Image, Flags]:
    """Remove the ghosts of people who stood in groups from the small plate.

    Ghosts are found by the contours near each pixel (`local_evidence`), and the plate that is elected without them is
    taken over where it is better (`prove`). Where too much was taken for a ghost nothing is proved, and less is tried.

    Parameters
    ----------
    ghost_area : bool array of shape (h, w)
        Where ghosts were found before; the new ones are added in place.

    Returns
    -------
    plate : uint8 array of shape (h, w, 3), RGB
    doubtful : bool array of shape (h, w)
        Where something stands that may be the background, by the contours near, and that was not proved. Where more
        than half of the picture stands, nothing is tried.
    """
    for left in reversed(range(rules.ghost_rounds + 1)):
        stands = anything_stands(samples, plate, noise, agreement.valid)
        if stands.mean() < SMALLEST:
            break
        mean, differs = shared_evidence(samples, plate, agreement, noise, rules, local_evidence)
        differs &= stands
        for rim in rules.group_rim_evidence if left and stands.mean() <= LARGEST else ():
            ghosts = accept_ghosts(mean, differs, rules.group_evidence, rim)
            if ghosts.any(axis=0).mean() < LEAST_GHOST_AREA:
                continue
            reweighted = reweight_ghosts(ghosts, weights, ghost_area.copy())
            corrected, new_weights = revote(samples, reweighted, rules.revote_scales[-2:], rules, agreement.valid)
            better = prove(corrected, plate, noise, rules)
            if better.mean() >= LEAST_GHOST_AREA:
                break
        else:
            return plate, np.asarray((differs & (mean > rules.ghost_rim_evidence)).any(axis=0))
        ghost_area |= better
        weights = np.where(better, new_weights, weights)
        plate = np.where(better[..., None], corrected, plate)
    return plate, np.zeros_like(ghost_area)


def local_evidence(sample: Image, plate: Image, level: float) -> tuple[Floats, Flags]:
    """Rate each pixel of difference by the contours near it: do they run through the plate (1) or the sample (-1)?

    A ghost and people who pass or stand beside it are one blob, and each has a part of its contour. Contrasts are those
    of `contour_evidence`, but Σ (b - i) / Σ (max(b, i) + 1) is taken over boxes around the pixel, small and large.

    Returns
    -------
    evidence : float32 array of shape (h, w), -1..1
    differs : bool array of shape (h, w)
    """
    import cv2

    differs = np.asarray(_smoothed(sample, plate) > 3 * level)
    excess, contrast = (np.zeros(differs.shape, np.float32) for _ in range(2))
    for axis in (0, 1):
        before, after = ((slice(None),) * axis + (part,) for part in (slice(None, -2 * STEP), slice(2 * STEP, None)))
        ours, theirs = (distance(image[before], image[after]).astype(np.float32) / 3 for image in (plate, sample))
        for inside, outside in ((before, after), (after, before)):
            contour = differs[inside] & ~differs[outside]
            excess[inside] += (ours - theirs) * contour
            contrast[inside] += (np.maximum(ours, theirs) + 1) * contour
    near_excess, near_contrast = (
        np.sum([cv2.blur(values, (side, side)) for side in BOXES], axis=0) for values in (excess, contrast)
    )
    evidence = near_excess / np.maximum(near_contrast, np.float32(LEAST_CONTRAST))
    return np.asarray(np.where(differs, evidence, 0), np.float32), differs


def prove(corrected: Image, plate: Image, noise: float, rules: Rules) -> Flags:
    """Return where a corrected plate is better than the plate, by the contours of what differs between the two.

    Nobody passes in a plate, so here a whole blob is judged: all that was taken for a ghost, with its neighbours. Blobs
    are dilated by 2 pixels.
    """
    import cv2

    evidence, _ = contour_evidence(corrected, plate, difference_level(noise))
    kernel = np.ones((2 * DILATION + 1, 2 * DILATION + 1), np.uint8)
    return np.asarray(cv2.dilate((evidence > rules.group_proof).astype(np.uint8), kernel), np.bool_)


def _smoothed(first: Image, second: Image) -> Floats:
    import cv2

    return np.asarray(cv2.blur(distance(first, second).astype(np.float32), (3, 3)), np.float32)
