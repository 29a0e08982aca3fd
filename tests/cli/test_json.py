"""JSON on standard output, for scripts, and the command `pixel`."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import stillplate
from tests.cli.test_commands import complaint
from tests.command import run


def lines(*arguments: object, code: int = 0) -> list[dict[str, object]]:
    """What a command prints, each line an object."""
    done = run(*arguments, "--json")
    assert done.returncode == code, done
    return [json.loads(line, parse_constant=pytest.fail) for line in done.stdout.splitlines()]


def test_plate_and_check(lane_mp4: Path, tmp_path: Path) -> None:
    background = stillplate.fit(lane_mp4, samples=20)
    (plate,) = lines("plate", lane_mp4, "-o", tmp_path / "p.png", "--support", tmp_path / "s.png", "--samples", 20)
    (found,) = lines("check", lane_mp4, "--samples", 20)

    assert plate["clip"] == found["clip"] == str(lane_mp4)
    assert plate["outputs"] == [str(tmp_path / "p.png"), str(tmp_path / "s.png")]
    assert plate["certain"] == pytest.approx(background.sureness.certain)
    assert background.assumptions is not None
    assert {**background.assumptions.to_dict(), "clip": str(lane_mp4), "doubts": found["doubts"]} == found


def test_render_of_one_clip_and_of_many(lane_mp4: Path, tmp_path: Path) -> None:
    shutil.copy(lane_mp4, tmp_path / "a.mp4")
    (tmp_path / "b.mp4").write_bytes(lane_mp4.read_bytes()[:500])
    (one,) = lines("render", tmp_path / "a.mp4", "--mask", tmp_path / "m.mkv", "--quiet")
    first, second = lines("render", tmp_path / "a.mp4", tmp_path / "b.mp4", "-o", tmp_path / "out", code=1)
    again = lines("render", tmp_path / "a.mp4", "-o", tmp_path / "out", "--resume")

    told = ("clip", "frames", "events", "foreground_share", "mean_support", "camera")
    assert [one[name] for name in told] == [first[name] for name in told]
    assert (one["frames"], one["outputs"]) == (30, {"mask": str(tmp_path / "m.mkv")})
    assert (first["state"], first["error"], second["state"]) == ("done", "", "failed")
    assert str(second["error"]).startswith(str(tmp_path / "b.mp4"))
    assert [line["state"] for line in again] == ["skipped"]
    assert again[0]["foreground_share"] == one["foreground_share"]


def test_frame(lane_mp4: Path, tmp_path: Path) -> None:
    (found,) = lines("frame", lane_mp4, "--at", 0.5, "--clean", tmp_path / "c.png", "--samples", 20)

    assert found == {
        "clip": str(lane_mp4), "frame": 12, "time": 0.48, "outputs": {"clean": str(tmp_path / "c.png")}, "doubts": []
    }  # fmt: skip


def test_a_video_and_json_do_not_share_standard_output(lane_mp4: Path) -> None:
    assert "name a file for the video" in complaint(run("render", lane_mp4, "--mask", "-", "--json"))


def test_scores(tmp_path: Path) -> None:
    """What cannot be measured is null: no window of 11x11 fits into the picture."""
    stillplate.write_image(tmp_path / "one.png", np.full((4, 8, 3), 90, np.uint8))
    stillplate.write_image(tmp_path / "other.png", np.full((4, 8, 3), 93, np.uint8))
    (scores,) = lines("score", tmp_path / "one.png", tmp_path / "other.png")

    assert (scores["age"], scores["ms_ssim"]) == (3, None)


def test_pixels(lane_mp4: Path, tmp_path: Path) -> None:
    place = ("pixel", lane_mp4, 48, 40, 0, 0, "--samples", 20)
    (found,) = lines(*place)
    drawn = run(*place, "-o", tmp_path / "p.png", "-o", tmp_path / "p.csv")

    assert drawn.returncode == 0, drawn
    pixels = found["pixels"]
    assert isinstance(pixels, list)
    assert [(pixel["x"], pixel["y"], len(pixel["samples"])) for pixel in pixels] == [(48, 40, 20), (0, 0, 20)]
    assert stillplate.read_image(tmp_path / "p.png").shape == (2000, 1280, 3)
    assert len((tmp_path / "p.csv").read_text().splitlines()) == 1 + 40


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((1, 2, 3, "-o", "p.png"), "3 is a column without a row"),
        ((1, 2), "no output is asked for: give -o FILE.png, -o FILE.csv or --json"),
        ((1, 2, "-o", "p.gif"), ".gif is no image format"),
        ((1, 2, 300, 2, "-o", "p.csv"), "pixel (300, 2) is outside the picture"),
        ((1, "q", "-o", "p.csv"), "'q', but a whole number is needed"),
    ],
)
def test_wrong_pixels(words: tuple[object, ...], told: str, lane_mp4: Path, tmp_path: Path) -> None:
    assert told in complaint(run("pixel", lane_mp4, *words, folder=tmp_path))
    assert not list(tmp_path.iterdir())
