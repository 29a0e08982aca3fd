from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from stillplate.camera.path import CameraPath
from stillplate.camera.path_file import read_camera, write_camera
from stillplate.errors import ParameterError, VideoOpenError
from stillplate.synthetic import camera

SIZE, FRAMES = (160, 90), 6


@pytest.fixture
def path() -> CameraPath:
    """A pan in perspective, its fourth frame lost."""
    turning = camera.pan((300, 120), SIZE, FRAMES, focal=200.0)
    matrices = np.stack([turning(index) for index in range(FRAMES)])
    matrices /= matrices[:, 2:, 2:]
    matrices[3] = np.nan
    residuals, explained = np.linspace(0, 0.5, FRAMES, dtype=np.float32), np.full(FRAMES, 0.875, np.float32)
    residuals[3] = explained[3] = np.nan
    inliers = np.array([9, 8, 7, 0, 5, 4], np.int32)
    return CameraPath(
        matrices, residuals, inliers, "homography", SIZE, (300, 130), explained, 2, ((0, 5),), ((3, "too plain"),)
    )


@pytest.mark.parametrize("name", ["path.json", "path.csv"])
def test_what_is_written_is_read(path: CameraPath, tmp_path: Path, name: str) -> None:
    """The matrices to the last bit; a frame that was lost with its reason."""
    write_camera(path, tmp_path / name, [index / 25 for index in range(FRAMES)], overwrite=False)
    again = read_camera(tmp_path / name, SIZE, FRAMES)

    assert np.array_equal(again.matrices, path.matrices, equal_nan=True)
    assert again.residuals == pytest.approx(path.residuals, nan_ok=True)
    assert again.explained == pytest.approx(path.explained, nan_ok=True)
    assert np.array_equal(again.inliers, path.inliers)
    for name in ("model", "size", "canvas", "reference", "shots", "skipped"):
        assert getattr(again, name) == getattr(path, name)


def test_layout_of_json(path: CameraPath, tmp_path: Path) -> None:
    write_camera(path, tmp_path / "path.json", [index / 25 for index in range(FRAMES)], overwrite=False)
    layout = json.loads((tmp_path / "path.json").read_text())

    assert {key: layout[key] for key in ("version", "size", "canvas", "reference")} == {
        "version": 1, "size": [160, 90], "canvas": [300, 130], "reference": 2,
    }  # fmt: skip
    assert layout["frames"][3] == {
        "frame": 3, "time": 0.12, "matrix": None, "residual": None, "inliers": 0, "explained": None,
        "reason": "too plain",
    }  # fmt: skip
    assert layout["frames"][4]["matrix"] == path.matrices[4].tolist()


def test_another_tools_file(tmp_path: Path) -> None:
    """Frame and matrix are enough: the frames are laid out on a canvas that holds them all, from the best of them."""
    shifts = [(0, 0), (-30, 5), (-60, 0)]
    rows = [{"frame": n, "matrix": [[2, 0, 2 * x], [0, 2, 2 * y], [0, 0, 2]]} for n, (x, y) in enumerate(shifts)]
    (tmp_path / "path.json").write_text(json.dumps({"frames": rows}))
    lines = [f"{n},1,0,{x},0,1,{y},0,0,1" for n, (x, y) in enumerate(shifts)]
    (tmp_path / "path.csv").write_text("frame,h11,h12,h13,h21,h22,h23,h31,h32,h33\n" + "\n".join(lines) + "\n")
    for name in ("path.json", "path.csv"):
        path = read_camera(tmp_path / name, SIZE)

        assert path.canvas == (220, 95)
        assert path.matrices[:, :2, 2].tolist() == [[60, 0], [30, 5], [0, 0]]
        assert path.found.all()


@pytest.mark.parametrize(
    ("change", "needed"),
    [
        ({"frames": []}, "numbered from 0"),
        ({"version": 7}, "is of version 7, but 1 is needed"),
        ({"size": [320, 90]}, "is for frames of 320x90, but the clip's are 160x90"),
        ({"frames": "none"}, "a JSON object with a list `frames`"),
        ({"frames": [{"frame": 1, "matrix": None}]}, "numbered from 0"),
        ({"frames": [{"frame": 0, "matrix": None}]}, "no frame with a matrix"),
        ({"frames": [{"frame": 0, "matrix": [[1, 0, 0], [0, 1, 0]]}]}, "frame 0: the matrix must be three rows"),
        ({"frames": [{"frame": 0, "matrix": [[1, 0, "x"]] * 3}]}, "frame 0: the matrix must be three rows"),
        ({"frames": [{"frame": 0, "matrix": [[1, 0, float("nan")]] * 3}]}, "frame 0: the matrix is not finite"),
        ({"frames": [{"frame": 0, "matrix": [[1, 0, 3], [2, 0, 6], [0, 0, 1]]}]}, "frame 0: the matrix is singular"),
        ({"frames": [{"frame": 0, "matrix": [[1, 0, 0], [0, 1, 0], [-0.01, 0, 1]]}]}, "to infinity or beyond"),
        ({"frames": [{"frame": 0, "matrix": np.eye(3).tolist()}] * 2}, "numbered from 0"),
        ({"canvas": [100000, 100000]}, "needs a plate of 100000x100000"),
        ({"canvas": [300]}, "the canvas is"),
        ({"canvas": ["wide", 3]}, "the canvas is"),
        ({"canvas": 7}, "the canvas is 7"),
        ({"size": 160}, "the size is 160"),
        ({"model": "pinhole"}, "the model is 'pinhole'"),
        ({"model": ["affine"]}, "the model is"),
        ({"reference": FRAMES}, "the reference is 6, but a frame, 0 to 5"),
        ({"reference": "first"}, "the reference is 'first'"),
        ({"shots": 3}, "a shot is 3"),
        ({"shots": [[0, 2], [4, 5]]}, r"a shot is \[4, 5\]"),
        ({"shots": [[0, 99]]}, r"a shot is \[0, 99\]"),
        ({"frames": {}}, "a JSON object with a list `frames`"),
        ({"frames": [{"frame": 0, "matrix": np.eye(3).tolist(), "residual": "low"}]}, "residual is 'low'"),
        ({"frames": [{"frame": 0, "matrix": np.eye(3).tolist(), "inliers": 1e300}]}, "inliers is 1e"),
        ({"frames": [{"frame": 0, "matrix": np.eye(3).tolist(), "inliers": float("nan")}]}, "inliers is nan"),
    ],
)
def test_what_is_no_path_of_this_clip(path: CameraPath, tmp_path: Path, change: dict[str, object], needed: str) -> None:
    write_camera(path, tmp_path / "path.json", overwrite=False)
    layout = json.loads((tmp_path / "path.json").read_text())
    if "frames" in change:
        layout.update(reference=0, shots=[[0, 0]])
    (tmp_path / "path.json").write_text(json.dumps({**layout, **change}))

    with pytest.raises(ParameterError, match=needed) as raised:
        read_camera(tmp_path / "path.json", SIZE)
    assert "\n" not in str(raised.value)


def test_wrong_files(path: CameraPath, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match=r"\.json, \.csv, \.nk, \.jsx, \.py or \.usda"):
        write_camera(path, tmp_path / "path.txt", overwrite=False)
    with pytest.raises(VideoOpenError, match=r"none\.json: cannot be read"):
        read_camera(tmp_path / "none.json", SIZE)
    for text in ("[1, 2", "[" * 100_000, "7", "null", '"frames"'):
        (tmp_path / "list.json").write_text(text)
        with pytest.raises(ParameterError, match="is no camera path"):
            read_camera(tmp_path / "list.json", SIZE)
    (tmp_path / "table.csv").write_text("frame,h11\n0,1\n")
    with pytest.raises(ParameterError, match="the column h12 is missing"):
        read_camera(tmp_path / "table.csv", SIZE)
    write_camera(path, tmp_path / "path.csv", overwrite=False)
    with pytest.raises(ParameterError, match="has 6 frames, but the clip has 7"):
        read_camera(tmp_path / "path.csv", SIZE, 7)
    (tmp_path / "path.csv").write_text((tmp_path / "path.csv").read_text().replace("\n3,,,", "\n3,,x,"))
    with pytest.raises(ParameterError, match="frame 3: nine numbers"):
        read_camera(tmp_path / "path.csv", SIZE)
