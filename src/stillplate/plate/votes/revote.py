"""The small plate that weights yield, and the weights of the samples that agree with it."""

from __future__ import annotations

from functools import partial

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import distance
from stillplate.plate.votes.rules import Rules
from stillplate.plate.votes.small_images import box_mean, zero_invalid
from stillplate.threads import map_samples

__all__ = ["DILATION", "HEAVIEST", "find_seen", "ground_weights", "revote", "weighted_plate"]

DILATION = 2  # pixels by which ghost regions are dilated: the radius of the patches, which blur their edges
MOST_DIFFERENCE = 20  # 8-bit levels: cap on the difference of a pixel, beyond which it is wrong in any case
FEWEST_SAMPLES = 2  # samples that must show the same colour
MANY = 128  # samples from which on only the heaviest are clustered
HEAVIEST = 64  # so many of each pixel
FALLOFF_POWER = 8  # power of the falloff of a sample's weight, 1 / (1 + x^8)


def weighted_plate(samples: Image, weights: Floats) -> Image:
    """Return the small plate for these weights: uint8 array of shape (h, w, 3), RGB.

    Of many samples, the 64 heaviest of each pixel are clustered, since the time goes with their number.
    """
    if len(samples) > MANY:
        samples, weights, _ = kernels.heaviest(samples, weights, HEAVIEST)
    return kernels.dominant_cluster(samples, weights=weights)[0]


def revote(
    samples: Image,
    weights: Floats,
    scales: tuple[float, ...],
    rules: Rules,
    valid: Flags | None = None,
) -> tuple[Image, Floats]:
    """Alternate plate and weights: samples are weighted by their distance from the plate, in ever smaller boxes.

    w = exp(-15 · box(tanh(e / 64)) - 3 · mean of e / 765 over the frame), e = |I - B|_1: the weights of BB-SGD,
    annealed. A large box rejects a person even where the clothes have the background's colour; the last, small ones
    follow the silhouette.

    Returns
    -------
    plate : uint8 array of shape (h, w, 3), RGB
    weights : float32 array of shape (T, h, w)
        The weights that yield this plate.
    """
    plate = weighted_plate(samples, zero_invalid(weights, valid))
    saturated = np.tanh(np.arange(766) / rules.error_scale).astype(np.float32)

    def weight_of(scale: float, t: int) -> Floats:
        error, valid_here = distance(samples[t], plate), None if valid is None else valid[t]
        frame_term = rules.frame_weight * _mean_error(error, valid_here) / 765
        near = box_mean(saturated[error], valid_here, scale)
        return np.asarray(np.exp(-rules.box_weight * near - np.float32(frame_term)), np.float32)

    for scale in scales:
        weights = zero_invalid(np.stack(map_samples(partial(weight_of, scale), len(samples))), valid)
        plate = weighted_plate(samples, weights)
    return plate, weights


def ground_weights(samples: Image, plate: Image, ghost_area: Flags, rules: Rules, valid: Flags | None = None) -> Floats:
    """Return how far each sample shows the background: 1 / (1 + (m / 0.5)^8), m = box(tanh(e / 100)), e = |I - B|_1.

    From m its minimum over the pixel's samples is subtracted: the nearest sample shows the background by definition. In
    ghost areas, 0.2 and 64 replace 0.5 and 100. Invalid samples get 0 and do not count for the minimum.
    """
    import cv2

    wide = _ground_weights(samples, plate, rules, *rules.ground_falloff, valid)
    if not ghost_area.any():
        return wide
    share = cv2.blur(ghost_area.astype(np.float32), (2 * DILATION + 1, 2 * DILATION + 1))
    return np.asarray(
        wide * (1 - share) + _ground_weights(samples, plate, rules, *rules.ghost_falloff, valid) * share, np.float32
    )


def _mean_error(error: npt.NDArray[np.uint16], valid: Flags | None) -> float:
    if valid is None:
        return float(error.mean(dtype=np.float64))
    return float(error.sum(dtype=np.float64, where=valid)) / max(1, int(np.count_nonzero(valid)))


def _ground_weights(samples: Image, plate: Image, rules: Rules, far: float, half: float, valid: Flags | None) -> Floats:
    saturated = np.tanh(np.arange(766) / far).astype(np.float32)

    def share_of(t: int) -> Floats:
        valid_here = None if valid is None else valid[t]
        return box_mean(saturated[distance(samples[t], plate)], valid_here, rules.ground_scale)

    share = np.stack(map_samples(share_of, len(samples)))
    share -= share.min(axis=0) if valid is None else share.min(axis=0, where=valid, initial=1)
    share *= np.float32(1 / half)
    return zero_invalid(np.asarray(1 / (1 + share**FALLOFF_POWER), np.float32), valid)


def find_seen(samples: Image, plate: Image, valid: Flags | None = None) -> Flags:
    """Return where two samples or more show the plate: their 3 x 3 patch differs by less than 10 levels on average.

    Each pixel counts with its greatest channel's difference, capped at 20 levels. Of three samples or fewer, one
    suffices.
    """
    import cv2

    def shows(t: int) -> Flags:
        difference = np.minimum(cv2.absdiff(samples[t], plate).max(axis=2), MOST_DIFFERENCE).astype(np.float32)
        return np.asarray(cv2.blur(difference, (3, 3)) < MOST_DIFFERENCE / 2)

    count = np.sum(zero_invalid(np.stack(map_samples(shows, len(samples))), valid), axis=0)
    return np.asarray(count >= min(FEWEST_SAMPLES, len(samples) // 2))
