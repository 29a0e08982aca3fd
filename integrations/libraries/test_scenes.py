"""The camera's path, run by Blender and read by the library of USD: its camera sees the plate where the frames lie."""

import json
import os
import runpy
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(os.environ["LABELS"])
PATH = json.loads((FOLDER / "path.json").read_text())
SIZE = np.array(PATH["size"])
SOME = np.array([(3.0, 5.0), (310.0, 8.0), (160.0, 90.0), (20.0, 171.0), (315.0, 175.0)])  # pixels of a frame
WITHIN = 0.4  # of a pixel: the head of the files says that the camera misses the path by as much, at most


def on_plate(matrix: list[list[float]]) -> np.ndarray:
    """Where the points of a frame lie on the plate, as shares of its width, and of its height from above."""
    x, y, z = np.array(matrix) @ np.column_stack([SOME, np.ones(len(SOME))]).T
    return (np.column_stack([x / z, y / z]) + 0.5) / PATH["canvas"]


def test_blender(tmp_path: Path) -> None:
    bpy = pytest.importorskip("bpy", reason="of Blender there is a package for one version of Python only")
    from bpy_extras.object_utils import world_to_camera_view
    from mathutils import Vector

    bpy.ops.wm.read_factory_settings(use_empty=True)
    runpy.run_path(str(FOLDER / "path.py"))
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "path.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "path.blend"))
    scene, mesh = bpy.context.scene, bpy.data.objects["stillplate plate"].data
    corners = {
        tuple(mesh.uv_layers["plate"].data[at].uv): mesh.vertices[mesh.loops[at].vertex_index].co for at in range(4)
    }
    origin, across, down = corners[0, 1], corners[1, 1] - corners[0, 1], corners[0, 0] - corners[0, 1]

    assert (scene.frame_start, scene.frame_end, scene.render.fps) == (1, len(PATH["frames"]), 25)
    for number, frame in enumerate(PATH["frames"]):
        scene.frame_set(number + 1)
        for (right, below), pixel in zip(on_plate(frame["matrix"]), SOME, strict=True):
            x, y, _ = world_to_camera_view(scene, scene.camera, Vector(origin + across * right + down * below))
            assert np.abs(np.array([x, 1 - y]) * SIZE - 0.5 - pixel).max() < WITHIN


def test_usd() -> None:
    from pxr import Gf, Usd, UsdGeom

    stage = Usd.Stage.Open(str(FOLDER / "path.usda"))
    points = np.array(UsdGeom.Mesh(stage.GetPrimAtPath("/stillplate/plate")).GetPointsAttr().Get(), np.float64)
    origin, across, down = points[0], points[3] - points[0], points[1] - points[0]
    seer = UsdGeom.Camera(stage.GetPrimAtPath("/stillplate/camera"))

    assert (stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (1, len(PATH["frames"]))
    assert stage.GetTimeCodesPerSecond() == 25
    for number, frame in enumerate(PATH["frames"]):
        frustum = seer.GetCamera(number + 1).frustum
        project = frustum.ComputeViewMatrix() * frustum.ComputeProjectionMatrix()
        for (right, below), pixel in zip(on_plate(frame["matrix"]), SOME, strict=True):
            x, y, _ = project.Transform(Gf.Vec3d(*(origin + across * right + down * below)))
            assert np.abs(np.array([x + 1, 1 - y]) / 2 * SIZE - 0.5 - pixel).max() < WITHIN
