"""The outputs that a moving camera has, and that a still one has too."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.camera.path_file import read_camera, write_camera
from stillplate.errors import ParameterError
from stillplate.imaging.transform import Transform
from stillplate.rendering import comparison
from stillplate.synthetic import SyntheticClip, camera, street

PLATE, SIZE, FRAMES = (340, 164), (192, 112), 24


@pytest.fixture(scope="module")
def clip() -> SyntheticClip:
    """A hand-held pan."""
    moving = camera.joined(camera.pan((PLATE[0] - 20, PLATE[1]), SIZE, FRAMES), camera.shake(SIZE, 1.0))
    lifted = camera.joined(lambda _: np.array([[1.0, 0, 10], [0, 1, 0], [0, 0, 1]]), moving)
    return street(*PLATE, frames=FRAMES, seed=3, noise=2, walkers=5, vehicles=1, camera=lifted, size=SIZE)


@pytest.fixture(scope="module")
def background(clip: SyntheticClip) -> stillplate.Background:
    return stillplate.fit(clip)


def frames_of(path: Path) -> list[npt.NDArray[np.uint8]]:
    with stillplate.open_video(path) as video:
        return [frame.image for frame in video]


def test_a_still_camera_has_them_too(walkers: npt.NDArray[np.uint8], tmp_path: Path) -> None:
    """The identity for every frame, and the frames themselves."""
    stillplate.render(walkers, motion=tmp_path / "path.json", stabilized=tmp_path / "stable.mkv")
    layout = json.loads((tmp_path / "path.json").read_text())

    assert [row["matrix"] for row in layout["frames"]] == [np.eye(3).tolist()] * 20
    assert [row["time"] for row in layout["frames"]] == [index / 25 for index in range(20)]
    assert (layout["size"], layout["canvas"]) == ([32, 24], [32, 24])
    assert np.array_equal(frames_of(tmp_path / "stable.mkv"), walkers)


def test_stabilized_shows_the_frame_where_it_lies() -> None:
    """By hand: a frame of one colour, moved by (3, 1); all else is plate; without a place, all of it."""
    plate, frame = np.full((6, 9, 3), 50, np.uint8), np.full((3, 4, 3), 200, np.uint8)
    shown = comparison.on_plate(frame, Transform.shifted(3, 1), plate)

    assert (shown[1:4, 3:7] == 200).all()
    assert shown.sum() == 50 * (6 * 9 - 12) * 3 + 200 * 12 * 3
    assert comparison.on_plate(frame, None, plate) is plate


def test_outputs_of_a_moving_camera(clip: SyntheticClip, background: stillplate.Background, tmp_path: Path) -> None:
    """Mask and clean video are as large as the frames, the stabilized one as the plate, on which the ground stands."""
    stillplate.render(
        clip, background=background, clean=tmp_path / "clean.mkv", stabilized=tmp_path / "stable.mkv",
        mask=tmp_path / "mask.mkv", comparison=tmp_path / "all.mkv", motion=tmp_path / "path.csv",
        report=tmp_path / "report.json",
    )  # fmt: skip
    path = read_camera(tmp_path / "path.csv", SIZE, FRAMES)
    layout = json.loads((tmp_path / "report.json").read_text())
    report, frames = layout["camera"], layout["frames"]
    width, height = path.canvas
    stable = np.stack(frames_of(tmp_path / "stable.mkv")).astype(int)
    clean = frames_of(tmp_path / "clean.mkv")

    assert path.found.all()
    assert background.parallax == 0  # the plate shows the ground of every frame
    assert stable.shape == (FRAMES, height, width, 3)
    assert background.plate.image.shape == (height, width, 3)
    assert np.abs(stable - background.plate.image)[:, background.plate.seen].mean() < 4
    assert (report["moving"], report["canvas"], len(report["residual"])) == (True, [width, height], FRAMES)
    for name in ("plane", "parallax", "own"):
        assert len(frames[f"{name}_share"]) == FRAMES
        assert report["motion_shares"][name]["max"] == pytest.approx(max(frames[f"{name}_share"]), abs=1e-3)
    assert frames["own_share"] == pytest.approx(frames["foreground_share"], abs=0.03)
    assert np.array_equal(clean[9], background.clean(clip.frame(9).image, index=9))
    nobody = street(*PLATE, frames=FRAMES, seed=3, noise=0, walkers=0, vehicles=0, camera=clip.transform, size=SIZE)
    for index in (4, 12, 20):
        error = np.abs(clean[index].astype(int) - nobody.frame(index).image).mean(axis=2)

        assert (error > 25).mean() < 0.005


def test_a_path_from_a_file(clip: SyntheticClip, background: stillplate.Background, tmp_path: Path) -> None:
    """What was traced, written and read again gives the same plate; a path of another clip is refused."""
    assert background.camera is not None
    write_camera(background.camera, tmp_path / "path.json", overwrite=False)
    again = stillplate.fit(clip, motion_from=tmp_path / "path.json", masks=False)

    assert np.array_equal(again.plate.image, background.plate.image)
    with pytest.raises(ParameterError, match="has 24 frames, but the clip has 8"):
        stillplate.fit(np.zeros((8, SIZE[1], SIZE[0], 3), np.uint8), motion_from=tmp_path / "path.json")
    with pytest.raises(ParameterError, match="is for frames of 192x112"):
        stillplate.fit(np.zeros((FRAMES, 8, 8, 3), np.uint8), motion_from=tmp_path / "path.json")
    with pytest.raises(ParameterError, match="a path of this clip is needed"):
        stillplate.fit(np.zeros((FRAMES, 8, 8, 3), np.uint8), motion_from=background.camera)
    with pytest.raises(ParameterError, match="motion_from"):
        stillplate.fit(clip, camera="static", motion_from=background.camera)


def test_a_path_from_another_tool(clip: SyntheticClip, tmp_path: Path) -> None:
    """Matrices alone, to whatever plane: nothing is told that was not measured."""
    aside = np.array([[2, 0, 500], [0, 2, -70], [0, 0, 1]])
    rows = [{"frame": index, "matrix": (aside @ clip.transform(index)).tolist()} for index in range(FRAMES)]
    (tmp_path / "path.json").write_text(json.dumps({"frames": rows}))
    background = stillplate.fit(clip, motion_from=tmp_path / "path.json", masks=False)

    assert background.camera is not None and background.assumptions is not None
    assert background.plate.image.shape[1] == pytest.approx(PLATE[0] - 20, abs=5)
    assert background.assumptions.camera.finding.endswith("24 of 24 frames registered")


def test_wrong_options(walkers: npt.NDArray[np.uint8], tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="camera is 'flying'"):
        stillplate.fit(walkers, camera="flying")
    with pytest.raises(ParameterError, match=r"\.py or \.usda"):
        stillplate.render(walkers, motion=tmp_path / "path.txt")
    with pytest.raises(ParameterError, match="plate_from is the plate of a static camera"):
        stillplate.render(walkers, mask=tmp_path / "m.mkv", plate_from=walkers[0], camera="moving")
    assert list(tmp_path.iterdir()) == []
