"""The table of objects: a CSV row for each object of each frame."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import atan2, degrees, hypot
from pathlib import Path

from stillplate.rendering.objects.objects_file import TextFile
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["Table"]

COLUMNS = (
    "frame", "time", "id", "x", "y", "w", "h", "area", "cx", "cy", "speed", "heading", "major", "minor", "angle",
)  # fmt: skip
SCALED = {"cx_mm": "cx", "cy_mm": "cy", "speed_mm": "speed", "major_mm": "major", "minor_mm": "minor"}
"""Further columns where the scale is known, and those in pixels that they are made of."""


class Table(TextFile):
    """A CSV row for each object of each frame: frame from 0, id from 1, time in seconds, angles in degrees clockwise
    from the x axis, the rest in pixels; with a scale, places, speeds and lengths in millimetres, too.
    """

    def _begin(self, partial: Path) -> None:
        super()._begin(partial)
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow((*COLUMNS, *((*SCALED, "area_mm2") if self._px_per_mm else ())))

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        seconds = f"{float(time):.6f}"
        for one in objects:
            (x, y), ellipse = one.region.centroid, one.region.ellipse
            figures: dict[str, float | None] = {"cx": x, "cy": y, "speed": None, "heading": None, **ellipse._asdict()}
            if one.speed is not None:
                right, down = one.speed
                figures |= {"speed": hypot(right, down), "heading": degrees(atan2(down, right)) % 360}
            place = (*one.region.box, one.region.area, *map(_figure, figures.values()))
            self._rows.writerow((index, seconds, one.id, *place, *self._scaled(figures, one.region.area)))

    def _scaled(self, figures: Mapping[str, float | None], area: int) -> Iterator[str]:
        if scale := self._px_per_mm:
            for name in SCALED.values():
                length = figures[name]
                yield _figure(None if length is None else length / scale, 4)
            yield _figure(area / scale**2, 4)


def _figure(value: float | None, digits: int = 2) -> str:
    return "" if value is None else f"{value:.{digits}f}"
