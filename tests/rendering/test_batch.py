"""Many clips: each by itself, whole or not at all, whatever happens to the others."""

import csv
import json
import math
import os
import shutil
import signal
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stillplate.errors import ParameterError
from stillplate.io.atomic import remove_stale
from stillplate.io.opening import open_sink
from stillplate.rendering.batch import render_many
from stillplate.rendering.clips import check_names, find_clips
from stillplate.rendering.jobs import Task
from stillplate.rendering.worker import START
from tests.command import run
from tests.endings import children, gone, started, wrong_after
from tests.patience import HANGS, wait_for

PLAIN: dict[str, Any] = {"threshold": 30, "cleanup": "none", "samples": 8}
FOLDER = ["comparison.mp4", "foreground.mp4", "mask.mp4", "plate.png", "report.html", "report.json"]


def save(path: Path, images: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open_sink(path if path.suffix else f"{path}/", images.shape[2], images.shape[1], channels=3) as sink:
        for number, image in enumerate(images):
            sink.write(image, Fraction(number, 25))


def listing(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def tree(tmp_path: Path, walkers: np.ndarray) -> Path:
    """Two clips, a folder of images and a file that is no video, in folders with awkward names."""
    root = tmp_path / "tree"
    save(root / "a.mp4", walkers)
    save(root / "b b" / "ü'.mkv", walkers)
    save(root / "b b" / "images", walkers)
    (root / "bad.mp4").write_bytes(b"no video")
    (root / "notes.txt").write_text("no clip")
    return root


def test_clips_are_found_in_trees(tree: Path) -> None:
    assert {str(clip.path.relative_to(tree)): clip.name for clip in find_clips([tree])} == {
        "a.mp4": "a", "b b/images": "b b/images", "b b/ü'.mkv": "b b/ü'", "bad.mp4": "bad",
    }  # fmt: skip
    assert [clip.name for clip in find_clips([tree / "a.mp4", tree / "b b" / "images"])] == ["a", "images"]


def test_clips_that_differ_by_their_suffix_keep_it(tmp_path: Path) -> None:
    for name in ("a.mp4", "a.avi"):
        (tmp_path / name).touch()

    assert sorted(clip.name for clip in find_clips([tmp_path])) == ["a.avi", "a.mp4"]


def test_outputs_are_no_clips(tree: Path) -> None:
    (tree / "out").mkdir()
    (tree / "out" / "mask.mp4").touch()

    assert len(find_clips([tree], tree / "out")) == 4


@pytest.mark.parametrize("given", [["gone"], ["empty"]])
def test_no_clip_is_told(tmp_path: Path, given: list[str]) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(ParameterError, match=r"there is no such file|holds no clip"):
        find_clips([tmp_path / name for name in given])


def test_two_of_one_name_are_told(tmp_path: Path) -> None:
    for name in ("x", "y"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.mp4").touch()
    given = [tmp_path / "x" / "a.mp4", tmp_path / "y" / "a.mp4"]
    clips = find_clips(given)

    assert [clip.name for clip in clips] == ["a.mp4", "a.mp4"]
    with pytest.raises(ParameterError, match=r"two clips would write to a\.mp4, .*x/a\.mp4 and .*y/a\.mp4: "):
        check_names(clips)
    with pytest.raises(ParameterError, match="two clips would write to"):
        render_many(given, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_bad_clip_stops_no_other(tree: Path, tmp_path: Path) -> None:
    """And what is whole is not made again."""
    out = tmp_path / "out"
    clean = f"{out}/{{clip}}/clean.mp4"
    first = render_many([tree], out, jobs=2, **PLAIN, clean=clean)
    made = {path: path.stat().st_mtime_ns for path in out.rglob("*.mp4")}
    (out / "a" / "mask.mp4").unlink()
    again = render_many([tree], out, jobs=2, resume=True, **PLAIN, clean=clean)
    rows = {row["clip"]: row for row in csv.DictReader((out / "summary.csv").read_text().splitlines())}

    assert [one.state for one in first] == ["done", "done", "done", "failed"]
    assert "cannot be opened as a video" in first[3].error
    assert listing(out / "b b" / "images") == sorted([*FOLDER, "clean.mp4"])
    assert not (out / "bad").exists()
    assert [one.state for one in again] == ["done", "skipped", "skipped", "failed"]
    assert (out / "b b" / "ü'" / "mask.mp4").stat().st_mtime_ns == made[out / "b b" / "ü'" / "mask.mp4"]
    assert listing(out / "a") == sorted([*FOLDER, "clean.mp4"])
    assert rows[str(tree / "a.mp4")]["frames"] == "20"
    assert float(rows[str(tree / "a.mp4")]["mean_support"]) > 0.5
    assert rows[str(tree / "bad.mp4")]["state"] == "failed"


@pytest.mark.parametrize("mask", ["/tmp/mask.mp4", "../mask.mp4", "-"])
def test_no_output_is_one_of_all_clips(tree: Path, tmp_path: Path, mask: str) -> None:
    with pytest.raises(ParameterError, match="several clips would write their mask there"):
        render_many([tree], tmp_path / "out", **PLAIN, mask=mask)

    assert not (tmp_path / "out").exists()


def test_what_exists_is_not_replaced(tree: Path, tmp_path: Path) -> None:
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "a" / "plate.png").write_text("mine")
    (one,) = render_many([tree / "a.mp4"], tmp_path / "out", **PLAIN)

    assert "exists already" in one.error
    assert (tmp_path / "out" / "a" / "plate.png").read_text() == "mine"


def test_the_table_of_what_may_not_be_replaced_stays(tree: Path, tmp_path: Path) -> None:
    """Clips that are new get their rows; with leave to replace, those that fail do."""
    out = tmp_path / "out"
    render_many([tree / "a.mp4"], out, **PLAIN)
    (row,) = rows_of(out)
    again = render_many([tree / "a.mp4", tmp_path / "gone.mp4"], out, **PLAIN)
    rows = rows_of(out)
    shutil.copy(tree / "a.mp4", tmp_path / "a.mp4")
    (tmp_path / "a.mp4").write_bytes(b"no video")
    render_many([tmp_path / "a.mp4"], out, overwrite=True, **PLAIN)

    assert [one.state for one in again] == ["failed", "failed"]
    assert rows[0] == row
    assert [(one["state"], Path(one["clip"]).name) for one in rows] == [("done", "a.mp4"), ("failed", "gone.mp4")]
    assert [one["state"] for one in rows_of(out)] == ["failed"]


def rows_of(out: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((out / "summary.csv").read_text().splitlines()))


@pytest.mark.parametrize("wrong", [("--min-size", "8x"), ("--clusters", "0")])
def test_an_option_that_is_wrong_for_all_clips_is_told_once(tree: Path, tmp_path: Path, wrong: tuple[str, str]) -> None:
    ran = run("render", tree, "-o", tmp_path / "out", *wrong)

    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert ran.stderr.startswith(f"stillplate: {wrong[0]} is ")
    assert not (tmp_path / "out").exists()


def test_leftovers_of_the_dead_are_swept_away(tmp_path: Path) -> None:
    """Those of the living are not, nor what merely looks alike."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f".mask.{dead.pid}.0.partial.mp4", f".mask.{os.getpid()}.0.partial.mp4", ".mine.partial.mp4"):
        (tmp_path / name).touch()
    remove_stale(tmp_path)

    assert listing(tmp_path) == sorted([".mine.partial.mp4", f".mask.{os.getpid()}.0.partial.mp4"])


def start(tree: Path, out: Path) -> subprocess.Popen[str]:
    """A batch that takes long, when its first clip is being written."""
    process = started(tree, out)
    wait_for(lambda: any(out.rglob(".*.partial*")))
    return process


@pytest.fixture(scope="module")
def long_clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """960 frames in which many blocks walk: seconds of rendering."""
    path = tmp_path_factory.mktemp("long") / "clip.mp4"
    images = np.full((20, 24, 32, 3), 90, np.uint8)
    for step, image in enumerate(images):
        image[8:14, step : step + 6] = (200, 60, 40)
    save(path, np.tile(images, (48, 8, 8, 1)))
    return path


@pytest.fixture
def long_tree(tmp_path: Path, long_clip: Path) -> Path:
    (tmp_path / "long").mkdir()
    for name in ("a.mp4", "b.mp4"):
        shutil.copy(long_clip, tmp_path / "long" / name)
    return tmp_path / "long"


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGKILL, -9)])
def test_no_process_and_no_half_file_outlives_a_batch_that_is_ended(
    long_tree: Path, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    process = start(long_tree, tmp_path / "out")
    workers = children(process.pid)
    process.send_signal(number)
    process.communicate(timeout=HANGS)
    wait_for(lambda: all(gone(pid) for pid in workers))

    assert process.returncode == code
    assert len(workers) >= 2
    assert listing(tmp_path / "out") == []


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
def test_a_process_that_dies_is_one_clip_failed(long_tree: Path, tmp_path: Path) -> None:
    """It can be resumed: what it left is swept away."""
    process = start(long_tree, tmp_path / "out")
    victim = next(pid for pid in children(process.pid) if any((tmp_path / "out").rglob(f".*.{pid}.*")))
    os.kill(victim, signal.SIGKILL)
    _, errors = process.communicate(timeout=HANGS)
    halves = [name for name in listing(tmp_path / "out") if "partial" in name]
    again = render_many([long_tree], tmp_path / "out", resume=True, **{**PLAIN, "samples": 4})

    assert process.returncode == 1
    assert "its process died (exit -9)" in errors
    assert len(halves) > 0
    assert sorted(one.state for one in again) == ["done", "skipped"]
    assert not [name for name in listing(tmp_path / "out") if "partial" in name]


def test_a_worker_whose_answer_nobody_reads_ends_without_a_word() -> None:
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-c", START, json.dumps(sys.path)], stdin=subprocess.PIPE, stdout=write, stderr=subprocess.PIPE
    ) as worker:
        os.close(write)
        os.close(read)
        assert worker.stdin is not None
        assert worker.stderr is not None
        worker.stdin.write(Task(math.hypot, {}).packed())
        worker.stdin.flush()
        errors = worker.stderr.read()

    assert errors == b""


@pytest.mark.skipif(sys.platform != "linux", reason="children are looked up in /proc")
def test_a_batch_that_is_ended_at_any_moment_can_be_resumed(tree: Path, tmp_path: Path) -> None:
    """While it is loaded, while it samples and while it writes; the long form is in `soak`."""
    (tree / "bad.mp4").unlink()
    ends = [(signal.SIGKILL, 0.9), (signal.SIGTERM, 0.3), (signal.SIGKILL, 1.5)]

    assert wrong_after(tree, tmp_path / "out", ends) == ""


def test_a_clip_that_is_gone_stops_no_other(street_mp4: Path, tmp_path: Path) -> None:
    """Of a list; where none is there, or what is gone is no video, nothing is begun."""
    gone = tmp_path / "gone.mp4"
    first, other = render_many([gone, street_mp4], tmp_path / "out", samples=8)

    assert (first.state, other.state) == ("failed", "done")
    assert "there is no such file" in first.error
    assert not (tmp_path / "out" / "gone").exists()
    for wrong in ([gone, tmp_path / "gone.mov"], [street_mp4, tmp_path / "gone.png"], [street_mp4, tmp_path / "gone"]):
        with pytest.raises(ParameterError, match="there is no such file"):
            find_clips(wrong)
