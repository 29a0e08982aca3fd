"""The labels of a data set: of each picture while a clip is rendered, and of each part at the end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from stillplate.rendering.dataset.split import PARTS
from stillplate.rendering.objects.coco import CATEGORY
from stillplate.rendering.objects.run_lengths import run_lengths, to_text
from stillplate.rendering.objects.tracker import Tracked
from stillplate.rendering.objects.yolo import boxes

__all__ = ["LABELS", "Labels", "data_yaml"]

NAME = "object"  # of the one class


class Labels(Protocol):
    """How a format keeps labels.

    Attributes
    ----------
    joined : tuple of str
        Names, in the folder, of the files that are about all pictures.
    """

    joined: tuple[str, ...]

    def of(self, objects: Sequence[Tracked], size: tuple[int, int]) -> str:
        """Return the text that is kept of a picture of this width and height until it is chosen or not."""

    def finish(self, folder: Path, kept: dict[str, list[Path]], size: tuple[int, int]) -> None:
        """Write the labels of the chosen pictures of each part; `kept` has the texts' files, in order, by part."""


class YoloLabels:
    """A text file beside each picture, and data.yaml, as Ultralytics has them."""

    joined = ("data.yaml",)

    def of(self, objects: Sequence[Tracked], size: tuple[int, int]) -> str:
        return boxes(objects, size)

    def finish(self, folder: Path, kept: dict[str, list[Path]], size: tuple[int, int]) -> None:
        for part, files in kept.items():
            place = folder / "labels" / part
            place.mkdir(parents=True)
            for file in files:
                file.rename(place / file.name)
        (folder / self.joined[0]).write_text(data_yaml({part: [f"images/{part}"] for part in kept}), encoding="utf-8")


class CocoLabels:
    """A file of annotations for each part, with boxes and masks."""

    joined = tuple(f"annotations/instances_{part}.json" for part in PARTS)

    def of(self, objects: Sequence[Tracked], size: tuple[int, int]) -> str:
        width, height = size
        return json.dumps(
            [
                {
                    "category_id": CATEGORY["id"], "bbox": one.region.box, "area": one.region.area, "iscrowd": 0,
                    "segmentation": {
                        "size": [height, width], "counts": to_text(run_lengths(one.region, width, height))
                    },
                    "attributes": {"track_id": one.id},
                }
                for one in objects
            ]
        )  # fmt: skip

    def finish(self, folder: Path, kept: dict[str, list[Path]], size: tuple[int, int]) -> None:
        (folder / "annotations").mkdir()
        for part, name in zip(PARTS, self.joined, strict=True):
            images: list[dict[str, Any]] = []
            annotations: list[dict[str, Any]] = []
            for number, file in enumerate(kept[part], start=1):
                picture = {"file_name": f"{file.stem}.jpg", "width": size[0], "height": size[1]}
                images.append({"id": number, **picture})
                for one in json.loads(file.read_text(encoding="utf-8")):
                    annotations.append({"id": len(annotations) + 1, "image_id": number, **one})
            (folder / name).write_text(coco_json(images, annotations), encoding="utf-8")


LABELS: dict[str, type[YoloLabels] | type[CocoLabels]] = {"yolo": YoloLabels, "coco": CocoLabels}
"""By the name of the format."""


def data_yaml(folders: dict[str, list[str]]) -> str:
    """Return the text of data.yaml: the folders of each part's pictures, relative to it, and the class."""
    lines = ["# a data set of stillplate; folders are relative to this file"]
    for part in PARTS:
        places = json.dumps(folders[part][0] if len(folders[part]) == 1 else folders[part], ensure_ascii=False)
        lines.append(f"{part}: {places}")
    return "\n".join([*lines, "names:", f"  0: {NAME}", ""])


def coco_json(images: Sequence[dict[str, Any]], annotations: Sequence[dict[str, Any]]) -> str:
    """Return the text of a file of annotations, an item a line."""
    parts = {"images": images, "annotations": annotations}
    lists = [f'"{name}": [\n' + ",\n".join(json.dumps(item) for item in items) + "\n]" for name, items in parts.items()]
    return '{"info": {"description": "a data set of stillplate"}, "licenses": [],\n"categories": ' + (
        json.dumps([CATEGORY]) + ",\n" + ",\n".join(lists) + "}\n"
    )
