"""A background that is saved, and given for another clip of the same camera: yesterday's for today's file."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import stillplate
from stillplate import synthetic
from stillplate.errors import ParameterError, RegistrationError
from stillplate.io.opening import open_sink
from tests import panning
from tests.command import run

WIDTH, HEIGHT, FRAMES = 160, 96, 60


def images(seed: int = 4) -> np.ndarray:
    return np.stack([frame.image for frame in synthetic.street(WIDTH, HEIGHT, FRAMES, seed=seed)])


@pytest.fixture(scope="module")
def frames() -> np.ndarray:
    return images()


@pytest.fixture(scope="module")
def saved(frames: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of the first two thirds of the clip."""
    path = tmp_path_factory.mktemp("saved") / "lab.npz"
    stillplate.render(frames[:40], save_background=path, samples=24)
    return path


def test_serves_another_clip_of_the_same_camera(frames: np.ndarray, saved: Path, tmp_path: Path) -> None:
    """Masks are those of the background as it was fitted, and the report names the file."""
    report = stillplate.render(frames[40:], background=saved, mask=tmp_path / "m.mkv", report=tmp_path / "r.json")
    again = stillplate.render(frames[40:], background=stillplate.Background.load(saved), mask=tmp_path / "n.mkv")

    assert (tmp_path / "m.mkv").read_bytes() == (tmp_path / "n.mkv").read_bytes()
    assert list(report.foreground) == list(again.foreground)
    assert report.options["background"] == str(saved)
    assert max(report.foreground) > 0.01


def test_serves_the_same_view_in_another_light(frames: np.ndarray, saved: Path, tmp_path: Path) -> None:
    dim = (frames[40:] * 0.75).astype(np.uint8)

    report = stillplate.render(dim, background=saved, mask=tmp_path / "m.mkv")

    assert np.mean(report.foreground) < 0.2


def test_serves_a_single_picture(frames: np.ndarray, saved: Path, tmp_path: Path) -> None:
    """Which alone has no plate."""
    report = stillplate.render(frames[50:51], background=saved, mask=tmp_path / "m/%06d.png")

    alone = stillplate.Background.load(saved).mask(frames[50])
    assert np.array_equal(stillplate.read_image(tmp_path / "m/000001.png")[:, :, 0] > 127, alone)
    assert report.foreground == pytest.approx([alone.mean()])


@pytest.mark.parametrize("unused", [{"vote": "majority"}, {"samples": 20}, {"camera": "static"}, {"start": 0.5}])
def test_options_of_a_plate_are_refused_beside_it(saved: Path, tmp_path: Path, unused: dict[str, Any]) -> None:
    """They would change nothing; the part that is written may be chosen."""
    clip, (name,) = images(), unused
    with pytest.raises(ParameterError, match=f"both a background and {name} are given, but no plate is made here"):
        stillplate.render(clip, background=saved, mask=tmp_path / "m.mkv", **unused)

    report = stillplate.render(clip, background=saved, mask=tmp_path / "m.mkv", start=0.4, end=0.6, trim=True)
    assert len(report.foreground) == 6


def test_is_refused_where_the_view_has_moved(frames: np.ndarray, saved: Path, tmp_path: Path) -> None:
    moved = np.stack([np.roll(frame, (3, 5), (0, 1)) for frame in frames[40:]])

    with pytest.raises(RegistrationError, match=r"the view has moved by [5-9]\.\d pixels, 1 are allowed"):
        stillplate.render(moved, background=saved, mask=tmp_path / "m.mkv")

    assert not list(tmp_path.iterdir())


def test_is_refused_for_another_place(saved: Path, tmp_path: Path) -> None:
    with pytest.raises(RegistrationError, match=r"another place|stood elsewhere"):
        stillplate.render(images(seed=11)[:, ::-1], background=saved, mask=tmp_path / "m.mkv")


def test_is_refused_for_another_size(frames: np.ndarray, saved: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"is of frames of 160x96, but .* has 128x96"):
        stillplate.render(frames[:, :, :128], background=saved, mask=tmp_path / "m.mkv")


def test_of_a_camera_that_moves_is_refused_where_it_goes_another_way(tmp_path: Path) -> None:
    """As many frames do not make it the same path; the clip that it was made of is served."""
    stillplate.render(panning.images(), save_background=tmp_path / "pan.npz")

    stillplate.render(panning.images(), background=tmp_path / "pan.npz", mask=tmp_path / "m.mkv")
    with pytest.raises(RegistrationError, match="goes another way or shows another place"):
        stillplate.render(panning.images()[::-1], background=tmp_path / "pan.npz", mask=tmp_path / "n.mkv")

    assert not (tmp_path / "n.mkv").exists()


def test_on_the_command_line(frames: np.ndarray, tmp_path: Path) -> None:
    """`plate` and `render` save the same; a name that is no .npz, or a file that is none, is refused."""
    for name, part in {"yesterday": frames[:40], "today": frames[40:]}.items():
        with open_sink(str(tmp_path / f"{name}.mkv"), WIDTH, HEIGHT) as sink:
            for number, frame in enumerate(part):
                sink.write(frame, Fraction(number, 25))

    plate = run("plate", "yesterday.mkv", "-o", "p.png", "--save-background", "a.npz", folder=tmp_path)
    mask = run("render", "yesterday.mkv", "--mask", "m.mkv", "--save-background", "b.npz", folder=tmp_path)
    used = run("render", "today.mkv", "--mask", "t.mkv", "--background", "a.npz", folder=tmp_path)
    named = run("plate", "yesterday.mkv", "-o", "q.png", "--save-background", "a.txt", folder=tmp_path)
    wrong = run("render", "today.mkv", "--mask", "u.mkv", "--background", "p.png", folder=tmp_path)

    assert plate.returncode == mask.returncode == used.returncode == 0, plate.stderr + mask.stderr + used.stderr
    assert "a.npz" in plate.stdout
    one, other = (stillplate.Background.load(tmp_path / name) for name in ("a.npz", "b.npz"))
    assert (one.plate.image == other.plate.image).all()
    assert one.threshold == other.threshold
    assert named.returncode == wrong.returncode == 2
    assert "is written as .npz" in named.stderr
    assert "holds no background" in wrong.stderr
    assert not (tmp_path / "q.png").exists()
