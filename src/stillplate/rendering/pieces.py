"""How a long clip is divided: into periods with a background each, and into pieces that are rendered one by one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

__all__ = ["Piece", "cut", "periods_of", "pieces_of"]


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames that are rendered by one task.

    Attributes
    ----------
    frames : range
    period : int
        The period that they lie in, from 0, whose background is theirs.
    others : tuple of int
        The periods before and after it, as far as there are any.
    """

    frames: range
    period: int = 0
    others: tuple[int, ...] = ()


def cut(keys: Sequence[int], frames: int, rate: Fraction, length: Fraction) -> list[range]:
    """Divide a clip into spans that begin at key frames, the first ones at or after every multiple of a length.

    Parameters
    ----------
    keys : sequence of int
        Numbers of the key frames, ascending.
    frames : int
        In the clip.
    rate : Fraction
        Frames per second.
    length : Fraction
        Seconds of a span, above 0.

    Returns
    -------
    list of range
        The frames of each span.

    Examples
    --------
    >>> cut([0, 10, 25, 30], 40, Fraction(10), Fraction(1))
    [range(0, 10), range(10, 25), range(25, 30), range(30, 40)]
    """
    starts = {0, frames}
    for number in range(1, int(frames / (rate * length)) + 1):
        at = bisect_left(keys, number * length * rate)
        starts.update(keys[at : at + 1])
    return [range(first, beyond) for first, beyond in pairwise(sorted(starts))]


def periods_of(keys: Sequence[int], frames: int, rate: Fraction, length: Fraction | None) -> list[range]:
    """Divide a clip into periods as `cut` does; a last one of less than half the length belongs to the one before it.

    Without a length there is one. Parameters are those of `cut`.

    Examples
    --------
    >>> periods_of([0, 10, 20, 30], 34, Fraction(10), Fraction(1))
    [range(0, 10), range(10, 20), range(20, 34)]
    """
    if length is None:
        return [range(frames)]
    periods = cut(keys, frames, rate, length)
    if len(periods) > 1 and len(periods[-1]) < rate * length / 2:
        last = periods.pop()
        periods[-1] = range(periods[-1].start, last.stop)
    return periods


def pieces_of(periods: Sequence[range], spans: Sequence[range]) -> list[Piece]:
    """Divide periods where spans begin.

    Examples
    --------
    >>> [(piece.frames, piece.others) for piece in pieces_of([range(20), range(20, 40)], [range(30), range(30, 40)])]
    [(range(0, 20), (1,)), (range(20, 30), (0,)), (range(30, 40), (0,))]
    """
    starts = {span.start for span in spans}
    pieces = []
    for number, period in enumerate(periods):
        others = tuple(other for other in (number - 1, number + 1) if 0 <= other < len(periods))
        for first, beyond in pairwise(sorted({period.start, period.stop, *(at for at in starts if at in period)})):
            pieces.append(Piece(range(first, beyond), number, others))
    return pieces
