"""Objects as SLEAP's analysis table."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from stillplate.rendering.objects.objects_file import TextFile
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["Sleap"]


class Sleap(TextFile):
    """A CSV row for each object of each frame: its track, the frame from 0, and one node, `centroid`."""

    def _begin(self, partial: Path) -> None:
        super()._begin(partial)
        self._file.write("track,frame_idx,instance.score,centroid.x,centroid.y,centroid.score\n")

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        for one in objects:
            x, y = one.region.centroid
            self._file.write(f"object{one.id},{index},1.0,{x:.2f},{y:.2f},1.0\n")
