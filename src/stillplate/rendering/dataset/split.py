"""Which pictures a data set has, and which of its parts each event goes to."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from random import Random

from stillplate.rendering.events import Event

__all__ = ["PARTS", "split"]

PARTS = ("train", "val")
VALIDATION = 0.2  # share of the pictures for validation, as near to it as whole events allow
EMPTY = 0.1  # pictures without things, to one with: more teach a detector to see nothing


def split(times: Sequence[float], things: Sequence[int], events: Sequence[Event], *, seed: int) -> dict[str, list[int]]:
    """Choose pictures for the parts of a data set; the pictures of an event go to one part.

    Parameters
    ----------
    times : sequence of N floats
        Of the pictures, in seconds, ascending.
    things : sequence of N ints
        Number of things in each.
    events : sequence of Event
    seed : int
        Of the order in which events are considered for validation.

    Returns
    -------
    dict of str to list of int
        Numbers of the pictures, ascending, for `train` and `val`. These are the pictures with things within events, and
        one without things, from the pauses, for ten of them. A pause goes with the event before it. With a single event
        there is nothing for validation.
    """
    starts = [event.start for event in events]
    units: list[list[int]] = [[] for _ in events]
    empty: list[int] = []
    for number, (time, count) in enumerate(zip(times, things, strict=True)):
        unit = bisect_right(starts, time) - 1
        inside = unit >= 0 and time <= events[unit].end
        if inside and count:
            units[unit].append(number)
        elif not inside and not count:
            empty.append(number)
    filled = [unit for unit in range(len(units)) if units[unit]]
    total = sum(map(len, units))
    chosen = _for_validation({unit: len(units[unit]) for unit in filled}, total, seed)
    kept = round(total * EMPTY)
    step = max(1.0, len(empty) / kept) if kept else 0.0
    for place in range(min(kept, len(empty))):
        number = empty[int(place * step)]
        units[max(0, bisect_right(starts, times[number]) - 1)].append(number)
    parts: dict[str, list[int]] = {part: [] for part in PARTS}
    for unit, numbers in enumerate(units):
        parts["val" if unit in chosen else "train"].extend(numbers)
    return {part: sorted(numbers) for part, numbers in parts.items()}


def _for_validation(sizes: dict[int, int], total: int, seed: int) -> set[int]:
    """Return the events for validation: a fifth of the pictures at most, or the smallest; none of a single one."""
    if len(sizes) < 2:
        return set()
    order = sorted(sizes)
    Random(seed).shuffle(order)
    chosen: set[int] = set()
    count = 0
    for unit in order:
        if count + sizes[unit] <= VALIDATION * total:
            chosen.add(unit)
            count += sizes[unit]
    return chosen or {min(sizes, key=lambda unit: (sizes[unit], unit))}
