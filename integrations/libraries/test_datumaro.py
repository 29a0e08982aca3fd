"""What `write.py` wrote, read by datumaro, CVAT's own library: every box of the table is there, with its id."""

import os
import shutil
from pathlib import Path

import datumaro

FOLDER = Path(os.environ["LABELS"])


def read(name: str, place: Path, form: str) -> datumaro.Dataset:
    """Read a file, put where the format has it, by datumaro."""
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(FOLDER / name, place)
    return datumaro.Dataset.import_from(str(place.parents[place.parent.name in ("annotations", "gt")]), form)


def test_cvat(table: set[tuple[int, ...]], tmp_path: Path) -> None:
    found = [
        (item.attributes["frame"], one.attributes["track_id"], *map(int, one.get_bbox()))
        for item in read("cvat.xml", tmp_path / "annotations.xml", "cvat")
        for one in item.annotations
        if one.type == datumaro.AnnotationType.bbox and not one.attributes["outside"]
    ]

    assert len(found) == len(table) > 100
    assert set(found) == table


def test_cvat_polygons(table: set[tuple[int, ...]], tmp_path: Path) -> None:
    """Each within a pixel of its box."""
    boxes = {row[:2]: row[2:] for row in table}
    count = 0
    for item in read("cvat.xml", tmp_path / "annotations.xml", "cvat"):
        for one in item.annotations:
            if one.type == datumaro.AnnotationType.polygon and not one.attributes["outside"]:
                x, y, wide, high = one.get_bbox()
                left, top, width, height = boxes[item.attributes["frame"], one.attributes["track_id"]]
                assert abs(x - left) <= 1 and abs(y - top) <= 1
                assert abs(wide - width) <= 2 and abs(high - height) <= 2
                count += 1

    assert count == len(table)


def test_coco(table: set[tuple[int, ...]], tmp_path: Path) -> None:
    shutil.copytree(FOLDER / "frames", tmp_path / "images" / "default")
    found = [
        (int(item.id) - 1, one.attributes["track_id"])
        for item in read("coco.json", tmp_path / "annotations" / "instances_default.json", "coco")
        for one in item.annotations
    ]

    assert set(found) == {row[:2] for row in table}


def test_mot(table: set[tuple[int, ...]], tmp_path: Path) -> None:
    found = [
        (int(item.id) - 1, one.attributes["track_id"], *map(int, one.get_bbox()))
        for item in read("mot.txt", tmp_path / "gt" / "gt.txt", "mot_seq")
        for one in item.annotations
    ]

    assert set(found) == table
