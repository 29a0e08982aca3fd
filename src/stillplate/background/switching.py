"""Frames in the instant of a switch of the light, told from the frames before and after."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from operator import itemgetter
from typing import TypeVar

import numpy as np

from stillplate.arrays import Mask
from stillplate.background.moment import Moment
from stillplate.photometry.states import MOST_DIFFERING
from stillplate.segmentation.carrying import MOST_STEPS
from stillplate.segmentation.found import UNKNOWN_LIGHT, Found

__all__ = ["switches_told"]

T = TypeVar("T")

LONGEST = 2 * MOST_STEPS  # frames of a switch: masks are carried into no more, from both sides


def switches_told(moments: Iterable[Moment[T]]) -> Iterator[Moment[T]]:
    """Tell frames whose light is none of the scene's, for no longer than a switch takes.

    Parameters
    ----------
    moments : iterable of Moment
        In the order of time.

    Yields
    ------
    Moment
        In the same order, after sixteen more at most. Frames of a switch tell nothing, since they are in no known
        light.

    Notes
    -----
    A frame is held back if its mask has much that no settled frame before it had, and that keeps the texture of the
    ground. An object does not keep it, and an exposure that the gain compensates marks nothing. The first frame whose
    mask is settled again ends the switch. If none comes, the light stays, and all frames keep what was found in them.
    """
    settled: deque[tuple[int, Mask]] = deque(maxlen=MOST_STEPS)  # with the pixels that are marked
    held: list[Moment[T]] = []
    last: Moment[T] | None = None
    for coming in moments:
        if last is not None and not coming.follows(last):
            yield from map(_switched, held)
            held.clear()
            settled.clear()
        last = coming
        if (held and coming.found.untold is not None) or _in_new_light(coming, settled):
            held.append(coming)
            if len(held) > LONGEST:
                yield from held
                held.clear()
                settled.clear()
            continue
        yield from map(_switched, held)
        held.clear()
        if coming.found.untold is None:
            settled.append((np.count_nonzero(coming.found.mask), coming.found.mask))
        yield coming
    yield from map(_switched, held)


def _in_new_light(moment: Moment[T], settled: deque[tuple[int, Mask]]) -> bool:
    """Whether the ground in another light is marked, as it was not in the last settled mask, or in the least."""
    mask, least = moment.found.mask, MOST_DIFFERING * moment.found.mask.size
    if not settled or moment.found.untold is not None or np.count_nonzero(mask) <= least:
        return False
    for _, known in (settled[-1], min(settled, key=itemgetter(0))):
        new = mask & ~known
        if np.count_nonzero(new) > least and moment.observation.is_relit(new):
            return True
    return False


def _switched(moment: Moment[T]) -> Moment[T]:
    if moment.found.untold is not None:
        return moment
    return replace(moment, found=Found.nothing(moment.found.mask.shape, UNKNOWN_LIGHT))
