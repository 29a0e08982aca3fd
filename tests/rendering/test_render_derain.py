"""The shot without rain or snow, as a file: the same as from the library, with and without masks in time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.errors import ParameterError
from tests.command import run

WIDTH, HEIGHT, FRAMES = 128, 72, 14


@pytest.fixture(scope="module")
def snow() -> np.ndarray:
    street = synthetic.street(WIDTH, HEIGHT, FRAMES, seed=4, walkers=2, vehicles=0)
    return np.stack([frame.image for frame in synthetic.precipitation(street, "snow", seed=4)])


@pytest.fixture(scope="module")
def background(snow: np.ndarray) -> stillplate.Background:
    return stillplate.fit(snow)


def read(path: Path) -> np.ndarray:
    with stillplate.open_video(path) as video:
        return np.stack([frame.image for frame in video])


def saved(images: np.ndarray, place: Path) -> Path:
    """A folder of the images."""
    folder = place / "clip"
    folder.mkdir()
    for index, image in enumerate(images):
        stillplate.write_image(folder / f"{index:03d}.png", image)
    return folder


@pytest.mark.parametrize("options", [{}, {"temporal": False}, {"threshold": 30.0}])
def test_the_file_has_what_the_library_gives(
    tmp_path: Path, snow: np.ndarray, background: stillplate.Background, options: dict[str, Any]
) -> None:
    stillplate.render(snow, derain=tmp_path / "dry.mkv", mask=tmp_path / "mask.mkv", background=background, **options)

    assert np.array_equal(read(tmp_path / "dry.mkv"), [image for _, image in background.derained(snow)])
    assert len(read(tmp_path / "mask.mkv")) == FRAMES


def test_the_command_line_writes_it(tmp_path: Path, snow: np.ndarray) -> None:
    done = run("render", saved(snow, tmp_path), "--derain", tmp_path / "dry.mkv")

    assert done.returncode == 0
    assert read(tmp_path / "dry.mkv").shape == snow.shape


def test_a_moving_camera_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    path = synthetic.camera.pan((160, 60), (80, 60), 8)
    images = np.stack([frame.image for frame in synthetic.street(160, 60, 8, seed=2, camera=path, size=(80, 60))])
    done = run("render", saved(images, tmp_path), "--camera", "moving", "--derain", tmp_path / "dry.mkv")
    background = stillplate.fit(images, camera="moving", samples=8)

    assert done.returncode == 2
    assert "the camera moves, but derain needs" in done.stderr
    assert "render the clip with --stabilized FILE first, and derain that" in done.stderr
    with pytest.raises(ParameterError, match="the camera moves, but derain needs one that stands or shakes"):
        stillplate.render(images, background=background, derain=tmp_path / "dry.mkv")
    assert not (tmp_path / "dry.mkv").exists()
