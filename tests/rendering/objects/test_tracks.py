"""Files of tracks, read by the rules of the programs that they are for."""

import json
import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis.extra.numpy import array_shapes, arrays

import stillplate
from stillplate.rendering.objects import Tracker, find_regions, open_objects
from stillplate.rendering.objects.outline import outline_of
from tests.rendering.objects.test_objects import HEIGHT, WIDTH, Box, drawn

FRAMES: list[list[Box]] = [[(4 * n, 20, 10, 20), *([(100, 50, 20, 10)] if n in (3, 4, 7) else [])] for n in range(9)]
"""One that walks, and one that is there in frames 3, 4 and 7."""
Found = dict[tuple[int, int], Sequence[float]]  # by id and frame: left, top, width and height


def save(name: str, path: Path) -> None:
    tracker = Tracker()
    with open_objects(name, path, WIDTH, HEIGHT, overwrite=False, clip="street.mp4") as file:
        for number, boxes in enumerate(FRAMES):
            file.write(tracker.update(find_regions(drawn(*boxes)), number / 25), Fraction(number, 25), number)


def expected() -> Found:
    return {(one, n): box for n, boxes in enumerate(FRAMES) for one, box in enumerate(boxes, 1)}


def read_cvat(path: Path) -> dict[str, Found]:
    """Boxes and polygons as CVAT's `load_anno` builds tracks: shapes in order, each shown until the next."""
    root = ElementTree.parse(path).getroot()
    last = int(root.findtext("meta/task/size") or "") - 1
    found: dict[str, Found] = {"box": {}, "polygon": {}}
    for track in root.iter("track"):
        shapes = list(track)
        assert track.attrib["label"] == root.findtext("meta/task/labels/label/name")
        assert {shape.tag for shape in shapes} <= {"box", "polygon"}
        assert all(shape.attrib["keyframe"] == "1" and shape.attrib["occluded"] == "0" for shape in shapes)
        frames = [int(shape.attrib["frame"]) for shape in shapes]
        assert frames == sorted(set(frames))
        for shape, first, behind in zip(shapes, frames, [*frames[1:], last + 1], strict=True):
            corners = shape.attrib.get("points") or "{xtl},{ytl};{xbr},{ybr}".format(**shape.attrib)
            points = np.array([[float(number) for number in pair.split(",")] for pair in corners.split(";")])
            assert len(points) >= (3 if shape.tag == "polygon" else 2)
            if shape.attrib["outside"] == "0":
                assert behind == first + 1
                box = (*points.min(axis=0), *(points.max(axis=0) - points.min(axis=0)))
                found[shape.tag][int(track.attrib["group_id"]), first] = box
    return found


def test_cvat_reads_tracks(tmp_path: Path) -> None:
    save("cvat", tmp_path / "tracks.xml")
    meta = ElementTree.parse(tmp_path / "tracks.xml").getroot().find("meta/task")

    assert meta is not None
    assert [meta.findtext(f"original_size/{side}") for side in ("width", "height")] == [str(WIDTH), str(HEIGHT)]
    assert read_cvat(tmp_path / "tracks.xml") == {"box": expected(), "polygon": expected()}


def read_label_studio(task: dict[str, Any]) -> Found:
    """Boxes as Label Studio's `extract_key_frames` finds them: between two of a sequence, unless it is not enabled."""
    found: Found = {}
    for result in task["predictions"][0]["result"]:
        assert (result["type"], result["from_name"], result["to_name"]) == ("videorectangle", "box", "video")
        count, sequence = result["value"]["framesCount"], result["value"]["sequence"]
        assert [box["frame"] for box in sequence] == sorted({box["frame"] for box in sequence})
        for box, following in zip(sequence, [*sequence[1:], {"frame": count + 1}], strict=True):
            assert following["frame"] == box["frame"] + 1 or not box["enabled"]
            sides = np.array([box[side] for side in ("x", "y", "width", "height")])
            found[int(result["id"]), box["frame"] - 1] = (sides / 100 * [WIDTH, HEIGHT, WIDTH, HEIGHT]).tolist()
    return found


def test_label_studio_reads_a_task(tmp_path: Path) -> None:
    save("label_studio", tmp_path / "task.json")
    (task,) = json.loads((tmp_path / "task.json").read_text())
    found, value = read_label_studio(task), task["predictions"][0]["result"][1]["value"]

    assert task["data"] == {"video": "street.mp4"}
    assert (value["framesCount"], value["duration"], value["labels"]) == (9, 0.36, ["object"])
    assert [(box["frame"], box["time"], box["enabled"]) for box in value["sequence"]] == [
        (4, 0.12, True), (5, 0.16, False), (8, 0.28, False),
    ]  # fmt: skip
    assert found.keys() == expected().keys()
    assert all(np.abs(np.array(found[key]) - box).max() < 1e-3 for key, box in expected().items())


def test_the_mot_challenge_reads_rows(tmp_path: Path) -> None:
    save("mot", tmp_path / "tracks.txt")
    rows = np.loadtxt(tmp_path / "tracks.txt", delimiter=",")

    assert {(int(row[1]), int(row[0]) - 1): tuple(row[2:6]) for row in rows} == expected()
    assert (rows[:, 6:] == [1, -1, -1, -1]).all()


@pytest.mark.parametrize("name", ["cvat", "label_studio", "mot"])
def test_nothing_that_moves_is_a_whole_file(tmp_path: Path, name: str) -> None:
    with open_objects(name, tmp_path / "out", WIDTH, HEIGHT, overwrite=False) as file:
        file.write((), Fraction(0), 0)
    text = (tmp_path / "out").read_text()

    if name == "cvat":
        assert read_cvat(tmp_path / "out") == {"box": {}, "polygon": {}}
    elif name == "label_studio":
        assert read_label_studio(json.loads(text)[0]) == {}
    else:
        assert text == ""


def filled(corners: npt.NDArray[np.int32], shape: tuple[int, int], fine: int = 4) -> npt.NDArray[np.bool_]:
    """The pixels whose middle is inside a polygon."""
    size = (shape[0] * fine, shape[1] * fine)
    picture = cv2.fillPoly(np.zeros(size, np.uint8), [corners * fine], 1)
    return np.asarray(picture[fine // 2 :: fine, fine // 2 :: fine] > 0)


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, min_side=3, max_side=14)))
def test_an_outline_is_within_a_pixel_of_its_region(mask: npt.NDArray[np.bool_]) -> None:
    """But holes, which no polygon has."""
    for region in find_regions(mask, 1):
        x, y, width, height = region.box
        own = np.zeros((mask.shape[0] + 4, mask.shape[1] + 4), np.uint8)
        own[y + 2 : y + 2 + height, x + 2 : x + 2 + width] = region.mask
        contours, _ = cv2.findContours(own, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        own = cv2.drawContours(own, contours, -1, 1, cv2.FILLED)
        corners = outline_of(region)
        inside = filled(corners + 2, own.shape)

        assert len(corners) >= 3
        assert not inside[cv2.dilate(own, np.ones((5, 5))) == 0].any()
        assert inside[cv2.erode(own, np.ones((5, 5))) > 0].all()


def test_the_outline_of_a_disc_and_of_a_pixel() -> None:
    down, across = np.mgrid[:101, :101]
    disc = (across - 50) ** 2 + (down - 50) ** 2 <= 40**2
    (round_one,) = find_regions(disc)
    corners = outline_of(round_one)

    assert len(corners) < 40
    assert cv2.contourArea(corners) == pytest.approx(math.pi * 40.5**2, rel=0.02)
    (pixel,) = find_regions(np.pad(np.ones((1, 1), np.bool_), 3), 1)
    assert sorted(map(tuple, outline_of(pixel).tolist())) == [(3, 3), (3, 4), (4, 3), (4, 4)]


def test_as_outputs(street_mp4: Path, tmp_path: Path) -> None:
    """All list what the table lists."""
    stillplate.render(
        street_mp4, objects=tmp_path / "o.csv", cvat=tmp_path / "o.xml", label_studio=tmp_path / "o.json",
        mot=tmp_path / "o.txt", samples=16,
    )  # fmt: skip
    table = np.loadtxt(tmp_path / "o.csv", delimiter=",", skiprows=1, usecols=range(7))
    rows = {(int(row[2]), int(row[0])): tuple(row[3:7]) for row in table}
    mot = np.loadtxt(tmp_path / "o.txt", delimiter=",")
    (task,) = json.loads((tmp_path / "o.json").read_text())
    cvat = read_cvat(tmp_path / "o.xml")

    assert len(rows) > 60
    assert cvat["box"] == rows
    assert cvat["polygon"].keys() == read_label_studio(task).keys() == rows.keys()
    assert {(int(row[1]), int(row[0]) - 1): tuple(row[2:6]) for row in mot} == rows
    assert task["data"]["video"] == street_mp4.name
