"""The plate as other programs load their background: as they would read it."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from stillplate.camera.path_file import write_camera
from stillplate.errors import ParameterError
from stillplate.io.image_samples import read_image
from stillplate.io.source import VideoInfo
from stillplate.rendering.external_tools import TOOLS, write_for
from tests.command import run
from tests.panning import SIZE, images, true_path

INFO = VideoInfo("clips/fish.one.mp4", 20, 12, 9)


@pytest.fixture
def plate() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 256, (12, 20, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("tool", "name"),
    [("idtracker", "fish.one_background.png"), ("trex", "average_fish.one.png"), ("bmv2", "fish.one_bgr.png")],
)
def test_each_tool_finds_its_name_in_a_folder(plate: np.ndarray, tmp_path: Path, tool: str, name: str) -> None:
    assert write_for(tool, plate, tmp_path, INFO) == tmp_path / name
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("tool", ["idtracker", "trex"])
def test_trackers_read_luma_in_eight_bits(plate: np.ndarray, tmp_path: Path, tool: str) -> None:
    """A single channel, the same as they make of a frame."""
    path = write_for(tool, plate, f"{tmp_path}/", INFO)
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)

    assert stored is not None and stored.dtype == np.uint8
    assert stored.tolist() == cv2.cvtColor(plate, cv2.COLOR_RGB2GRAY).tolist()


def test_matting_reads_colour(plate: np.ndarray, tmp_path: Path) -> None:
    assert np.array_equal(read_image(write_for("bmv2", plate, tmp_path / "mine.png", INFO)), plate)


def test_what_cannot_serve_is_told(plate: np.ndarray, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"trex looks for average_fish\.one\.png"):
        write_for("trex", plate, tmp_path / "plate.png", INFO)
    with pytest.raises(ParameterError, match="its camera must stand still"):
        write_for("bmv2", plate[:8], tmp_path, INFO)
    with pytest.raises(ParameterError, match="one of idtracker, trex, bmv2"):
        write_for("deeplabcut", plate, tmp_path, INFO)
    assert list(tmp_path.iterdir()) == []


def test_the_command_writes_it(street_mp4: Path, tmp_path: Path) -> None:
    command = ("plate", street_mp4, "-o", f"{tmp_path}/", "--for", "trex", "--samples", 8)
    done, again = run(*command), run(*command)

    assert (done.returncode, done.stderr) == (0, "")
    assert read_image(tmp_path / "average_street.png").shape == (96, 160, 3)
    assert again.returncode == 2
    assert "exists already" in again.stderr
    assert sorted(TOOLS) == ["bmv2", "idtracker", "trex"]


@pytest.mark.parametrize("camera", ["moving", "auto", "given"])
def test_a_camera_that_moves_is_refused_before_the_fit(
    camera: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is read if it is said to move, else as soon as its path is known."""
    writer = cv2.VideoWriter(str(tmp_path / "pan.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 25, SIZE)
    for image in images()[:: 4 if camera == "auto" else 20]:
        writer.write(image[..., ::-1])
    writer.release()
    options = ("--camera", camera)
    if camera == "given":
        write_camera(replace(true_path(), matrices=true_path().matrices[::20]), tmp_path / "path.csv", overwrite=False)
        options = ("--motion-from", f"{tmp_path}/path.csv")
    reached: list[str] = []
    monkeypatch.setattr("stillplate.background.whole_clip.find_own_motion", lambda *_: reached.append("motion"))
    monkeypatch.setattr("stillplate.camera.following.follow_camera", lambda *_, **__: true_path())
    if camera != "auto":
        monkeypatch.setattr("stillplate.background.samples.gather", lambda *_: reached.append("samples"))
    done = run("plate", tmp_path / "pan.avi", "-o", f"{tmp_path}/out/", "--for", "trex", "--samples", 8, *options)

    assert (done.returncode, reached) == (2, [])
    assert not (tmp_path / "out").exists()
    assert done.stderr == (
        "stillplate: the camera moves, but trex needs a plate as large as the clip, of a camera that stands: render "
        "the clip with --stabilized FILE first, and take the plate of that file\n"
    )
