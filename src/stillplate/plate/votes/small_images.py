"""What the vote does with small pictures: noise, distances, means over boxes, other sizes; each sample in a thread."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import box, distance
from stillplate.imaging.resize import resized
from stillplate.threads import map_samples

__all__ = ["all_resized", "box_of_valid", "estimate_noise", "of_valid"]


NONE = 1e-6  # share of a box that is rounding
UNHEARD = 3 * 255  # the largest distance: of a sample that is not heard


def box_of_valid(picture: Floats, valid: Flags | None, fraction: float) -> Floats:
    """Mean over a box of the pixels of it that are valid; 0 where none is."""
    if valid is None:
        return box(picture, fraction)
    heard = valid.astype(np.float32)
    return np.asarray(box(picture * heard, fraction) / np.maximum(box(heard, fraction), NONE), np.float32)


def all_resized(pictures: Floats, size: tuple[int, int]) -> Floats:
    """Bring every picture to another size."""
    return np.stack(map_samples(lambda t: resized(pictures[t], size), len(pictures))).astype(np.float32, copy=False)


def of_valid(votes: Floats, valid: Flags | None) -> Floats:
    """Take the votes of those away that have none; all have theirs if `valid` is None."""
    return votes if valid is None else votes * valid


def estimate_noise(samples: Image, neighbours: Image, valid: Flags | None = None) -> float:
    """Sigma of the small picture per channel, in 8-bit levels.

    Of each pixel the calmest tenth of |sample - neighbour| (the mean of three channels: its 10 % quantile is about
    0.3 · sqrt(2) sigma), in the calmer quarter of the picture: one full of leaves still gives the sensor's noise.
    """
    apart = np.stack(map_samples(lambda t: distance(samples[t], neighbours[t]), len(samples)))
    if valid is None:
        rank = len(samples) // 10
        calmest = np.partition(apart, rank, axis=0)[rank]
    else:
        count = np.count_nonzero(valid, axis=0)
        ordered = np.sort(np.where(valid, apart, np.uint16(UNHEARD)), axis=0)
        calmest = np.take_along_axis(ordered, (count // 10)[None], 0)[0][count > 0]
    return float(np.quantile(calmest / 3, 0.25)) / (0.3 * 2**0.5)
