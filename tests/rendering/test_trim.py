"""Outputs of a part of a clip: what is cut, and what keeps the clip's own numbers and times."""

import csv
import json
from pathlib import Path

import av
import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError


def decoded(path: Path) -> tuple[np.ndarray, list[float]]:
    with stillplate.open_video(path) as video:
        frames = list(video)
    return np.stack([frame.image for frame in frames]), [float(frame.time) for frame in frames]


def test_videos_and_folders_hold_the_part_only(tmp_path: Path, walkers: np.ndarray) -> None:
    """Frames 6 to 12 of 25 a second; the same pictures as of a whole render from the same samples."""
    stillplate.render(walkers, clean=tmp_path / "whole.mkv", start=0.24, end=0.48)
    report = stillplate.render(
        walkers, clean=tmp_path / "part.mkv", mask=f"{tmp_path}/masks/", objects=tmp_path / "o.csv",
        coco=tmp_path / "c.json", yolo=tmp_path / "yolo", timeline=tmp_path / "t.csv", report=tmp_path / "r.json",
        page=tmp_path / "r.html", frames=tmp_path / "frames", trim=True, start=0.24, end=0.48,
    )  # fmt: skip
    whole, _ = decoded(tmp_path / "whole.mkv")
    part, times = decoded(tmp_path / "part.mkv")

    assert np.array_equal(part, whole[6:13])
    assert times == pytest.approx([number / 25 for number in range(7)])
    names = [f"{number:06d}" for number in range(7, 14)]
    assert sorted(path.stem for path in (tmp_path / "masks").iterdir()) == names
    assert sorted(path.stem for path in (tmp_path / "yolo").iterdir()) == names
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [f"{name}.png" for name in names]
    assert np.array_equal(stillplate.read_image(tmp_path / "frames" / "000010.png"), walkers[9])
    rows = list(csv.DictReader((tmp_path / "o.csv").read_text().splitlines()))
    assert {(row["frame"], row["time"]) for row in rows} <= {(str(n), f"{n / 25:.6f}") for n in range(6, 13)}
    assert [row["frame"] for row in csv.DictReader((tmp_path / "t.csv").read_text().splitlines())] == [
        str(n) for n in range(6, 13)
    ]
    images = json.loads((tmp_path / "c.json").read_text())["images"]
    assert [one["file_name"] for one in images] == [f"{name}.png" for name in names]
    told = json.loads((tmp_path / "r.json").read_text())
    assert told["options"]["trim"] is True
    assert told["frames"]["time"][0] == 0.24 and len(report.times) == 7


def test_sound_is_cut_in_step(tmp_path: Path, sounding_mp4: Path) -> None:
    """The tone swells with time: what is heard with the first picture is as loud as it was there."""
    stillplate.render(sounding_mp4, clean=tmp_path / "c.mp4", start=1.5, end=2.5, trim=True, threshold=255)
    with av.open(str(tmp_path / "c.mp4")) as container:
        video = sum(1 for _ in container.decode(video=0))
    with av.open(str(tmp_path / "c.mp4")) as container:
        sound = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])

    assert video == 25
    assert len(sound) / 48000 == pytest.approx(1.0, abs=0.06)
    tenth = 4800
    loud = [np.abs(sound[first : first + tenth]).max() for first in (tenth, 8 * tenth)]
    assert loud == pytest.approx([(1.52 + 0.2) / 4, (1.52 + 0.9) / 4], abs=0.012)


def test_a_moving_camera_is_followed_by_the_clip_s_own_numbers(tmp_path: Path) -> None:
    scene = np.random.default_rng(4).integers(0, 256, (10, 40, 3), np.uint8).repeat(8, 0).repeat(8, 1)
    frames = np.stack([scene[:, 5 * step : 5 * step + 120] for step in range(22)])
    background = stillplate.fit(frames, camera="moving")
    report = stillplate.render(
        frames,
        background=background,
        motion=tmp_path / "path.json",
        mask=tmp_path / "m.mkv",
        start=0.4,
        end=0.8,
        trim=True,
    )
    rows = json.loads((tmp_path / "path.json").read_text())["frames"]

    assert len(rows) == 22 and len(report.times) == 11
    assert [row["frame"] for row in rows if row["matrix"] is not None] == list(range(10, 21))
    assert np.mean(report.foreground) < 0.01
    assert len(decoded(tmp_path / "m.mkv")[1]) == 11


def test_trim_without_a_part_is_told(walkers: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="trim is given, but neither start nor end"):
        stillplate.render(walkers, mask=tmp_path / "m.mkv", trim=True)


def test_frames_bear_the_names_in_coco_and_yolo(tmp_path: Path, walkers: np.ndarray) -> None:
    """Those of the clip's own pictures where it is a folder of such, whatever their format was."""
    (tmp_path / "shots").mkdir()
    for number, image in enumerate(walkers[:8]):
        stillplate.write_image(tmp_path / "shots" / f"deer_{number + 40}.bmp", image)
    stillplate.render(
        tmp_path / "shots", frames=tmp_path / "f", coco=tmp_path / "c.json", yolo=tmp_path / "y",
    )  # fmt: skip
    names = {path.name for path in (tmp_path / "f").iterdir()}

    assert names == {f"deer_{number}.png" for number in range(40, 48)}
    assert {one["file_name"] for one in json.loads((tmp_path / "c.json").read_text())["images"]} == names
    assert {path.stem for path in (tmp_path / "y").iterdir()} == {Path(name).stem for name in names}
    assert np.array_equal(stillplate.read_image(tmp_path / "f" / "deer_43.png"), walkers[3])


@pytest.mark.parametrize("path", ["frames.mp4", "f/%04d.png"])
def test_frames_are_a_folder(tmp_path: Path, walkers: np.ndarray, path: str) -> None:
    with pytest.raises(ParameterError, match="frames needs a folder"):
        stillplate.render(walkers, frames=tmp_path / path)
