"""A part of the panorama: the plate, and the video that is laid on it."""

import json
from pathlib import Path

import numpy as np
import pytest

import stillplate
from stillplate.camera.canvas import filmed
from stillplate.errors import ParameterError
from stillplate.imaging.rectangle import Rectangle
from tests.command import run
from tests.panning import images


@pytest.fixture(scope="module")
def background() -> stillplate.Background:
    return stillplate.fit(images())


def frames_of(path: Path) -> np.ndarray:
    with stillplate.open_video(path) as video:
        return np.stack([frame.image for frame in video])


def test_a_rectangle_is_that_part_of_plate_and_stabilized_video(
    tmp_path: Path, background: stillplate.Background
) -> None:
    """To within what interpolation rounds."""
    part = Rectangle(30, 12, 150, 90)
    stillplate.render(images(), background=background, stabilized=tmp_path / "all.mkv")
    stillplate.render(
        images(), background=background, plate=tmp_path / "p.png", stabilized=tmp_path / "s.mkv", crop=part,
        report=tmp_path / "r.json",
    )  # fmt: skip
    whole, cropped = frames_of(tmp_path / "all.mkv"), frames_of(tmp_path / "s.mkv")

    assert cropped.shape[1:3] == (90, 150)
    assert np.array_equal(stillplate.read_image(tmp_path / "p.png"), part.of(background.plate.image))
    assert np.abs(cropped.astype(int) - whole[:, 12:102, 30:180]).max() <= 2
    assert json.loads((tmp_path / "r.json").read_text())["options"]["crop"] == [30, 12, 150, 90]


def test_the_largest_rectangle_has_no_empty_corner(tmp_path: Path, background: stillplate.Background) -> None:
    stillplate.render(
        images(), background=background, plate=tmp_path / "p.png", report=tmp_path / "r.json", crop="full"
    )
    part = Rectangle(*json.loads((tmp_path / "r.json").read_text())["options"]["crop"])
    assert background.camera is not None
    shown = filmed(background.camera)

    assert part.of(shown).all()
    assert part.width * part.height > 0.8 * shown.sum()
    assert stillplate.read_image(tmp_path / "p.png").shape[:2] == (part.height, part.width)


def test_where_no_sample_lies_the_plate_is_empty(tmp_path: Path) -> None:
    """Frames beyond them leave a black rim that only they would fill."""
    few = stillplate.fit(images(), samples=6)
    stillplate.render(images(), background=few, plate=tmp_path / "p.png", crop="full")

    assert stillplate.read_image(tmp_path / "p.png").any(axis=2).all()


def test_a_camera_that_stands_has_no_empty_corner(tmp_path: Path, walkers: np.ndarray) -> None:
    stillplate.render(walkers, plate=tmp_path / "a.png", crop="full")
    stillplate.render(walkers, plate=tmp_path / "b.png")

    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize(
    ("crop", "told"),
    [
        ("all", "crop is all, but X,Y,WIDTH,HEIGHT in whole pixels, or full, is needed"),
        ((0, 0, 0, 5), "is needed"),
        ((20, 0, 20, 5), "crop is 20,0,20,5, which leaves the plate of 32x24"),
    ],
)
def test_what_is_no_part_is_refused(
    tmp_path: Path, walkers: np.ndarray, crop: str | tuple[int, ...], told: str
) -> None:
    with pytest.raises(ParameterError, match=told):
        stillplate.render(walkers, plate=tmp_path / "p.png", crop=crop)
    assert list(tmp_path.iterdir()) == []


def test_the_command_plate_crops_all_its_images(tmp_path: Path, lane_mp4: Path) -> None:
    done = run("plate", lane_mp4, "-o", "p.png", "--support", "s.png", "--provenance", "v.png", "--crop", "2,4,20,10",
               folder=tmp_path)  # fmt: skip
    tool = run("plate", lane_mp4, "-o", "t/", "--for", "bmv2", "--crop", "full", folder=tmp_path)

    assert done.returncode == 0, done.stderr
    for name in ("p.png", "s.png", "v.png"):
        assert stillplate.read_image(tmp_path / name).shape[:2] == (10, 20)
    assert "bmv2 needs a plate of the clip's size" in tool.stderr


def test_render_tells_the_rectangle(tmp_path: Path, lane_mp4: Path) -> None:
    """By which places of `--motion` are found in what is cropped."""
    done = run("render", lane_mp4, "--plate", "p.png", "--crop", "2,4,20,10", folder=tmp_path)

    assert "crop: 2,4,20,10 of the plate" in done.stdout
