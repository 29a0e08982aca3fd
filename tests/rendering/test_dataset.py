"""Data sets for detectors: what is taken, how it is split, and whether their readers read it."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pycocotools.coco import COCO

import stillplate
from stillplate.errors import ParameterError
from stillplate.io.opening import open_sink
from stillplate.rendering.dataset import join_datasets
from stillplate.rendering.dataset.split import split
from stillplate.rendering.events import Event
from tests.command import run

PLAIN: dict[str, Any] = {"threshold": 30, "cleanup": "none", "samples": 40}
SIZE = 48, 64  # rows, columns
SEED = 3


def passes(*starts: float, seconds: float = 60) -> np.ndarray:
    """Frames, 10 a second, in which a block of 8 by 12 pixels crosses from each of the times on, for 4 seconds."""
    images = np.full((round(seconds * 10), *SIZE, 3), 90, np.uint8)
    for start in starts:
        for step in range(40):
            images[round(start * 10) + step, 20:32, step : step + 8] = (200, 60, 40)
    return images


def save(path: Path, images: np.ndarray) -> Path:
    with open_sink(path, SIZE[1], SIZE[0], channels=3) as sink:
        for number, image in enumerate(images):
            sink.write(image, Fraction(number, 10))
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save(tmp_path_factory.mktemp("clip") / "gate.mkv", passes(5, 15, 25, 35, 45, 52))


def read_yolo(path: Path) -> dict[str, dict[str, list[list[float]]]]:
    """The labels of each picture by part, as Ultralytics finds them: /images/ becomes /labels/, .jpg becomes .txt."""
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert data["names"] == {0: "object"}
    found: dict[str, dict[str, list[list[float]]]] = {}
    for part in ("train", "val"):
        folders = data[part] if isinstance(data[part], list) else [data[part]]
        found[part] = {}
        for folder in folders:
            for picture in sorted((path.parent / folder).iterdir()):
                label = Path(str(picture).replace("/images/", "/labels/")).with_suffix(".txt")
                rows = [[float(value) for value in line.split()] for line in label.read_text().splitlines()]
                assert all(len(row) == 5 and row[0] == 0 and 0 <= min(row) <= max(row) <= 1 for row in rows)
                assert stillplate.read_image(picture).shape == (*SIZE, 3)
                found[part][picture.name] = rows
    return found


def event_of(name: str, starts: tuple[float, ...] = (5, 15, 25, 35, 45, 52)) -> float:
    """The time at which the event of a picture begins, or that before its pause."""
    time = (int(name.rpartition("-")[2].partition(".")[0]) - 1) / 10
    return max((start for start in starts if start <= time + 0.2), default=starts[0])


def test_yolo(clip: Path, tmp_path: Path) -> None:
    report = stillplate.render(clip, dataset=tmp_path / "data", report=tmp_path / "r.json", seed=SEED, **PLAIN)
    found = read_yolo(tmp_path / "data" / "data.yaml")

    events = {part: {event_of(name) for name in names} for part, names in found.items()}
    assert len(report.events) == 6
    assert events["train"] | events["val"] == {5, 15, 25, 35, 45, 52} and not events["train"] & events["val"]
    counts = {part: len(names) for part, names in found.items()}
    assert report.dataset == {**counts, "empty": 5}
    assert json.loads((tmp_path / "r.json").read_text())["dataset"] == report.dataset
    assert 0 < counts["val"] <= 0.25 * counts["train"] + 1
    every = found["train"] | found["val"]
    assert sum(not rows for rows in every.values()) == 5
    for name, rows in every.items():
        frame = int(name.rpartition("-")[2].partition(".")[0]) - 1
        for _, x, y, wide, high in rows:
            step = frame - round(10 * event_of(name))
            assert [x * 64, y * 48, wide * 64, high * 48] == pytest.approx([step + 4, 26, 8, 12], abs=1)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools, of numpy 2
def test_coco(clip: Path, tmp_path: Path) -> None:
    """COCO's own reader; masks decode to the block."""
    stillplate.render(clip, dataset=tmp_path, format="coco", dataset_fps=1, overwrite=True, seed=SEED, **PLAIN)
    names: set[str] = set()
    for part in ("train", "val"):
        coco = COCO(str(tmp_path / f"annotations/instances_{part}.json"))
        for image in coco.loadImgs(coco.getImgIds()):
            assert (tmp_path / "images" / part / image["file_name"]).is_file()
            names.add(image["file_name"])
            for one in coco.loadAnns(coco.getAnnIds(imgIds=image["id"])):
                x, y, wide, high = one["bbox"]
                mask = coco.annToMask(one).astype(bool)
                assert mask.sum() == one["area"] == mask[y : y + high, x : x + wide].sum()
                assert one["attributes"]["track_id"] >= 1
    assert len(names) == 26  # 6 events of 4 seconds, and a tenth as many of pauses
    assert {path.name for path in (tmp_path / "images").rglob("*.jpg")} == names


@pytest.mark.parametrize("form", ["yolo", "coco"])
def test_a_batch_is_one_data_set(form: str, tmp_path: Path) -> None:
    """Events of one clip are split; of the clips with a single event, some are for validation as a whole."""
    save(tmp_path / "a.mkv", passes(5, 15, 25, 35, 45))
    for name in "bcdef":
        save(tmp_path / f"{name}.mkv", passes(5, seconds=12))
    save(tmp_path / "nobody.mkv", passes(seconds=6))
    options = {**PLAIN, "dataset": f"{tmp_path}/data/{{clip}}", "format": form}
    clips = sorted(tmp_path.glob("*.mkv"))
    stillplate.render_many(clips, tmp_path / "out", **options)
    names = ["data.yaml"] if form == "yolo" else [f"annotations/instances_{part}.json" for part in ("train", "val")]
    before = [(tmp_path / "data" / name).read_bytes() for name in names]
    again = stillplate.render_many(clips, tmp_path / "out", **options, resume=True)

    assert {outcome.state for outcome in again} == {"skipped"}
    assert [(tmp_path / "data" / name).read_bytes() for name in names] == before
    if form == "yolo":
        found = {part: set(names) for part, names in read_yolo(tmp_path / "data" / "data.yaml").items()}
    else:
        readers = {Path(name).stem.rpartition("_")[2]: COCO(str(tmp_path / "data" / name)) for name in names}
        found = {
            part: {Path(image["file_name"]).name for image in coco.loadImgs(coco.getImgIds())}
            for part, coco in readers.items()
        }
        for coco in readers.values():
            assert all((tmp_path / "data" / image["file_name"]).is_file() for image in coco.loadImgs(coco.getImgIds()))
    singles = [{name[0] for name in found[part]} - {"a"} for part in ("train", "val")]
    assert len(singles[1] - {"n"}) == 1 and not singles[0] & singles[1]
    assert {"a"} <= {name[0] for name in found["train"]} & {name[0] for name in found["val"]}


def test_of_two_clips_with_an_event_each_one_is_for_validation(tmp_path: Path) -> None:
    """Without pictures for validation, Ultralytics stops; an empty clip is none to validate with."""
    for name in "ab":
        save(tmp_path / f"{name}.mkv", passes(5, seconds=12))
    save(tmp_path / "nobody.mkv", passes(seconds=6))
    data, clips = tmp_path / "data", sorted(tmp_path.glob("*.mkv"))
    stillplate.render_many(clips, tmp_path / "out", **PLAIN, dataset=f"{data}/{{clip}}")

    for chosen in (["a", "b"], ["a", "b", "nobody"]):
        for seed in range(9):
            join_datasets(data, [data / name for name in chosen], "yolo", seed=seed)
            found = {part: {name[0] for name in names} for part, names in read_yolo(data / "data.yaml").items()}

            assert found in ({"train": {"a"}, "val": {"b"}}, {"train": {"b"}, "val": {"a"}})


def test_made_anew_in_another_format_nothing_leads_to_labels_that_are_gone(tmp_path: Path) -> None:
    clip, data = save(tmp_path / "a.mkv", passes(5, 15, seconds=22)), tmp_path / "data"
    names = []
    for form in ("yolo", "coco", "yolo"):
        options = {**PLAIN, "dataset": f"{data}/{{clip}}", "format": form, "overwrite": True}
        stillplate.render_many([clip], tmp_path / "out", **options)
        names.append({path.relative_to(data).as_posix() for path in data.glob("[!a]*")} | set(_of_all(data)))
    (data / "annotations").mkdir()
    (data / "annotations" / "mine.txt").write_text("mine")
    (data / "annotations" / "instances_val.json").write_text("{}")
    stillplate.render_many([clip], tmp_path / "out", **options)

    assert names == [{"data.yaml"}, {"instances_train.json", "instances_val.json"}, {"data.yaml"}]
    assert not (data / "a" / "annotations").exists()
    assert set(_of_all(data)) == {"mine.txt", "instances_val.json"}


def _of_all(data: Path) -> list[str]:
    return [path.name for path in data.glob("annotations/*")]


def test_what_is_somebody_elses_stays(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "data.yaml").write_text("mine")
    with pytest.raises(ParameterError, match="not of an earlier batch"):
        stillplate.render_many([clip], tmp_path / "out", dataset=f"{tmp_path}/data/{{clip}}", **PLAIN)
    (tmp_path / "data" / "notes.txt").write_text("mine")
    with pytest.raises(ParameterError, match=r"holds notes\.txt"):
        stillplate.render(clip, dataset=tmp_path / "data", overwrite=True, **PLAIN)

    assert {path.name for path in (tmp_path / "data").iterdir()} == {"data.yaml", "notes.txt"}


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"format": "voc"}, "format is 'voc', but one of yolo, coco is needed"),
        ({"dataset_fps": 0}, "dataset_fps is 0, but pictures a second, above 0, are needed"),
        ({"format": "coco", "dataset": None}, "format is given, but no data set is asked for: give dataset, too"),
        ({"dataset_fps": 1, "dataset": None}, "dataset_fps is given, but no data set is asked for"),
    ],
)
def test_wrong_options(options: dict[str, Any], told: str, clip: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=told):
        stillplate.render(clip, tmp_path / "out", **{"dataset": tmp_path / "d", **options})

    assert not list(tmp_path.iterdir())


def test_a_single_event_is_not_divided(tmp_path: Path) -> None:
    save(tmp_path / "one.mkv", passes(2, seconds=8))
    quiet = ("--threshold", 30, "--cleanup", "none", "--samples", 20)
    done = run("render", tmp_path / "one.mkv", "--dataset", tmp_path / "d", *quiet)

    assert done.returncode == 0, done.stderr
    assert (
        "pictures to train with, 0 to validate (a single event is not divided: give further clips); 1 of them without "
        "things" in done.stdout
    )


@given(
    st.lists(st.tuples(st.integers(1, 30), st.integers(1, 30)), max_size=12),
    st.lists(st.integers(0, 2), min_size=400, max_size=400),
    st.integers(0, 9),
)
def test_every_event_is_in_one_part(lengths: list[tuple[int, int]], things: list[int], seed: int) -> None:
    """Of any events, with pauses between them, and any things."""
    events, at = [], 0
    for pause, length in lengths:
        at += pause
        events.append(Event(at, min(at + length, 399), 0.5, range(at, at + length + 1)))
        at += length + 1
    events = [event for event in events if event.start < 400]
    parts = split(range(400), things, events, seed=seed)

    moving = {number for event in events for number in range(int(event.start), int(event.end) + 1)}
    inside = {part: [number for number in numbers if number in moving] for part, numbers in parts.items()}
    for event in events:
        assert not all(any(event.start <= number <= event.end for number in numbers) for numbers in inside.values())
    assert all(things[number] for numbers in inside.values() for number in numbers)
    positives = sum(map(len, inside.values()))
    empty = sum(map(len, parts.values())) - positives
    assert empty <= round(positives / 10)
    taken = {number for numbers in inside.values() for number in numbers}
    filled = sum(any(event.start <= number <= event.end for number in taken) for event in events)
    assert len(inside["val"]) <= max(positives / 5, positives / max(1, filled))
    assert all(numbers == sorted(set(numbers)) for numbers in parts.values())
