"""Operations on stacks of small images: noise, box means, resizing; one thread per sample."""

from __future__ import annotations

import numpy as np

from stillplate.arrays import Flags, Floats, Image
from stillplate.imaging.filters import box, distance
from stillplate.imaging.resize import resized
from stillplate.threads import map_samples

__all__ = ["box_mean", "estimate_noise", "resize_all", "zero_invalid"]


LEAST_SHARE = 1e-6  # least share of a box: less is rounding error
LARGEST_DISTANCE = 3 * 255  # greatest possible distance, which stands for invalid samples when sorting


def box_mean(image: Floats, valid: Flags | None, scale: float) -> Floats:
    """Return the mean of the valid pixels in a box around each pixel; 0 where none is valid."""
    if valid is None:
        return box(image, scale)
    weight = valid.astype(np.float32)
    return np.asarray(box(image * weight, scale) / np.maximum(box(weight, scale), LEAST_SHARE), np.float32)


def resize_all(images: Floats, size: tuple[int, int]) -> Floats:
    """Resize every image."""
    return np.stack(map_samples(lambda t: resized(images[t], size), len(images))).astype(np.float32, copy=False)


def zero_invalid(weights: Floats, valid: Flags | None) -> Floats:
    """Zero the weights of invalid samples."""
    return weights if valid is None else weights * valid


def estimate_noise(samples: Image, neighbours: Image, valid: Flags | None = None) -> float:
    """Return the standard deviation of the small images' noise per channel, in 8-bit levels.

    At each pixel the 10 % quantile of |sample - neighbour| is taken (the mean of the three channels; the quantile is
    about 0.3 · sqrt(2) standard deviations), then the 25 % quantile over the image. So an image full of moving leaves
    still yields the sensor's noise.
    """
    differences = np.stack(map_samples(lambda t: distance(samples[t], neighbours[t]), len(samples)))
    if valid is None:
        rank = len(samples) // 10
        calmest = np.partition(differences, rank, axis=0)[rank]
    else:
        count = np.count_nonzero(valid, axis=0)
        ordered = np.sort(np.where(valid, differences, np.uint16(LARGEST_DISTANCE)), axis=0)
        calmest = np.take_along_axis(ordered, (count // 10)[None], 0)[0][count > 0]
    return float(np.quantile(calmest / 3, 0.25)) / (0.3 * 2**0.5)
