"""Objects as YOLO's folder of boxes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from stillplate.io.atomic import check_own
from stillplate.io.naming import stems_of
from stillplate.rendering.objects.objects_file import ObjectsFile
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["Yolo", "boxes"]


class Yolo(ObjectsFile):
    """A text file for each frame: class 0, and the box's centre and size relative to the image."""

    NUMBERED = r"\d{6,}\.txt"

    def _begin(self, partial: Path) -> None:
        self._stems = stems_of(self._names)
        named = (re.escape(f"{stem}.txt") for stem in self._stems)
        check_own(self._path, re.compile("|".join((self.NUMBERED, *named))))
        partial.mkdir()

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        name = self._stems[index] if self._stems else f"{index + 1:06d}"
        path = self._output.partial / f"{name}.txt"
        path.write_text(boxes(objects, self._size), encoding="utf-8")


def boxes(objects: Sequence[Tracked], size: tuple[int, int]) -> str:
    """Return a line for each object of a frame of this width and height: class 0, and its box in shares of them."""
    width, height = size
    lines = []
    for one in objects:
        x, y, wide, high = one.region.box
        shares = ((x + wide / 2) / width, (y + high / 2) / height, wide / width, high / height)
        lines.append("0 " + " ".join(f"{share:.6f}" for share in shares) + "\n")
    return "".join(lines)
