"""For how long a region of a clip looks as it does in one frame: the time that is proposed for what was drawn."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from stillplate.arrays import Image, Mask
from stillplate.io.source import Frame

__all__ = ["lasting_look"]

DIFFERS = 16.0  # levels, mean over the channels, from which on a pixel differs
GAP = 0.05  # share of the region: of the samples, in the order of how much differs, the first such gap parts them
BRIDGED = 2  # samples in a row that something passing may hide


def lasting_look(image: Image, time: float, samples: Iterable[Frame], where: Mask) -> tuple[float | None, float | None]:
    """Find from when to when a region looks as it does at one time.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The frame at that time.
    time : float
        Seconds from the first frame.
    samples : iterable of Frame
        Sampled frames of the clip, in the order of time.
    where : bool array of shape (H, W)
        The region.

    Returns
    -------
    start, end : float or None
        Half-way to the nearest samples that look different; None where there are none, up to an end of the clip.

    Notes
    -----
    The samples, in ascending order of the share of the region that differs from the image by 16 levels or more, are
    parted where the first gap of a twentieth is, or else the largest one. They all look alike if none is a twentieth
    off the others.
    """
    rows, columns = (np.flatnonzero(where.any(axis=axis)) for axis in (1, 0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inside, here = where[box], image[box].astype(np.int16)
    times, differences = [], []
    for frame in samples:
        times.append(float(frame.time))
        far = np.abs(frame.image[box].astype(np.int16) - here)[inside].mean(axis=1)
        differences.append(float((far >= DIFFERS).mean()))
    if not times:
        return None, None
    ordered = np.sort(differences)
    gaps = np.diff(ordered)
    if ordered[-1] - ordered[0] < GAP:
        return None, None
    at = int(np.argmax(gaps >= GAP) if gaps.max() >= GAP else gaps.argmax())
    alike = np.array(differences) <= (ordered[at] + ordered[at + 1]) / 2
    return _edges(np.array(times), alike, time)


def _edges(
    times: np.ndarray[tuple[int], np.dtype[np.float64]], alike: Mask, time: float
) -> tuple[float | None, float | None]:
    """Return the ends of the run of samples around a time that look alike."""
    middle = int(np.searchsorted(times, time))
    first, last = middle, middle - 1  # an empty run before the sample `middle`
    while any(alike[max(0, first - 1 - step)] for step in range(BRIDGED + 1) if first - 1 - step >= 0):
        first -= 1
    while any(alike[last + 1 + step] for step in range(BRIDGED + 1) if last + 1 + step < len(times)):
        last += 1
    start = None if first == 0 else (times[first - 1] + min(time, times[min(first, len(times) - 1)])) / 2
    end = None if last == len(times) - 1 else (times[last + 1] + max(time, times[max(0, last)])) / 2
    return (None if start is None else round(float(start), 2)), (None if end is None else round(float(end), 2))
