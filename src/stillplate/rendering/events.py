"""When something moved: the share of foreground over time, and the events in it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

from stillplate.io.atomic import atomic_output

__all__ = ["Event", "find_events", "write_timeline"]

QUIET = 1.0  # seconds without anything that end an event
LEAST = 2e-5  # of the picture: less is no thing
SHORTEST = 0.2  # seconds: what is over sooner is none
STILL = 3  # pictures without anything that end an event where there are no times


@dataclass(frozen=True, slots=True)
class Event:
    """A time in which something moved.

    Attributes
    ----------
    start, end : float
        Seconds from the first frame, of its first and last frame with foreground.
    most : float
        The largest share of foreground in a frame, 0..1.
    frames : range
        From the first to the last of its frames.
    """

    start: float
    end: float
    most: float
    frames: range


def find_events(times: Sequence[float], shares: Sequence[float], *, timed: bool = True) -> tuple[Event, ...]:
    """Find when something moved.

    Parameters
    ----------
    times : sequence of N floats
        Seconds from the first frame, ascending.
    shares : sequence of N floats
        Share of foreground in each frame, 0..1.
    timed : bool
        Whether the times are those of the frames; False for pictures whose times are not known.

    Returns
    -------
    tuple of Event
        Frames in which 0.002 % of the picture or more is foreground belong to the same event if less than a second lies
        between them, or no frame. What lasts less than a fifth of a second is none; a single frame counts if that is
        for how long it is shown. Where there are no times, fewer than three pictures without foreground lie between
        those of an event, and one picture is enough.
    """
    if timed:
        step = median(late - early for early, late in pairwise(times)) if len(times) > 1 else 0.0
        places, quiet, shortest = times, max(QUIET, 1.5 * step), SHORTEST - step / 2
    else:
        places, quiet, shortest = range(len(times)), STILL + 1, 0
    spans: list[list[int]] = []
    for number, share in enumerate(shares):
        if share < LEAST:
            continue
        if spans and places[number] - places[spans[-1][1]] < quiet:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return tuple(
        Event(times[first], times[last], max(shares[first : last + 1]), range(first, last + 1))
        for first, last in spans
        if places[last] - places[first] >= shortest
    )


def write_timeline(
    path: Path,
    times: Sequence[float],
    shares: Sequence[float],
    numbers: Sequence[int],
    *,
    overwrite: bool,
    timed: bool = True,
) -> None:
    """Write a row for each frame: its number, from 0, time in seconds, share of foreground, and number of its event.

    Events are numbered from 1, in the order of time; 0 is none.
    """
    within = [0] * len(times)
    for one, event in enumerate(find_events(times, shares, timed=timed), start=1):
        within[event.frames.start : event.frames.stop] = [one] * len(event.frames)
    with (
        atomic_output(path, overwrite=overwrite, folder=False) as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("frame", "time", "foreground_share", "event"))
        for frame, time, share, event_number in zip(numbers, times, shares, within, strict=True):
            rows.writerow((frame, f"{time:.6f}", f"{share:.6f}", event_number))
