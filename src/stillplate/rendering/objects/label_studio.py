"""Objects as Label Studio's JSON of rectangles in a video."""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from stillplate.io.atomic import readable
from stillplate.rendering.objects.objects_file import TextFile
from stillplate.rendering.objects.pieces_by_id import PiecesById
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["LabelStudio"]

Box = dict[str, Any]


class LabelStudio(TextFile):
    """Label Studio's JSON of one task: a video, and of each object a prediction `videorectangle`.

    Frames are numbered from 1, places and sizes are in percent of the picture. Label Studio draws boxes between those
    of a sequence; where one is not `enabled`, the object is gone until the next.
    """

    def _begin(self, partial: Path) -> None:
        super()._begin(partial)
        self._pieces = PiecesById()
        self._shown: dict[int, Box] = {}
        self._first, self._time, self._frames, self._last = Fraction(0), Fraction(0), 0, -1

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        shown = {one.id: self._box(one, time, index) for one in objects}
        self._keep(shown)
        self._first = self._first if self._frames else time
        self._time, self._frames, self._last = time, self._frames + 1, index

    def _box(self, one: Tracked, time: Fraction, index: int) -> Box:
        (x, y, wide, high), (width, height) = one.region.box, self._size
        shares = {"x": x / width, "y": y / height, "width": wide / width, "height": high / height}
        percent = {name: round(100 * share, 4) for name, share in shares.items()}
        return {"frame": index + 1, "time": round(float(time), 6), **percent, "rotation": 0}

    def _keep(self, shown: dict[int, Box]) -> None:
        """Keep the boxes of the frame before, now that it is known which objects the next one shows."""
        for number, box in self._shown.items():
            self._pieces.add(number, json.dumps({**box, "enabled": number in shown}) + "\n")
        self._shown = shown

    def _finish(self) -> None:
        self._keep({})
        step = (self._time - self._first) / max(1, self._frames - 1)
        figures = {"framesCount": self._last + 1, "duration": round(float(self._time + step), 6), "labels": ["object"]}
        task = {"data": {"video": readable(self._clip)}}
        self._file.write(f'[{json.dumps(task)[:-1]}, "predictions": [{{"model_version": "stillplate", "result": [')
        for place, number in enumerate(self._pieces.ids):
            names = {"id": str(number), "type": "videorectangle", "from_name": "box", "to_name": "video"}
            self._file.write(f'{"," if place else ""}\n{json.dumps(names)[:-1]}, "value": {json.dumps(figures)[:-1]}')
            self._file.write(f', "sequence": [\n{",".join(self._pieces.of(number))}]}}}}')
        self._file.write("\n]}]}]\n")
        super()._finish()

    def _abandon(self) -> None:
        self._pieces.close()
        super()._abandon()
