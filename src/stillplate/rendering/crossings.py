"""Lines that things cross: how many, which way."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from math import hypot
from typing import Any

import numpy as np

from stillplate.imaging.homography import project
from stillplate.imaging.transform import Transform
from stillplate.io.address import as_path
from stillplate.io.atomic import atomic_output
from stillplate.rendering.objects import Tracked
from stillplate.rendering.objects.tracker import HIDDEN
from stillplate.sampling.line import Line, Point

__all__ = ["Crossing", "Crossings"]

CLEAR = 0.1  # of a thing's diagonal: how far from a line its centroid is on one side of it for sure
SIDES = {1: "right to left", -1: "left to right"}  # by the side that a thing comes from, seen along the line


@dataclass(frozen=True, slots=True)
class Crossing:
    """A thing that has crossed a line: number of the line, from 1, its id, the frame, the time, and the way."""

    line: int
    id: int
    frame: int
    time: float
    direction: str


class Crossings:
    """Counts the things of a clip that cross lines, frame by frame.

    A thing has crossed a line when its centroid, which was clearly on one side of it, is clearly on the other, and the
    way between led through the line. Who dithers on the line is not counted again and again.

    Parameters
    ----------
    lines : sequence of Line
        On the plate.

    Attributes
    ----------
    lines : sequence of Line
    found : list of Crossing
    """

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self._sides: dict[tuple[int, int], tuple[int, Point, float]] = {}  # by thing and line: side, place and time
        self.found: list[Crossing] = []

    def update(self, objects: Sequence[Tracked], time: Fraction, index: int, motion: Transform | None) -> None:
        """Look at the things of the next frame.

        Parameters
        ----------
        objects : sequence of Tracked
        time : Fraction
            In seconds.
        index : int
            Number of the frame.
        motion : Transform or None
            From the frame to the plate, where the camera moves and it is known.
        """
        for one in objects:
            place = one.region.centroid
            if motion is not None:
                x, y = project(motion.matrix, np.array([place]))[0].tolist()
                place = (x, y)
            clear = CLEAR * hypot(*one.region.box[2:])
            for number, line in enumerate(self.lines, 1):
                if one.speed is None:  # new, also under an id that another had
                    self._sides.pop((one.id, number), None)
                away = line.side(place)
                if abs(away) < clear:
                    continue
                side, before = 1 if away > 0 else -1, self._sides.get((one.id, number))
                if before is not None and before[0] != side and line.is_crossed(before[1], place):
                    self.found.append(Crossing(number, one.id, index, round(float(time), 6), SIDES[before[0]]))
                self._sides[one.id, number] = side, place, float(time)
        self._sides = {key: last for key, last in self._sides.items() if last[2] >= float(time) - HIDDEN}

    def told(self) -> list[str]:
        """Return a line of text for each line."""
        counts = self.counts()
        return [
            f"line {number} ({line}): {', '.join(f'{counts[number, way]} {way}' for way in SIDES.values())}"
            for number, line in enumerate(self.lines, 1)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return lines with their counts, and each crossing, as JSON values."""
        counts = self.counts()
        return {
            "lines": [
                {"points": str(line), **{way.replace(" ", "_"): counts[number, way] for way in SIDES.values()}}
                for number, line in enumerate(self.lines, 1)
            ],
            "each": [asdict(one) for one in self.found],
        }

    def counts(self) -> dict[tuple[int, str], int]:
        """Return how many things have crossed each line each way, by the line's number, from 1, and the way."""
        ways = {(number, way): 0 for number in range(1, len(self.lines) + 1) for way in SIDES.values()}
        for crossing in self.found:
            ways[crossing.line, crossing.direction] += 1
        return ways

    def write(self, path: str, *, overwrite: bool) -> None:
        """Write a CSV row for each line and way: number of the line, its points, the way, and the count."""
        with (
            atomic_output(as_path(path), overwrite=overwrite, folder=False) as partial,
            partial.open("w", encoding="utf-8", newline="") as file,
        ):
            rows = csv.writer(file, lineterminator="\n")
            rows.writerow(("line", "points", "direction", "count"))
            for (number, way), count in self.counts().items():
                rows.writerow((number, self.lines[number - 1], way, count))
