"""Events: times with foreground, from the share of foreground in each frame."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from stillplate.io.atomic import atomic_output

__all__ = ["Event", "find_events", "write_timeline"]

QUIET = 1.0  # seconds without foreground that end an event
LEAST = 2e-5  # share of the image: less foreground does not count
SHORTEST = 0.2  # seconds: a shorter event is dropped
STILL = 3  # images without foreground that end an event if times are not known


@dataclass(frozen=True, slots=True)
class Event:
    """A span of time with foreground.

    Attributes
    ----------
    start, end : float
        Times of the first and last frame with foreground, in seconds from the first frame of the clip.
    most : float
        The largest share of foreground in a frame, 0..1.
    frames : range
        Numbers of the frames, from the first to the last with foreground.
    """

    start: float
    end: float
    most: float
    frames: range

    def to_dict(self) -> dict[str, Any]:
        """Return the event as the report has it."""
        return {
            "from": round(self.start, 3),
            "to": round(self.end, 3),
            "frames": [self.frames[0], self.frames[-1]],
            "most_foreground": round(self.most, 6),
        }


def find_events(times: Sequence[float], shares: Sequence[float], *, timed: bool = True) -> tuple[Event, ...]:
    """Return the events in which frames have foreground.

    Parameters
    ----------
    times : sequence of N floats
        Times in seconds from the first frame, ascending.
    shares : sequence of N floats
        Share of foreground in each frame, 0..1.
    timed : bool
        Whether the times are known; False for images without times.

    Returns
    -------
    tuple of Event
        Frames with foreground on 0.002 % of the image or more belong to the same event if they are consecutive or less
        than a second apart. Events shorter than 0.2 seconds are dropped; a single frame lasts as long as it is shown.
        If times are not known, fewer than three images without foreground lie between those of an event, and a single
        image is an event.
    """
    if timed:
        step = median(late - early for early, late in pairwise(times)) if len(times) > 1 else 0.0
        positions, quiet, shortest = times, max(QUIET, 1.5 * step), SHORTEST - step / 2
    else:
        positions, quiet, shortest = range(len(times)), STILL + 1, 0
    spans: list[list[int]] = []
    for number, share in enumerate(shares):
        if share < LEAST:
            continue
        if spans and positions[number] - positions[spans[-1][1]] < quiet:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return tuple(
        Event(times[first], times[last], max(shares[first : last + 1]), range(first, last + 1))
        for first, last in spans
        if positions[last] - positions[first] >= shortest
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
    """Write a CSV row for each frame: number from 0, time in seconds, share of foreground, and number of the event.

    Events are numbered from 1 in the order of time; 0 means no event.
    """
    event_numbers = [0] * len(times)
    for event_id, event in enumerate(find_events(times, shares, timed=timed), start=1):
        event_numbers[event.frames.start : event.frames.stop] = [event_id] * len(event.frames)
    with (
        atomic_output(path, overwrite=overwrite, folder=False) as partial,
        partial.open("w", encoding="utf-8", newline="") as file,
    ):
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(("frame", "time", "foreground_share", "event"))
        for frame, time, share, event_number in zip(numbers, times, shares, event_numbers, strict=True):
            rows.writerow((frame, f"{time:.6f}", f"{share:.6f}", event_number))
