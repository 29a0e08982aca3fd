"""Frames in a row, each with something of those around it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar

from stillplate.io.source import Frame

__all__ = ["surrounded"]


class _OfFrame(Protocol):
    @property
    def frame(self) -> Frame: ...


S = TypeVar("S", bound=_OfFrame)
V = TypeVar("V")


def surrounded(
    items: Iterable[S], side: int, value: Callable[[S], V], *, full: bool = False
) -> Iterator[tuple[S, tuple[V, ...], int]]:
    """Yield items with the values of those around them, `side` frames behind those that are read.

    Parameters
    ----------
    items : iterable
        In the order of their frames. Where numbers do not follow one another, a new row begins.
    side : int
        Frames before and after.
    value : callable
        What of an item its surroundings are told.
    full : bool
        Whether the first and last items of a row have as many around them as the others, if the row is that long: the
        first ones are yielded when all of these were read.

    Yields
    ------
    item
    values : tuple
        Of the item and up to `side` others on either side, in the order of time.
    here : int
        Which of them is the item's own.
    """
    known: deque[V] = deque(maxlen=2 * side + 1)
    waiting: deque[S] = deque()

    def first() -> tuple[S, tuple[V, ...], int]:
        here = len(known) - len(waiting)
        start = 0 if full else max(0, here - side)
        return waiting.popleft(), tuple(known)[start : None if full else here + side + 1], here - start

    for coming in items:
        if waiting and coming.frame.index != waiting[-1].frame.index + 1:
            while waiting:
                yield first()
            known.clear()
        known.append(value(coming))
        waiting.append(coming)
        while len(waiting) > side and (len(known) == known.maxlen or not full):
            yield first()
    while waiting:
        yield first()
