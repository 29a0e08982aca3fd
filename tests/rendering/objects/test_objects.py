"""Objects: the regions of a mask, their numbers over time, and the files that others read."""

import csv
import json
import resource
from collections.abc import Iterable, Sequence
from fractions import Fraction
from math import cos, radians, sin
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

import stillplate
from stillplate.errors import EncodeError, ParameterError
from stillplate.rendering.objects import FORMATS, Tracked, Tracker, find_regions, open_objects, to_supervision
from stillplate.rendering.objects.run_lengths import run_lengths, to_text
from stillplate.synthetic import street

Box = tuple[int, int, int, int]
COCO_WARNS = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools, of numpy 2
WIDTH, HEIGHT = 160, 90


def drawn(*boxes: Box) -> npt.NDArray[np.bool_]:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    for x, y, width, height in boxes:
        mask[max(0, y) : y + height, max(0, x) : x + width] = True
    return mask


def tracked(frames: Iterable[Sequence[Box]], rate: float = 25) -> list[list[int]]:
    tracker = Tracker()
    return [
        [one.id for one in tracker.update(find_regions(drawn(*boxes)), number / rate)]
        for number, boxes in enumerate(frames)
    ]


def test_regions_are_what_touches() -> None:
    mask = drawn((10, 5, 4, 6), (60, 20, 3, 3), (63, 23, 5, 2))
    mask[80, 100] = True  # a speck
    first, second = find_regions(mask, min_size=2)

    assert (first.box, first.area, first.centroid) == ((10, 5, 4, 6), 24, (11.5, 7.5))
    assert (second.box, second.area) == ((60, 20, 8, 5), 19)
    assert second.mask.tolist() == mask[20:25, 60:68].tolist()


@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=20)))
def test_regions_cover_the_mask_once(mask: npt.NDArray[np.bool_]) -> None:
    """In a picture so small that nothing is a speck."""
    count = np.zeros(mask.shape, int)
    for region in find_regions(mask):
        x, y, width, height = region.box
        count[y : y + height, x : x + width] += region.mask

    assert (count == mask).all()


def test_one_that_walks_keeps_its_number() -> None:
    assert tracked([[(5 * n, 30, 12, 25)] for n in range(20)]) == [[1]] * 20


def test_one_too_quick_to_overlap_keeps_its_number() -> None:
    assert tracked([[(9 * n, 40, 6, 6)] for n in range(15)]) == [[1]] * 15


def test_two_that_meet_and_part_keep_theirs() -> None:
    """They pass each other; for some frames they are one region, which bears either's number."""
    frames = [[(4 * n, 30, 14, 20), (140 - 4 * n, 34, 10, 24)] for n in range(30)]
    numbers = tracked(frames)

    assert numbers[0] == [1, 2]
    assert min(len(ids) for ids in numbers) == 1
    assert numbers[-1] == [1, 2]
    assert {one for ids in numbers for one in ids} == {1, 2}


def test_one_out_of_sight_for_half_a_second_is_found_again() -> None:
    frames: list[list[Box]] = [[(3 * n, 30, 12, 20)] if not 12 <= n < 24 else [] for n in range(40)]

    assert {one for ids in tracked(frames) for one in ids} == {1}


def test_one_gone_for_long_is_another() -> None:
    frames: list[list[Box]] = [[(20, 30, 12, 20)] if n < 10 or n > 45 else [] for n in range(60)]

    assert tracked(frames)[0] == [1]
    assert tracked(frames)[-1] == [2]


def test_newcomers_have_numbers_of_their_own() -> None:
    assert tracked([[(10, 10, 9, 9)], [(11, 10, 9, 9), (100, 50, 9, 9)], [(101, 50, 9, 9)]]) == [[1], [1, 2], [2]]


def test_a_clip_of_another_rate_is_tracked_as_well() -> None:
    """Speeds are per second: frames may be missing."""
    tracker, ids = Tracker(), []
    for number in (0, 1, 2, 3, 7, 8, 9, 14, 15):
        (one,) = tracker.update(find_regions(drawn((8 * number, 30, 9, 20))), number / 25)
        ids.append(one.id)

    assert set(ids) == {1}


@COCO_WARNS
@given(arrays(np.bool_, array_shapes(min_dims=2, max_dims=2, max_side=25)))
def test_run_lengths_are_what_coco_reads(mask: npt.NDArray[np.bool_]) -> None:
    height, width = mask.shape
    for region in find_regions(mask):
        x, y, wide, high = region.box
        counts = to_text(run_lengths(region, width, height))
        decoded = coco_mask.decode({"size": [height, width], "counts": counts.encode()})
        own = np.zeros(mask.shape, np.bool_)
        own[y : y + high, x : x + wide] = region.mask

        assert decoded.astype(bool).tolist() == own.tolist()


@given(st.lists(st.integers(0, 2**20), min_size=1, max_size=8))
def test_long_runs_come_back(runs: list[int]) -> None:
    """Whatever their lengths, the letters are pycocotools' own."""
    size = [sum(runs), 1]
    theirs = coco_mask.frPyObjects({"size": size, "counts": runs}, *size)

    assert to_text(runs).encode() == theirs["counts"]


def walking() -> list[tuple[Tracked, ...]]:
    tracker = Tracker()
    masks = [drawn((4 * n, 20, 10, 20), *([(100, 50, 20, 10)] if n > 2 else [])) for n in range(6)]
    return [tracker.update(find_regions(mask), n / 25) for n, mask in enumerate(masks)]


def save(name: str, path: Path, **options: Any) -> None:
    with open_objects(name, path, WIDTH, HEIGHT, overwrite=False, **options) as file:
        for number, objects in enumerate(walking()):
            file.write(objects, Fraction(number, 25), number)


def test_the_table_has_a_row_for_each(tmp_path: Path) -> None:
    save("objects", tmp_path / "objects.csv")
    with (tmp_path / "objects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert len(rows) == 9
    assert rows[3] == {
        "frame": "3", "time": "0.120000", "id": "1", "x": "12", "y": "20", "w": "10", "h": "20", "area": "200",
        "cx": "16.50", "cy": "29.50", "speed": "100.00", "heading": "0.00", "major": "23.09", "minor": "11.55",
        "angle": "90.00",
    }  # fmt: skip
    assert [row["id"] for row in rows[3:5]] == ["1", "2"]
    assert [rows[n]["speed"] + rows[n]["heading"] for n in (0, 4)] == ["", ""]  # where each is seen first


def test_the_table_has_millimetres_where_the_scale_is_known(tmp_path: Path) -> None:
    save("objects", tmp_path / "objects.csv", px_per_mm=2.0)
    with (tmp_path / "objects.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert rows[0]["speed_mm"] == ""
    assert {name: float(rows[3][name]) for name in [*rows[3]][-6:]} == {
        "cx_mm": 8.25, "cy_mm": 14.75, "speed_mm": 50.0, "major_mm": 11.547, "minor_mm": 5.7735, "area_mm2": 50.0,
    }  # fmt: skip


@given(
    st.floats(12, 40), st.floats(0.4, 1), st.floats(-89, 90),
    st.floats(-0.5, 0.5), st.floats(-0.5, 0.5),
)  # fmt: skip
@example(16.0, 0.99609375, 0.0, -0.125, 0.5)  # whose covariance is zero but for rounding
def test_the_ellipse_is_the_one_that_was_drawn(half: float, ratio: float, angle: float, x: float, y: float) -> None:
    down, across = np.mgrid[:101, :101] - 50.0
    turned = radians(angle)
    along = (across - x) * cos(turned) + (down - y) * sin(turned)
    beside = (down - y) * cos(turned) - (across - x) * sin(turned)
    (region,) = find_regions((along / half) ** 2 + (beside / (half * ratio)) ** 2 <= 1)

    found = region.ellipse

    assert found.major == pytest.approx(2 * half, abs=1)
    assert found.minor == pytest.approx(2 * half * ratio, abs=1)
    if ratio < 0.8:
        assert abs((found.angle - angle + 90) % 180 - 90) < 6
    assert -90 < found.angle <= 90


def test_the_ellipse_has_the_moments_of_its_pixels() -> None:
    """Beside the covariance of the pixels, and a single pixel."""
    mask = np.random.default_rng(3).random((20, 30)) < 0.7
    for region in find_regions(mask, 1):
        x, y, _, _ = region.box
        rows, columns = np.nonzero(region.mask)
        points = np.stack([columns + x, rows + y]).astype(float)
        spread = np.cov(points, bias=True).reshape(2, 2) + np.eye(2) / 12 if points.shape[1] > 1 else np.eye(2) / 12
        small, large = np.linalg.eigvalsh(spread)
        assert region.ellipse[:2] == pytest.approx((4 * large**0.5, 4 * small**0.5))


@COCO_WARNS
def test_coco_reads_what_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    save("coco", tmp_path / "coco.json")
    coco = COCO(str(tmp_path / "coco.json"))
    capsys.readouterr()
    images, annotations = coco.dataset["images"], coco.loadAnns(coco.getAnnIds(imgIds=[5]))

    assert [image["id"] for image in images] == [1, 2, 3, 4, 5, 6]
    assert images[4] | {"time": 0.16} == images[4]
    assert [one["track_id"] for one in annotations] == [1, 2]
    assert all(one["attributes"] == {"track_id": one["track_id"], "keyframe": True} for one in annotations)
    assert [one["bbox"] for one in annotations] == [[16, 20, 10, 20], [100, 50, 20, 10]]
    assert (coco.annToMask(annotations[1]) > 0).tolist() == drawn((100, 50, 20, 10)).tolist()


def test_coco_of_nothing_is_whole(tmp_path: Path) -> None:
    with open_objects("coco", tmp_path / "coco.json", 4, 3, overwrite=False) as file:
        file.write((), Fraction(0), 0)

    assert json.loads((tmp_path / "coco.json").read_text())["annotations"] == []


def test_yolo_has_a_file_for_each_frame(tmp_path: Path) -> None:
    save("yolo", tmp_path / "labels")
    files = sorted(path.name for path in (tmp_path / "labels").iterdir())

    assert files == [f"{n:06d}.txt" for n in range(1, 7)]
    assert (tmp_path / "labels" / "000004.txt").read_text().splitlines() == [
        "0 0.106250 0.333333 0.062500 0.222222",
        "0 0.687500 0.611111 0.125000 0.111111",
    ]


@pytest.mark.parametrize("name", FORMATS)
def test_nothing_is_left_of_what_fails(tmp_path: Path, name: str) -> None:
    with pytest.raises(RuntimeError), open_objects(name, tmp_path / "out", 4, 3, overwrite=False) as file:
        file.write((), Fraction(0), 0)
        raise RuntimeError

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_what_exists_stays(tmp_path: Path, name: str) -> None:
    save(name, tmp_path / "out")
    with pytest.raises(ParameterError, match="exists already"):
        save(name, tmp_path / "out")


def test_a_full_disk_ends_in_one_line(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        with (
            pytest.raises(EncodeError, match="cannot be written: File too large"),
            open_objects("objects", tmp_path / "out", WIDTH, HEIGHT, overwrite=False) as file,
        ):
            for number, objects in enumerate(walking() * 100):
                file.write(objects, Fraction(number, 25), number)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list(tmp_path.iterdir()) == []


def test_supervision_has_the_same() -> None:
    pytest.importorskip("supervision")
    detections = to_supervision(walking()[4], WIDTH, HEIGHT)

    assert detections.tracker_id.tolist() == [1, 2]
    assert detections.xyxy.tolist() == [[16, 20, 26, 40], [100, 50, 120, 60]]
    assert (detections.mask[0] == drawn((16, 20, 10, 20))).all()


def test_without_supervision_the_line_to_install_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "supervision", None)
    with pytest.raises(ParameterError, match=r"pip install 'stillplate\[supervision\]'"):
        to_supervision((), 4, 3)


def test_a_walker_of_the_street_has_one_number() -> None:
    """From the masks of the whole job, while nobody meets him."""
    clip = street(320, 180, 50, walkers=1, vehicles=0, seed=5)
    background = stillplate.fit(clip, samples=20)
    tracker = Tracker()
    seen = [tracker.update(find_regions(background.mask(frame.image)), float(frame.time)) for frame in clip]
    large = {one.id for objects in seen for one in objects if one.region.area > 150}

    assert len(large) == 1
