"""Outputs for editing programs: what lies in the folder, and in which form."""

import json
from pathlib import Path

import av
import numpy as np
import OpenEXR
import pytest

import stillplate
from tests.command import run


def kinds(folder: Path) -> dict[str, tuple[str, str]]:
    """Profile and pixel format of each movie."""
    found = {}
    for path in sorted(folder.glob("*.mov")):
        with av.open(str(path)) as container:
            pixels = next(container.decode(video=0)).format.name
            found[path.name] = (str(container.streams.video[0].codec_context.profile), pixels)
    return found


@pytest.mark.parametrize("program", ["resolve", "premiere"])
def test_editors_have_prores_with_straight_alpha(tmp_path: Path, walkers: np.ndarray, program: str) -> None:
    report = stillplate.render(walkers, tmp_path / "out", for_=program, cutout=tmp_path / "u.mkv", composite=None)
    stillplate.render(walkers, cutout=tmp_path / "plain.mkv")
    told = json.loads((tmp_path / "out/report.json").read_text())["options"]

    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "plate.png", "report.json", "report.html", "clean.mov", "mask.mov",
    }  # fmt: skip
    assert kinds(tmp_path / "out") == dict.fromkeys(("clean.mov", "mask.mov"), ("HQ", "yuv422p10le"))
    assert (tmp_path / "u.mkv").read_bytes() == (tmp_path / "plain.mkv").read_bytes()
    assert (told["for"], told["codec"], told["premultiply"]) == (program, None, False)
    assert report.made_by["command"] is None  # an array has none


def test_a_cutout_in_the_folder_is_prores_4444(tmp_path: Path, walkers: np.ndarray) -> None:
    stillplate.render(walkers, tmp_path, for_="resolve")

    assert kinds(tmp_path)["cutout.mov"] == ("4444", "yuva444p12le")


def test_nuke_has_numbered_exrs_with_premultiplied_alpha(tmp_path: Path, walkers: np.ndarray) -> None:
    stillplate.render(walkers, tmp_path / "out", for_="nuke", report=tmp_path / "r.json")
    stillplate.render(walkers, cutout=f"{tmp_path}/straight/%04d.exr")
    names = {path.name for path in (tmp_path / "out" / "cutout").iterdir()}

    assert names == {f"cutout.{number:04d}.exr" for number in range(1, 21)}
    for number in (1, 12):
        given = pixels(tmp_path / f"out/cutout/cutout.{number:04d}.exr")
        straight = pixels(tmp_path / f"straight/{number:04d}.exr")
        assert np.array_equal(given[..., 3], straight[..., 3])
        assert given[..., 3].max() == 1
        assert np.abs(given[..., :3] - straight[..., :3] * straight[..., 3:]).max() < 1 / 255


def pixels(path: Path) -> np.ndarray:
    return np.asarray(OpenEXR.File(str(path)).channels()["RGBA"].pixels, np.float32)


def test_a_codec_is_that_of_all_videos_in_the_folder(tmp_path: Path, walkers: np.ndarray) -> None:
    """And of a composite; what is no video is as it was."""
    stillplate.render(walkers, tmp_path, codec="prores422lt", composite="navy")

    assert {path.name for path in tmp_path.iterdir()} == {
        "plate.png", "report.json", "report.html", "mask.mov", "foreground.mov", "comparison.mov", "composite.mov",
    }  # fmt: skip
    assert set(kinds(tmp_path).values()) == {("LT", "yuv422p10le")}


def test_any_cutout_is_premultiplied_on_demand(tmp_path: Path, walkers: np.ndarray) -> None:
    stillplate.render(walkers, cutout=tmp_path / "a.mkv", for_="nuke")
    stillplate.render(walkers, cutout=tmp_path / "b.mkv", premultiply=True)

    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_the_command_line_and_a_batch(tmp_path: Path, lane_mp4: Path) -> None:
    """What is there already is known by its names."""
    for name in ("a.mp4", "b.mp4"):
        (tmp_path / name).write_bytes(lane_mp4.read_bytes())
    done = run("render", "a.mp4", "b.mp4", "-o", "out", "--for", "premiere", folder=tmp_path)
    again = run("render", "a.mp4", "b.mp4", "-o", "out", "--for", "premiere", "--resume", folder=tmp_path)
    other = run("render", "a.mp4", "b.mp4", "-o", "out", "--codec", "prores422", "--resume", folder=tmp_path)
    told = json.loads((tmp_path / "out/a/report.json").read_text())

    assert done.returncode == again.returncode == other.returncode == 0, done.stderr + other.stderr
    assert again.stdout.count("whole already") == 2
    assert "made anew" in other.stdout
    assert (tmp_path / "out" / "b" / "clean.mov").exists()
    assert "--codec prores422" in told["made_by"]["command"]


def test_spans_are_joined_in_the_same_codec(tmp_path: Path, lane_mp4: Path) -> None:
    done = run(
        "render", lane_mp4, "-o", tmp_path / "out", "--spans", "1", "--codec", "prores422lt", "--camera", "static"
    )
    refused = run("render", lane_mp4, "-o", tmp_path / "no", "--spans", "1", "--for", "nuke")

    assert done.returncode == 0, done.stderr
    assert kinds(tmp_path / "out" / "lane")["mask.mov"] == ("LT", "yuv422p10le")
    assert "in spans is a file in .mp4, .mkv, .mov or .webm" in refused.stderr
