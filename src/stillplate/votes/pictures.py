"""What the vote does with small pictures: noise, distances, means over boxes, other sizes; each sample in a thread."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from stillplate import kernels
from stillplate.video.source import Image

__all__ = [
    "Flags",
    "Floats",
    "all_resized",
    "box",
    "box_of_valid",
    "distance",
    "each",
    "estimate_noise",
    "of_valid",
    "resized",
]

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]
T = TypeVar("T")

NONE = 1e-6  # share of a box that is rounding
UNHEARD = 3 * 255  # the largest distance: of a sample that is not heard


def distance(a: Image, b: Image) -> npt.NDArray[np.uint16]:
    """Sum of the absolute differences of the channels, 0..765."""
    import cv2

    apart = cv2.absdiff(a, b) if a.size else a
    return apart[..., 0].astype(np.uint16) + apart[..., 1] + apart[..., 2]


def box(picture: Floats, fraction: float) -> Floats:
    """Mean over a box of 1/fraction of the picture's longer side."""
    import cv2

    side = 2 * int(max(picture.shape) / fraction / 2) + 1
    return np.asarray(cv2.blur(picture, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def box_of_valid(picture: Floats, valid: Flags | None, fraction: float) -> Floats:
    """Mean over a box of the pixels of it that are valid; 0 where none is."""
    if valid is None:
        return box(picture, fraction)
    heard = valid.astype(np.float32)
    return np.asarray(box(picture * heard, fraction) / np.maximum(box(heard, fraction), NONE), np.float32)


def all_resized(pictures: Floats, size: tuple[int, int]) -> Floats:
    """Bring every picture to another size."""
    return np.stack(each(lambda t: resized(pictures[t], size), len(pictures))).astype(np.float32, copy=False)


def resized(picture: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[Any]:
    """Bring a picture to another size: means where it becomes smaller, straight lines where it grows."""
    import cv2

    height, width = size
    if picture.shape[:2] == (height, width):
        return picture
    smaller = height * width < picture.shape[0] * picture.shape[1]
    return cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def of_valid(votes: Floats, valid: Flags | None) -> Floats:
    """Take the votes of those away that have none; all have theirs if `valid` is None."""
    return votes if valid is None else votes * valid


def each(work: Callable[[int], T], count: int) -> list[T]:
    """Do something for every sample, in threads; each is one thread's alone."""
    return list(_pool().map(work, range(count)))


def estimate_noise(samples: Image, neighbours: Image, valid: Flags | None = None) -> float:
    """Sigma of the small picture per channel, in 8-bit levels.

    Of each pixel the calmest tenth of |sample - neighbour| (the mean of three channels: its 10 % quantile is about
    0.3 · sqrt(2) sigma), in the calmer quarter of the picture: one full of leaves still gives the sensor's noise.
    """
    apart = np.stack(each(lambda t: distance(samples[t], neighbours[t]), len(samples)))
    if valid is None:
        rank = len(samples) // 10
        calmest = np.partition(apart, rank, axis=0)[rank]
    else:
        count = np.count_nonzero(valid, axis=0)
        ordered = np.sort(np.where(valid, apart, np.uint16(UNHEARD)), axis=0)
        calmest = np.take_along_axis(ordered, (count // 10)[None], 0)[0][count > 0]
    return float(np.quantile(calmest / 3, 0.25)) / (0.3 * 2**0.5)


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(kernels.processors(), thread_name_prefix="stillplate-vote")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of its parent's threads
