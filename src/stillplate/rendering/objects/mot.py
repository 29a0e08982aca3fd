"""Objects as the text of the MOT challenge."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from stillplate.rendering.objects.objects_file import TextFile
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["Mot"]


class Mot(TextFile):
    """A line for each object of each frame: frame from 1, id, box, confidence 1, and three that are not known."""

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        for one in objects:
            x, y, width, height = one.region.box
            self._file.write(f"{index + 1},{one.id},{x},{y},{width},{height},1,-1,-1,-1\n")
