"""Tables with a row for each frame and columns for each object: how many objects there are is known at the end."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryFile
from typing import ClassVar

from stillplate.rendering.objects.objects_file import TextFile
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["DeepLabCut", "WideTable"]

SCORER = "stillplate"


class _Wide(TextFile):
    """A CSV row for each frame; rows are kept in a temporary file until the columns are known."""

    CELLS: ClassVar[int]
    """Columns of an object."""

    def _begin(self, partial: Path) -> None:
        super()._begin(partial)
        self._rows = TemporaryFile("w+", encoding="utf-8", newline="")  # noqa: SIM115  closed in _abandon
        self._objects = 0  # the largest id

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        by_id = {one.id: one for one in objects}
        self._objects = max(self._objects, *by_id, 0)
        cells = (self._cells(by_id[one]) if one in by_id else "," * self.CELLS for one in range(1, self._objects + 1))
        self._rows.write(f"{self._frame(time, index)}{''.join(cells)}\n")

    def _finish(self) -> None:
        self._file.writelines(f"{','.join(row)}\n" for row in self._head(range(1, self._objects + 1)))
        self._rows.seek(0)
        commas = self._objects * self.CELLS + self._frame(Fraction(0), 0).count(",")
        for row in self._rows:
            self._file.write(row[:-1] + "," * (commas - row.count(",")) + "\n")
        super()._finish()

    def _abandon(self) -> None:
        self._rows.close()
        super()._abandon()

    def _frame(self, time: Fraction, index: int) -> str:
        """Return the cells before those of objects."""
        raise NotImplementedError

    def _cells(self, one: Tracked) -> str:
        """Return the cells of an object, a comma before each."""
        raise NotImplementedError

    def _head(self, ids: Sequence[int]) -> list[list[str]]:
        """Return the rows of the header."""
        raise NotImplementedError


class WideTable(_Wide):
    """A row for each frame: its number, from 0, its time, and the centroid of each object, empty where it is not."""

    CELLS = 2

    def _frame(self, time: Fraction, index: int) -> str:
        return f"{index},{float(time):.6f}"

    def _cells(self, one: Tracked) -> str:
        x, y = one.region.centroid
        return f",{x:.2f},{y:.2f}"

    def _head(self, ids: Sequence[int]) -> list[list[str]]:
        return [["frame", "time", *(f"{axis}{one}" for one in ids for axis in "xy")]]


class DeepLabCut(_Wide):
    """DeepLabCut's table of several animals: a body part `centroid` of each object, with a likelihood of 1."""

    CELLS = 3

    def _frame(self, time: Fraction, index: int) -> str:
        return str(index)

    def _cells(self, one: Tracked) -> str:
        x, y = one.region.centroid
        return f",{x:.2f},{y:.2f},1.0"

    def _head(self, ids: Sequence[int]) -> list[list[str]]:
        return [
            ["scorer", *([SCORER] * 3 * len(ids))],
            ["individuals", *(f"object{one}" for one in ids for _ in range(3))],
            ["bodyparts", *(["centroid"] * 3 * len(ids))],
            ["coords", *(["x", "y", "likelihood"] * len(ids))],
        ]
