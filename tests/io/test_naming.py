"""What names of inputs mean, and how outputs are named after pictures."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate.errors import ParameterError, TooFewFramesError, VideoOpenError
from stillplate.io.image_samples import read_image
from stillplate.io.images import write_image
from stillplate.io.naming import common_name, expand, is_pattern, refuse_url, sibling_pattern, stems_of
from stillplate.io.opening import open_video

BARE: dict[str, Any] = {"samples": 6, "threshold": 30, "cleanup": "none"}


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def save(folder: Path, pattern: str, images: np.ndarray, first: int = 0) -> None:
    folder.mkdir(exist_ok=True)
    for number, image in enumerate(images, start=first):
        write_image(folder / (pattern % number), image)


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("s_%03d.png", ["s_007.png", "s_012.png", "s_1000.png"]),
        ("s_%3d.png", ["s_007.png", "s_012.png", "s_1000.png"]),
        ("s_###.png", ["s_007.png", "s_012.png", "s_1000.png"]),
        ("s_%d.png", ["s_007.png", "s_7.png", "s_0012.png", "s_012.png", "s_1000.png"]),
        ("s_%05d.png", []),
        ("100%%_%d.png", ["100%_3.png"]),
        ("s_*2.png", ["s_0012.png", "s_012.png"]),
        ("*.jpg", ["a.jpg"]),
    ],
)
def test_patterns_stand_for_files(tmp_path: Path, pattern: str, found: list[str]) -> None:
    folder = tmp_path / "take [1]"
    folder.mkdir()
    for name in ("s_007.png", "s_7.png", "s_012.png", "s_0012.png", "s_1000.png", "100%_3.png", "a.jpg", "s_x.png"):
        (folder / name).touch()

    assert is_pattern(folder / pattern)
    assert names(expand(folder / pattern)) == found


def test_a_file_of_that_very_name_is_no_pattern(tmp_path: Path) -> None:
    for name in ("a%d.png", "b*.png", "c#.png", "[d].png"):
        (tmp_path / name).touch()
        assert not is_pattern(tmp_path / name)


@pytest.mark.parametrize("pattern", ["w_%04d.png", "w_####.png", "w_*.png", "%*.png"])
def test_a_pattern_is_a_clip(walkers: np.ndarray, tmp_path: Path, pattern: str) -> None:
    """In the order of the numbers; other pictures in the folder are none of it."""
    save(tmp_path, "w_%04d.png", walkers, first=95)
    write_image(tmp_path / "other.png", walkers[0])
    if pattern == "%*.png":
        with pytest.raises(VideoOpenError, match=r"%\*\.png: there is no such file, nor one whose name is of that"):
            open_video(tmp_path / pattern)
        return
    with open_video(tmp_path / pattern) as video:
        images = [frame.image for frame in video]

    assert np.array_equal(images, walkers)


def test_a_list_of_pictures_is_a_clip_in_its_order(walkers: np.ndarray, tmp_path: Path) -> None:
    save(tmp_path, "%d.png", walkers[:3])
    with stillplate.as_source([tmp_path / "2.png", tmp_path / "0.png"]) as video:
        assert np.array_equal([frame.image for frame in video], walkers[[2, 0]])
        assert video.info.name == str(tmp_path / "*.png")
    with pytest.raises(VideoOpenError, match=r"no\.png: there is no such file"):
        stillplate.as_source([tmp_path / "2.png", tmp_path / "no.png"])
    (tmp_path / "clip.mp4").touch()
    with pytest.raises(VideoOpenError, match=r"clip\.mp4: is no image, but one of several"):
        stillplate.as_source([tmp_path / "2.png", tmp_path / "clip.mp4"])


def test_one_of_many_is_told(walkers: np.ndarray, tmp_path: Path) -> None:
    save(tmp_path, "f_%03d.png", walkers[:2])
    save(tmp_path, "lonely_%d.png", walkers[:1])
    with pytest.raises(TooFewFramesError, match=rf"give the folder {tmp_path}, or {tmp_path}/f_%03d\.png$"):
        stillplate.fit(tmp_path / "f_001.png")
    with pytest.raises(TooFewFramesError, match=r"give a longer clip$"):
        stillplate.fit(tmp_path / "lonely_0.png")
    (tmp_path / "50%_9.png").touch()
    (tmp_path / "50%_10.png").touch()

    assert sibling_pattern(tmp_path / "50%_9.png") == str(tmp_path / "50%%_%d.png")


def test_what_names_share() -> None:
    assert common_name([Path("a/w_001.png"), Path("a/w_020.png")]) == Path("a/w_*.png")
    assert common_name([Path("a/x.png"), Path("a/y.jpg")]) == Path("a/*")
    assert common_name([Path("a/x.png")]) == Path("a/x.png")


def test_pictures_name_what_is_written_of_them() -> None:
    assert stems_of(["a.png", "b.c.png"]) == ("a", "b.c")
    assert stems_of(["a.png", "a.jpg"]) == ("a.png", "a.jpg")
    assert stems_of(["a.png", "A.png"]) == stems_of([]) == ()


@pytest.mark.parametrize(
    ("url", "todo"),
    [
        ("rtsp://192.0.2.1:554/live", "record it first"),
        ("SRT:/192.0.2.1:554/live", "record it first"),
        ("file:///tmp/a%20b.mp4", "give the path by itself: /tmp/a"),
    ],
)
def test_urls_are_told(url: str, todo: str, tmp_path: Path, walkers: np.ndarray) -> None:
    for wrong in (
        lambda: open_video(url),
        lambda: read_image(url),
        lambda: stillplate.render(walkers, mask=url),
        lambda: stillplate.render(walkers, folder=url),
        lambda: stillplate.render_many([url], tmp_path),
    ):
        with pytest.raises(ParameterError, match=r"live streams are not read|is a file by its URL") as told:
            wrong()
        assert todo in str(told.value) and url in str(told.value)


def test_a_folder_called_like_a_scheme_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rtsp:").mkdir()
    refuse_url("rtsp:/")
    refuse_url("C:/clip.mp4")
    refuse_url("raw:640x360@25:rgb24")


def test_outputs_of_pictures_keep_their_names(walkers: np.ndarray, tmp_path: Path) -> None:
    """Also where one cannot be read: numbers and names of the others stay."""
    save(tmp_path / "in", "x%03d.jpg", walkers[:8], first=40)
    (tmp_path / "in" / "x042.jpg").write_bytes(b"no picture")
    out = tmp_path / "out"
    out.mkdir()
    with pytest.warns(stillplate.StillplateWarning, match="1 of 8 images left out"):
        stillplate.render(
            tmp_path / "in", mask=f"{out}/mask/", layers=f"{out}/layers/", cutout=out / "cut" / "%03d.png",
            objects=out / "o.csv", coco=out / "o.json", yolo=out / "yolo", timeline=out / "t.csv",
            report=out / "r.json", motion=out / "m.json", **BARE,
        )  # fmt: skip
    left = [0, 1, 3, 4, 5, 6, 7]
    stems = [f"x{40 + number:03d}" for number in left]
    coco = json.loads((out / "o.json").read_text())
    rows = list(csv.DictReader((out / "t.csv").read_text().splitlines()))

    assert names(sorted((out / "mask").iterdir())) == [f"{stem}.png" for stem in stems]
    assert names(sorted((out / "layers" / "pha").iterdir())) == [f"{stem}.png" for stem in stems]
    assert names(sorted((out / "cut").iterdir())) == [f"{number + 1:03d}.png" for number in left]
    assert names(sorted((out / "yolo").iterdir())) == [f"{stem}.txt" for stem in stems]
    assert [(one["file_name"], one["frame"]) for one in coco["images"]] == [
        (f"{stem}.jpg", number) for stem, number in zip(stems, left, strict=True)
    ]
    assert [int(row["frame"]) for row in rows] == left
    assert json.loads((out / "r.json").read_text())["frames"]["number"] == left
    assert [one["frame"] for one in json.loads((out / "m.json").read_text())["frames"]] == list(range(8))
    assert {int(row["frame"]) for row in csv.DictReader((out / "o.csv").read_text().splitlines())} <= set(left)


def test_named_outputs_are_replaced_by_their_like_only(walkers: np.ndarray, tmp_path: Path) -> None:
    save(tmp_path / "in", "x%d.png", walkers[:5])
    for _ in range(2):
        stillplate.render(tmp_path / "in", mask=f"{tmp_path}/m/", yolo=tmp_path / "y", overwrite=True, **BARE)
    (tmp_path / "y" / "x9.txt").touch()
    with pytest.raises(ParameterError, match=r"holds x9\.txt, which would be lost"):
        stillplate.render(tmp_path / "in", yolo=tmp_path / "y", overwrite=True, **BARE)


def test_a_name_in_bytes_is_written(walkers: np.ndarray, tmp_path: Path) -> None:
    """Of a clip, of its pictures, and of an output; what is no UTF-8 is replaced in texts."""
    folder, clip = tmp_path / os.fsdecode(b"caf\xe9"), tmp_path / os.fsdecode(b"p\xe8re.mkv")
    save(folder, os.fsdecode(b"\xfc%d.png"), walkers[:6])
    stillplate.render(folder, foreground=clip, **BARE)
    stillplate.render(clip, tmp_path / "out", **BARE)
    stillplate.render(folder, coco=tmp_path / "o.json", mask=f"{tmp_path}/m/", **BARE)

    assert "p\ufffdre.mkv" in (tmp_path / "out" / "report.html").read_text()
    assert json.loads((tmp_path / "out" / "report.json").read_text())["input"]["name"] == str(
        tmp_path / "p\ufffdre.mkv"
    )
    assert json.loads((tmp_path / "o.json").read_text())["images"][0]["file_name"] == "\ufffd0.png"
    assert os.fsencode(min((tmp_path / "m").iterdir()).name) == b"\xfc0.png"
