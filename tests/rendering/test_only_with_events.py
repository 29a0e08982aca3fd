"""Clips in which nothing moved, of which only the plate and the reports are wanted."""

import csv
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.io.opening import open_sink
from tests.command import run

PLAIN: dict[str, Any] = {"threshold": 30, "cleanup": "none", "samples": 8, "only_with_events": True}
SMALL = {"plate.png", "report.json", "report.html"}
ALL = {*SMALL, "mask.mp4", "foreground.mp4", "comparison.mp4"}


@pytest.fixture
def clips(tmp_path: Path, walkers: np.ndarray) -> Path:
    """A folder of a clip with a walker and of one without."""
    for name, images in {"busy": walkers, "empty": np.full_like(walkers, 90)}.items():
        with open_sink(tmp_path / f"{name}.mp4", images.shape[2], images.shape[1], channels=3) as sink:
            for number, image in enumerate(images):
                sink.write(image, Fraction(number, 25))
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_batch(clips: Path) -> None:
    out = clips / "out"
    table: dict[str, Any] = {"objects": str(out / "{clip}" / "o.csv"), "frames": str(out / "{clip}" / "frames")}
    outcomes = stillplate.render_many([clips], out, **PLAIN, **table)
    again = stillplate.render_many([clips], out, **PLAIN, **table, resume=True)

    assert [outcome.state for outcome in outcomes] == ["done", "done"]
    assert names(out / "busy") == {*ALL, "o.csv", "frames"}
    assert names(out / "empty") == SMALL
    assert [outcome.state for outcome in again] == ["skipped", "skipped"]
    with (out / "summary.csv").open(newline="") as file:
        assert [row["events"] for row in csv.DictReader(file)] == ["1", "0"]


def test_what_was_written_before_goes_when_it_is_replaced(clips: Path) -> None:
    options = {**PLAIN, "cutout": f"{clips}/cut/"}
    stillplate.render(clips / "empty.mp4", clips / "out", **{**options, "only_with_events": False})
    before = names(clips / "out"), names(clips / "cut")
    report = stillplate.render(clips / "empty.mp4", clips / "out", **options, overwrite=True)

    assert before[0] == ALL and len(before[1]) == 20
    assert names(clips / "out") == SMALL == {Path(path).name for path in report.outputs.values()}
    assert not (clips / "cut").exists()


def test_every_clip_is_made_again_when_it_is_not_asked_for_any_more(clips: Path) -> None:
    stillplate.render_many([clips], clips / "out", **PLAIN)
    outcomes = stillplate.render_many([clips], clips / "out", **{**PLAIN, "only_with_events": False}, resume=True)

    assert [outcome.state for outcome in outcomes] == ["done", "done"]
    assert names(clips / "out" / "empty") == ALL


def test_one_clip_and_its_plate_alone(clips: Path) -> None:
    """Whether anything moved is known only when the masks are."""
    quiet = ("--threshold", 30, "--samples", 8, "--only-with-events")
    asked = ("--mask", clips / "m.mp4", "--dataset", clips / "d", "--save-background", clips / "b.npz")
    done = run("render", clips / "empty.mp4", *asked, *quiet)
    busy = run("render", clips / "busy.mp4", "--save-background", clips / "c.npz", *quiet)

    assert done.returncode == busy.returncode == 0, done.stderr + busy.stderr
    assert "nothing moved: no videos and no tables are written" in done.stdout
    assert "dataset:" not in done.stdout
    assert names(clips) == {"busy.mp4", "empty.mp4", "c.npz"}


def test_not_in_spans_and_not_to_a_pipe(clips: Path) -> None:
    with pytest.raises(ParameterError, match="only_with_events is given, but is not rendered in spans"):
        stillplate.render_many([clips / "empty.mp4"], clips / "out", spans=1, **PLAIN)
    with pytest.raises(ParameterError, match="cannot be taken back"):
        stillplate.render(clips / "empty.mp4", mask="-", **PLAIN)
