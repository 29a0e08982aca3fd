"""Objects as COCO's JSON of annotations."""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from stillplate.io.atomic import readable
from stillplate.rendering.objects.objects_file import TextFile
from stillplate.rendering.objects.run_lengths import run_lengths, to_text
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["CATEGORY", "Coco"]

CATEGORY = {"id": 1, "name": "object", "supercategory": "foreground"}


class Coco(TextFile):
    """COCO's JSON of annotations with run lengths; `track_id` identifies the object, in `attributes` for CVAT.

    Annotations are written at once, and the images, of which only times and numbers are kept, at the end.
    """

    def _begin(self, partial: Path) -> None:
        super()._begin(partial)
        self._times, self._numbers = array("d"), array("q")
        self._written = 0
        self._file.write('{"categories": ' + json.dumps([CATEGORY]) + ',\n"annotations": [')

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        width, height = self._size
        for one in objects:
            counts = to_text(run_lengths(one.region, width, height))
            self._item(
                {
                    "id": self._written + 1, "image_id": index + 1, "category_id": CATEGORY["id"],
                    "track_id": one.id, "bbox": one.region.box, "area": one.region.area, "iscrowd": 0,
                    "segmentation": {"size": [height, width], "counts": counts},
                    "attributes": {"track_id": one.id, "keyframe": True},
                },
                first=self._written == 0,
            )  # fmt: skip
            self._written += 1
        self._times.append(float(time))
        self._numbers.append(index)

    def _finish(self) -> None:
        width, height = self._size
        self._file.write('\n],\n"images": [')
        for frame, time in zip(self._numbers, self._times, strict=True):
            name = readable(self._names[frame]) if self._names else f"{frame + 1:06d}.png"
            image = {"id": frame + 1, "file_name": name, "width": width, "height": height, "frame": frame}
            image["time"] = round(time, 6)
            self._item(image, first=frame == self._numbers[0])
        self._file.write("\n]}\n")
        super()._finish()

    def _item(self, item: dict[str, Any], *, first: bool) -> None:
        self._file.write(("\n" if first else ",\n") + json.dumps(item))
