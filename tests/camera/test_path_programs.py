"""Camera paths for Nuke, After Effects, Blender and USD: read back, they have the homographies of a drawn clip."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import stillplate
from stillplate.camera.canvas_layout import lay_out
from stillplate.camera.path import CameraPath
from stillplate.camera.path_file import write_camera
from stillplate.camera.tripod import Tripod
from stillplate.errors import ParameterError
from stillplate.synthetic import camera
from tests import panning

SIZE, FRAMES, LOST, FOCAL = (160, 90), 12, 5, 260.0
TIMES = [number / 30 for number in range(FRAMES)]
HALF = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])  # from the middles of pixels to the corner of the first
SOME = np.array([(3.0, 5.0), (150.0, 8.0), (80.0, 44.0), (20.0, 81.0), (155.0, 85.0)])


def path_of(matrices: np.ndarray) -> CameraPath:
    layout = lay_out(matrices, SIZE)
    placed = layout.matrices.copy()
    placed[LOST] = np.nan
    unknown = np.zeros(FRAMES, np.float32)
    return CameraPath(
        placed, unknown, unknown.astype(np.int32), "homography", SIZE, layout.canvas, reference=layout.reference
    )


@pytest.fixture(scope="module")
def turning() -> CameraPath:
    """A pan of a camera of a known focal length about the middle of its picture; one frame is lost."""
    turns = camera.pan((400, 140), SIZE, FRAMES, focal=FOCAL)
    return path_of(np.stack([turns(number) @ HALF for number in range(FRAMES)]))


@pytest.fixture(scope="module")
def sliding() -> CameraPath:
    """Translation and roll, which no camera on a tripod has."""
    return path_of(np.stack([panning.pan(number) for number in range(FRAMES)]))


def mapped(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.perspectiveTransform(points[None], matrix)[0])


def known(path: CameraPath) -> list[int]:
    return [number for number in range(FRAMES) if number != LOST]


def pinned(corners: np.ndarray, own: np.ndarray) -> np.ndarray:
    """The homography between the middles of pixels that a corner pin makes."""
    found = cv2.getPerspectiveTransform(own.astype(np.float32), corners.astype(np.float32))
    return np.asarray(np.linalg.inv(HALF) @ found @ HALF)


def curves(text: str) -> list[dict[int, float]]:
    """The keys of the curves in a line of Nuke's."""
    found = []
    for curve in re.findall(r"\{curve ([^}]*)\}", text):
        keys, frame = {}, 0
        for word in curve.split():
            if word.startswith("x"):
                frame = int(word[1:])
            else:
                keys[frame] = float(word)
                frame += 1
        found.append(keys)
    return found


@pytest.mark.parametrize("kind", ["turning", "sliding"])
def test_nuke_pins_frames_on_the_plate_and_back(tmp_path: Path, request: pytest.FixtureRequest, kind: str) -> None:
    """Rows count from below there; the first frame is 1."""
    path: CameraPath = request.getfixturevalue(kind)
    write_camera(path, tmp_path / "path.nk", TIMES)
    text = (tmp_path / "path.nk").read_text()
    nodes = re.findall(r"CornerPin2D \{\n(.*?)\n\}", text, re.DOTALL)
    upward = np.array([[1, 0, 0], [0, -1, path.canvas[1]], [0, 0, 1.0]])
    own_upward = np.array([[1, 0, 0], [0, -1, SIZE[1]], [0, 0, 1.0]])

    assert [re.findall(r"(?:invert|name) (\S+)", node) for node in nodes] == [
        ["false", "frame_to_plate"], ["true", "plate_to_frame"],
    ]  # fmt: skip
    assert re.findall(r"box_(?:width|height) (\d+)", text) == [str(side) for side in (*path.canvas, *SIZE)]
    for node in nodes:
        to = [curves(line) for line in re.findall(r"to\d (\{.*\})", node)]
        own = np.array([place.split() for place in re.findall(r"from\d \{([^}]*)\}", node)], np.float64)
        for number in known(path):
            corners = np.array([[axis[number + 1] for axis in corner] for corner in to])
            matrix = np.linalg.inv(upward @ HALF) @ cv2.getPerspectiveTransform(
                own.astype(np.float32), corners.astype(np.float32)
            ) @ (own_upward @ HALF)  # fmt: skip
            assert np.abs(mapped(matrix, SOME) - mapped(path.matrices[number], SOME)).max() < 0.01
        assert all(LOST + 1 not in axis for corner in to for axis in corner)


def test_after_effects_pins_the_layer_s_corners(tmp_path: Path, turning: CameraPath) -> None:
    write_camera(turning, tmp_path / "path.jsx", TIMES)
    text = (tmp_path / "path.jsx").read_text()
    times, corners = (json.loads(found) for found in re.findall(r"var (?:times|corners) = (\[.*?\]);", text, re.DOTALL))
    own = np.array([(0, 0), (SIZE[0], 0), (0, SIZE[1]), SIZE])

    assert f"size = [160, 90], plate = [{turning.canvas[0]}, {turning.canvas[1]}]" in text
    assert times == [round(TIMES[number], 6) for number in known(turning)]
    for number, places in zip(known(turning), corners, strict=True):
        error = mapped(pinned(np.array(places), own), SOME) - mapped(turning.matrices[number], SOME)
        assert np.abs(error).max() < 0.01


def blender(text: str) -> tuple[np.ndarray, dict[int, tuple[float, np.ndarray]]]:
    """The corners of the plate, and focal length and rotation of each frame, as the script has them."""
    tree = ast.parse(text)
    found: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id.isupper():
            found[node.targets[0].id] = ast.literal_eval(node.value)
    frames = {}
    for frame, (focal, (w, x, y, z)) in found["FRAMES"].items():
        turn = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        )
        frames[frame] = (focal, turn)
    return np.array(found["PLATE"]), frames


def usd(text: str) -> tuple[np.ndarray, dict[int, tuple[float, np.ndarray]]]:
    """The same, as the stage has them: rows are multiplied from the left."""
    points = np.array(ast.literal_eval(re.search(r"points = (\[.*\])", text)[1]))  # type: ignore[index]  # they are there
    focals, turns = (
        {int(frame): ast.literal_eval(value) for frame, value in re.findall(r"(\d+): (.*),\n", block)}
        for block in re.findall(r"timeSamples = \{\n(.*?\n)        \}", text, re.DOTALL)
    )
    return points, {frame: (focals[frame], np.array(turns[frame])[:3, :3].T) for frame in focals}


@pytest.mark.parametrize(("name", "read"), [("path.py", blender), ("path.usda", usd)])
@pytest.mark.parametrize(("kind", "within"), [("turning", 0.15), ("sliding", 0.3)])
def test_a_camera_sees_the_plate_where_the_frames_do(
    tmp_path: Path, request: pytest.FixtureRequest, name: str, read: Any, kind: str, within: float
) -> None:
    """Points of frames, by the known homographies on the plate, in space, and through the camera back: in pixels."""
    path: CameraPath = request.getfixturevalue(kind)
    write_camera(path, tmp_path / name, TIMES)
    plate, frames = read((tmp_path / name).read_text())
    across, down = (plate[3] - plate[0]) / path.canvas[0], (plate[1] - plate[0]) / path.canvas[1]

    assert list(frames) == [number + 1 for number in known(path)]
    for number in known(path):
        focal, turn = frames[number + 1]
        spots = mapped(path.matrices[number], SOME) + 0.5
        seen = (plate[0] + spots[:, :1] * across + spots[:, 1:] * down) @ turn  # the inverse of a rotation
        pixels = focal / 36 * SIZE[0] * seen[:, :2] / -seen[:, 2:] * (1, -1) + (np.array(SIZE) - 1) / 2
        assert np.abs(turn @ turn.T - np.eye(3)).max() < 1e-6 and np.linalg.det(turn) > 0
        assert np.abs(pixels - SOME).max() < within


def test_a_known_focal_length_is_found(turning: CameraPath) -> None:
    found = Tripod.of(turning)

    assert np.abs(found.focals / FOCAL - 1).max() < 0.02
    assert found.errors.max() < 0.15


def test_a_camera_that_stands_is_of_the_usual_focal_length(tmp_path: Path, walkers: np.ndarray) -> None:
    """Written by a render, with the clip's rate."""
    stillplate.render(walkers, motion=tmp_path / "path.usda", fps=50)
    text = (tmp_path / "path.usda").read_text()
    _, frames = usd(text)

    assert "timeCodesPerSecond = 50\n" in text and "endTimeCode = 20" in text
    assert [focal for focal, _ in frames.values()] == pytest.approx([1.2 * 36] * 20, rel=0.05)
    assert all(np.allclose(turn, np.eye(3)) for _, turn in frames.values())


def test_other_files_are_refused(tmp_path: Path, walkers: np.ndarray, turning: CameraPath) -> None:
    with pytest.raises(ParameterError, match=r"written as \.json, \.csv, \.nk, \.jsx, \.py or \.usda: choose one"):
        stillplate.render(walkers, motion=tmp_path / "path.fbx")
    write_camera(turning, tmp_path / "path.nk", TIMES)
    with pytest.raises(ParameterError, match=r"path\.nk: a camera's path is read from \.json or \.csv"):
        stillplate.read_camera(tmp_path / "path.nk", SIZE)
