"""A region's mask as COCO's compressed run lengths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillplate.rendering.objects.regions import Region

__all__ = ["run_lengths", "to_text"]


def run_lengths(region: Region, width: int, height: int) -> list[int]:
    """Count the pixels of each run, down the columns of the picture, the first run one of ground (0 if there is none).

    Parameters
    ----------
    region : Region
    width, height : int
        Of the picture.

    Returns
    -------
    list of int
        They sum up to the number of pixels in the picture.
    """
    x, y, columns, rows = region.box
    strip = np.zeros((columns, height), np.bool_)
    strip[:, y : y + rows] = region.mask.T
    flat = strip.ravel()
    changes = np.flatnonzero(np.diff(flat, prepend=False, append=False)) + x * height
    return [int(run) for run in np.diff(changes, prepend=0, append=width * height)]


def to_text(runs: Sequence[int]) -> str:
    """Write run lengths as COCO does: from the fourth on, the difference to the one before the last.

    Each number is in two's complement, in groups of five bits, the lowest first; the sixth bit says that more follow,
    and 48 makes it a letter.
    """
    letters = []
    for number, run in enumerate(runs):
        value = run - runs[number - 2] if number > 2 else run
        more = True
        while more:
            group = value & 31
            value >>= 5
            more = value != (-1 if group & 16 else 0)
            letters.append(chr(group + 32 * more + 48))
    return "".join(letters)
