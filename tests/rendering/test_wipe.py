"""Before and after: a video of both sides of a border, and single frames of the outputs."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError
from stillplate.rendering.still import STILLS
from stillplate.rendering.wipe import border_at, wiped
from tests.command import run
from tests.panning import images


def frames_of(path: Path | str) -> list[np.ndarray]:
    with stillplate.open_video(path) as video:
        return [frame.image for frame in video]


def test_both_sides_and_the_line_between() -> None:
    """960 pixels wide: a line of two pixels, which ends where the border is."""
    before, after = np.full((4, 960, 3), 10, np.uint8), np.full((4, 960, 3), 200, np.uint8)
    picture = wiped(before, after, 0.25)

    assert (picture[:, :239] == 10).all() and (picture[:, 239:241] == 255).all() and (picture[:, 241:] == 200).all()
    assert np.array_equal(wiped(before, after, 0.0), after)
    assert np.array_equal(wiped(before, after, 1.0), before)
    assert [round(border_at(None, time), 3) for time in (0, 2, 4, 6, 8)] == [1, 0.5, 0, 0.5, 1]


@pytest.mark.parametrize("trim", [False, True])
def test_the_border_moves_from_the_first_frame_that_is_written(tmp_path: Path, walkers: np.ndarray, trim: bool) -> None:
    part: dict[str, Any] = {"start": 0.2, "end": 0.6, "trim": True} if trim else {}
    report = stillplate.render(walkers, wipe=tmp_path / "w.mkv", clean=tmp_path / "c.mkv", **part)
    first = report.times[0]
    wipe, clean = frames_of(tmp_path / "w.mkv"), frames_of(tmp_path / "c.mkv")

    assert report.replaced is not None
    for number, time, one, empty in zip(report.numbers, report.times, wipe, clean, strict=True):
        assert np.array_equal(one, wiped(walkers[number], empty, border_at(None, time - first)))


def test_in_spans_it_is_the_same(tmp_path: Path, lane_mp4: Path) -> None:
    whole = run("render", lane_mp4, "--wipe", tmp_path / "w.mkv", "--wipe-at", "0.5", "--camera", "static")
    spans = run("render", lane_mp4, "-o", tmp_path / "o", "--wipe", tmp_path / "s.mkv", "--wipe-at", "0.5",
                "--spans", "1", "--camera", "static")  # fmt: skip

    assert whole.returncode == spans.returncode == 0, whole.stderr + spans.stderr
    assert np.array_equal(frames_of(tmp_path / "w.mkv"), frames_of(tmp_path / "s.mkv"))


def test_a_border_out_of_the_picture(tmp_path: Path, walkers: np.ndarray) -> None:
    with pytest.raises(ParameterError, match=r"wipe_at is 1\.5, but a share of the width, 0 to 1"):
        stillplate.render(walkers, wipe=tmp_path / "w.mkv", wipe_at=1.5)


def test_one_frame_is_that_of_the_videos(tmp_path: Path, walkers: np.ndarray) -> None:
    """Frame 7 of 25 a second, at 0.28 s, of every output that has one."""
    names = [name for name in STILLS if name != "derain"]
    videos: dict[str, Any] = {name: tmp_path / name / "%04d.png" for name in names}
    stillplate.render(walkers, wipe_at=0.5, **videos)
    stills: dict[str, Any] = {name: tmp_path / f"{name}.png" for name in names}
    report = stillplate.render_frame(walkers, 0.299, **stills)

    assert list(report.numbers) == [7] and report.times[0] == 0.28
    for name in names:
        assert (tmp_path / f"{name}.png").read_bytes() == (tmp_path / name / "0008.png").read_bytes(), name


def test_one_frame_of_a_moving_camera_and_on_another_background(tmp_path: Path) -> None:
    background = stillplate.fit(images())
    stillplate.render(images(), background=background, cutout=f"{tmp_path}/c/%04d.png", composite="navy")
    stillplate.render_frame(images(), 0.8, background=background, cutout=tmp_path / "c.png", composite="navy")

    assert (tmp_path / "c.png").read_bytes() == (tmp_path / "c" / "0021.png").read_bytes()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({}, "no output is asked for: give one of mask=.*, stabilized=\\.\\.\\.$"),
        ({"clean": "c.mp4"}, r"c.mp4: .*\.png"),
        ({"clean": "c.png", "objects": "o.csv"}, "objects is of a whole clip, not of one frame"),
        ({"clean": "c.png", "mask": "c.png"}, "asked for as mask and as clean"),
        ({"cutout": "c.jpg"}, "alpha"),
    ],
)
def test_what_is_no_picture_of_a_frame_is_refused(
    tmp_path: Path, walkers: np.ndarray, options: dict[str, str], told: str
) -> None:
    given: dict[str, Any] = {name: tmp_path / path for name, path in options.items()}
    with pytest.raises(ParameterError, match=told):
        stillplate.render_frame(walkers, 0.2, **given)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_which_frame(tmp_path: Path, lane_mp4: Path) -> None:
    done = run("frame", lane_mp4, "--at", "0.5", "--clean", "c.png", "--cutout", "u.png", folder=tmp_path)
    late = run("frame", lane_mp4, "--at", "900", "--clean", "d.png", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "s written: u.png, c.png" in done.stdout
    assert {path.name for path in tmp_path.iterdir()} == {"c.png", "u.png"}
    assert late.returncode == 2 and "at is 900 s, but the last frame" in late.stderr
