"""The plate that votes elect, and the votes of those who show it."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import distance
from stillplate.plate.votes.rules import Rules
from stillplate.plate.votes.small_images import box_of_valid, of_valid
from stillplate.threads import map_samples

__all__ = ["RIM", "confirm", "elect", "revote", "show_ground"]

RIM = 2  # pixels by which a convicted region grows: the patches' radius on this picture, which blurs its rim
SAME = 20  # levels: a pixel off by more is wrong
WITNESSES = 2  # samples that must show the same
FALL = 8  # how steeply a sample's vote falls: 1 / (1 + x^8)


def elect(samples: Image, weights: Floats) -> Image:
    """Make the small plate for these votes."""
    return kernels.dominant_cluster(samples, weights=weights)[0]


def revote(
    samples: Image,
    votes: Floats,
    rounds: tuple[float, ...],
    rules: Rules,
    valid: Flags | None = None,
) -> tuple[Image, Floats]:
    """Hold the samples to the plate that they elect, let them elect another, and again in ever smaller boxes.

    w = exp(-15 · box(tanh(e / 64)) - 3 · mean of e / 765 over the frame), e = |I - B|_1: the
    weights of BB-SGD, annealed. In a wide box a man who stands there is still different from the street behind him; in
    the small one, at last, no limb of his is left.

    Returns
    -------
    plate : uint8 array of shape (h, w, 3), RGB
    votes : float32 array of shape (T, h, w)
        Those that elected it.
    """
    plate = elect(samples, of_valid(votes, valid))
    strange = np.tanh(np.arange(766) / rules.strange).astype(np.float32)

    def weigh(fraction: float, t: int) -> Floats:
        error, here = distance(samples[t], plate), None if valid is None else valid[t]
        whole = rules.frame_error * _mean(error, here) / 765
        near = box_of_valid(strange[error], here, fraction)
        return np.asarray(np.exp(-rules.box_error * near - np.float32(whole)), np.float32)

    for fraction in rounds:
        votes = of_valid(np.stack(map_samples(partial(weigh, fraction), len(samples))), valid)
        plate = elect(samples, votes)
    return plate, votes


def show_ground(samples: Image, plate: Image, ghost_area: Flags, rules: Rules, valid: Flags | None = None) -> Floats:
    """Weigh each sample by whether it shows the ground: 1 / (1 + (m / 0.5)^8), m = box(tanh(e / 100)), e = |I - B|_1.

    m is taken from the least of the pixel's samples on: one of them is the nearest there is to the ground. Where a
    ghost was, 0.2 and 64 stand in place of 0.5 and 100. Who is not valid has no vote, and is none of the samples.
    """
    import cv2

    loose = _near(samples, plate, rules, *rules.shown, valid)
    if not ghost_area.any():
        return loose
    share = cv2.blur(ghost_area.astype(np.float32), (2 * RIM + 1, 2 * RIM + 1))
    return np.asarray(
        loose * (1 - share) + _near(samples, plate, rules, *rules.shown_by_ghost, valid) * share, np.float32
    )


def _mean(error: npt.NDArray[np.uint16], valid: Flags | None) -> float:
    if valid is None:
        return float(error.mean(dtype=np.float64))
    return float(error.sum(dtype=np.float64, where=valid)) / max(1, int(np.count_nonzero(valid)))


def _near(samples: Image, plate: Image, rules: Rules, far: float, half: float, valid: Flags | None) -> Floats:
    strange = np.tanh(np.arange(766) / far).astype(np.float32)

    def share_of(t: int) -> Floats:
        here = None if valid is None else valid[t]
        return box_of_valid(strange[distance(samples[t], plate)], here, rules.shown_box)

    share = np.stack(map_samples(share_of, len(samples)))
    share -= share.min(axis=0) if valid is None else share.min(axis=0, where=valid, initial=1)
    share *= np.float32(1 / half)
    return of_valid(np.asarray(1 / (1 + share**FALL), np.float32), valid)


def confirm(samples: Image, plate: Image, valid: Flags | None = None) -> Flags:
    """Tell where two samples or more show the plate: in the 3 x 3 patch they are less than 10 levels off, on average.

    Each pixel counts min(1, max over channels of |I - B| / 20). Of three samples or fewer one is enough.
    """
    import cv2

    def shows(t: int) -> Flags:
        far = np.minimum(cv2.absdiff(samples[t], plate).max(axis=2), SAME).astype(np.float32)
        return np.asarray(cv2.blur(far, (3, 3)) < SAME / 2)

    witnesses = np.sum(of_valid(np.stack(map_samples(shows, len(samples))), valid), axis=0)
    return np.asarray(witnesses >= min(WITNESSES, len(samples) // 2))
