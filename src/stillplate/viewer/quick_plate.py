"""A plate that is voted again only where something was drawn: what is shown until the whole vote is done."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stillplate import kernels
from stillplate.arrays import Mask
from stillplate.background.background import Background
from stillplate.background.voted_samples import VotedSamples
from stillplate.plate.plate import Plate
from stillplate.plate.votes import Votes, weigh
from stillplate.sampling.exclusion import Excluded, Exclusion, Validity

__all__ = ["quick_plate"]

MARGIN = 0.6  # of the region's size, on each side, that votes with it
LEAST_SIDE = 24  # small pixels of the part that votes
BAND = 2**26  # bytes of samples that are clustered at a time
Box = tuple[slice, slice]


def quick_plate(
    background: Background, voted: VotedSamples, exclusions: tuple[Exclusion, ...], changed: Mask
) -> Background | None:
    """Vote again around what changed.

    Parameters
    ----------
    background : Background
        Of the same samples, with other exclusions.
    voted : VotedSamples
        These samples.
    exclusions : tuple of Exclusion
        All that hold now.
    changed : bool array of shape (H, W)
        Where they differ from those that the background was made with.

    Returns
    -------
    Background or None
        With the plate made anew in the changed region, by the votes of its surroundings alone; its thresholds are the
        old ones. None where that cannot be told so fast: of a moving camera, or of several lights.
    """
    stack, votes = voted.stack, voted.votes
    if background.camera is not None or background.states or not changed.any():
        return None
    valid = Excluded.of(exclusions, stack.width, stack.height).validity(stack.times, warn=False)
    if votes is None or stack.small is None:
        plate = _made_anew(background.plate, replace(voted, valid=valid), valid, changed)
        return replace(background, plate=plate)
    small_height, small_width = stack.small.shape[1:3]
    full = (stack.height, stack.width)
    small = _padded(_box(changed), full, (small_height, small_width))
    heard = None if valid is None else np.ascontiguousarray(valid.small(small_height, small_width)[:, *small])
    part = np.ascontiguousarray(stack.small[:, *small])
    again = weigh(part, votes.noise, valid=heard)
    weights = votes.weights.copy()
    weights[:, *small] = again.weights
    support, seen = votes.support.copy(), votes.seen.copy()
    support[small], seen[small] = again.support, again.seen
    whole = Votes(weights, support, votes.noise, votes.ghost_area, seen, votes.merge)
    plate = _made_anew(background.plate, replace(voted, votes=whole, valid=valid), valid, changed)
    return replace(background, plate=plate)


def _box(mask: Mask) -> Box:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _padded(box: Box, full: tuple[int, int], small: tuple[int, int]) -> Box:
    """Return the rows and columns of the small picture around a box of the full one."""
    found = []
    for side, whole, size in zip(box, full, small, strict=True):
        first, last = side.start * size / whole, side.stop * size / whole
        margin = max(MARGIN * (last - first), (LEAST_SIDE - (last - first)) / 2, 2)
        found.append(slice(max(0, int(first - margin)), min(size, int(np.ceil(last + margin)))))
    return found[0], found[1]


def _made_anew(plate: Plate, voted: VotedSamples, valid: Validity | None, changed: Mask) -> Plate:
    """Return the plate with the changed region clustered again."""
    stack, votes = voted.stack, voted.votes
    image, support, noise, seen = plate.image.copy(), plate.support.copy(), plate.noise.copy(), plate.seen.copy()
    box_rows, columns = _box(changed)
    step = max(1, BAND // (len(stack) * stack.width * 3))
    for top in range(box_rows.start, box_rows.stop, step):
        rows = slice(top, min(top + step, box_rows.stop))
        part, where = np.s_[rows, columns], changed[rows, columns]
        heard, known = (None, None) if valid is None else valid.rows(rows)
        weights, sure = (None, None) if votes is None else votes.rows(rows, stack.height, stack.width)
        colour, share, spread = kernels.dominant_cluster(
            np.ascontiguousarray(stack.rows(rows)[:, :, columns]),
            clusters=voted.clusters,
            weights=None if weights is None else np.ascontiguousarray(weights[..., columns]),
            valid=None if heard is None else np.ascontiguousarray(heard[..., columns]),
            merge=0.0 if votes is None else votes.merge,
        )
        told = np.ones(where.shape, np.bool_) if known is None else known[:, columns]
        shown = told if votes is None else votes.seen_rows(rows, stack.height, stack.width)[:, columns] & told
        image[part][where], noise[part][where] = colour[where], spread[where]
        support[part][where] = ((share if sure is None else sure[:, columns]) * told)[where]
        seen[part][where] = shown[where]
    return replace(plate, image=image, support=support, noise=noise, seen=seen)
