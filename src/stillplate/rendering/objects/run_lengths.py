"""A region's mask as COCO's compressed run lengths."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stillplate.rendering.objects.regions import Region

__all__ = ["run_lengths", "to_text"]


def run_lengths(region: Region, width: int, height: int) -> list[int]:
    """Return the lengths of the runs of a region down the columns of the image; the first run is background (maybe 0).

    Parameters
    ----------
    region : Region
    width, height : int
        Size of the image.

    Returns
    -------
    list of int
        Lengths of alternating runs of background and region; their sum is the number of pixels.
    """
    x, y, columns, rows = region.box
    strip = np.zeros((columns, height), np.bool_)
    strip[:, y : y + rows] = region.mask.T
    flat = strip.ravel()
    changes = np.flatnonzero(np.diff(flat, prepend=False, append=False)) + x * height
    return [int(run) for run in np.diff(changes, prepend=0, append=width * height)]


def to_text(runs: Sequence[int]) -> str:
    """Return run lengths as COCO's text: from the fourth on, each is the difference to the one two before it.

    Each number is in two's complement, in groups of five bits, lowest first; the sixth bit is set if more groups
    follow, and adding 48 makes each group a character.
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
