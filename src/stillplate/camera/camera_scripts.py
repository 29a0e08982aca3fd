"""A camera path as a camera of 3D programs: a script for Blender, and a stage of USD.

The stage is written as text: it is short, and the library of USD takes more room than all of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from statistics import median

import numpy as np

from stillplate.arrays import Doubles
from stillplate.camera.path import CameraPath
from stillplate.camera.tripod import Tripod
from stillplate.io.source import NOMINAL_RATE

__all__ = ["blender_script", "usd_stage"]

FILM = 36.0  # mm, width of the film, by which a focal length is told
AWAY = 10.0  # units of the scene between camera and plate
TO_3D = np.diag([1.0, -1.0, -1.0])  # from x right, y down, z ahead to x right, y up, z back
BLENDER = """\
\"\"\"The camera's motion, as stillplate found it: run it in Blender (Scripting, Run Script).

It makes a camera that turns as the clip's did, and a plane at the place of the plate, whose UV map takes its picture.
Frame 1 is the clip's first. {told}
\"\"\"

import bpy

SIZE, RATE = {size}, ({rate.numerator}, {rate.denominator})
PLATE = {plate}  # corners of the plate, from the one above on the left on, the other way round than the clock
FRAMES = {{  # focal length in mm of a film of {film} mm, and rotation as a quaternion
{frames}
}}

scene = bpy.context.scene
scene.render.resolution_x, scene.render.resolution_y = SIZE
scene.render.fps, scene.render.fps_base = round(RATE[0] / RATE[1]), round(RATE[0] / RATE[1]) * RATE[1] / RATE[0]
scene.frame_start, scene.frame_end = 1, {count}

lens = bpy.data.cameras.new("stillplate")
lens.sensor_fit, lens.sensor_width = "HORIZONTAL", {film}
camera = bpy.data.objects.new("stillplate camera", lens)
camera.rotation_mode = "QUATERNION"
scene.collection.objects.link(camera)
scene.camera = camera
for frame, (focal, rotation) in FRAMES.items():
    lens.lens, camera.rotation_quaternion = focal, rotation
    lens.keyframe_insert("lens", frame=frame)
    camera.keyframe_insert("rotation_quaternion", frame=frame)

mesh = bpy.data.meshes.new("stillplate plate")
mesh.from_pydata(PLATE, [], [(0, 1, 2, 3)])
uv = mesh.uv_layers.new(name="plate")
for corner, place in zip(uv.data, ((0, 1), (0, 0), (1, 0), (1, 1))):
    corner.uv = place
scene.collection.objects.link(bpy.data.objects.new("stillplate plate", mesh))
"""
USD = """\
#usda 1.0
(
    defaultPrim = "stillplate"
    doc = "The camera's motion, as stillplate found it. Frame 1 is the clip's first. {told}"
    endTimeCode = {count}
    metersPerUnit = 1
    startTimeCode = 1
    timeCodesPerSecond = {rate:.10g}
    upAxis = "Y"
)

def Xform "stillplate"
{{
    def Camera "camera"
    {{
        float2 clippingRange = (0.1, 1000)
        float focalLength.timeSamples = {{
{focals}
        }}
        float horizontalAperture = {film}
        float verticalAperture = {film_height:.10g}
        matrix4d xformOp:transform.timeSamples = {{
{turns}
        }}
        uniform token[] xformOpOrder = ["xformOp:transform"]
    }}

    def Mesh "plate"
    {{
        uniform bool doubleSided = 1
        int[] faceVertexCounts = [4]
        int[] faceVertexIndices = [0, 1, 2, 3]
        point3f[] points = {plate}
        texCoord2f[] primvars:st = [(0, 1), (0, 0), (1, 0), (1, 1)] (
            interpolation = "vertex"
        )
        uniform token subdivisionScheme = "none"
    }}
}}
"""


def blender_script(path: CameraPath, times: Sequence[float | None]) -> str:
    """Return a script for Blender that makes the camera and a plane for the plate.

    Parameters
    ----------
    path : CameraPath
    times : sequence of N floats
        Seconds from the first frame; None for frames that could not be read.
    """
    camera = Tripod.of(path)
    turns = TO_3D @ camera.turns @ TO_3D
    quaternions = [np.array([1.0, 0, 0, 0])]
    for turn in turns:
        quaternion = _quaternion(turn)
        quaternions.append(quaternion * (1 if quaternion @ quaternions[-1] >= 0 else -1))
    lines = [
        f"    {frame + 1}: ({focal * FILM / path.size[0]:.8g}, ({', '.join(f'{part:.10g}' for part in turn)})),"
        for frame, focal, turn in zip(camera.frames, camera.focals, quaternions[1:], strict=True)
    ]
    return BLENDER.format(
        told=_told(camera), size=path.size, rate=_rate(times), plate=_plate(camera), film=FILM, count=len(path),
        frames="\n".join(lines),
    )  # fmt: skip


def usd_stage(path: CameraPath, times: Sequence[float | None]) -> str:
    """Return a stage of USD with the camera and a mesh for the plate, as text; parameters as of `blender_script`."""
    camera = Tripod.of(path)
    turns = TO_3D @ camera.turns @ TO_3D
    focals = [
        f"            {frame + 1}: {focal * FILM / path.size[0]:.8g},"
        for frame, focal in zip(camera.frames, camera.focals, strict=True)
    ]
    rows = [
        f"            {frame + 1}: ({', '.join(_usd_row(row) for row in turn.T)}, (0, 0, 0, 1)),"
        for frame, turn in zip(camera.frames, turns, strict=True)  # USD multiplies rows from the left
    ]
    return USD.format(
        told=_told(camera), count=len(path), rate=float(_rate(times)), focals="\n".join(focals), film=FILM,
        film_height=FILM * path.size[1] / path.size[0], turns="\n".join(rows), plate=_plate(camera),
    )  # fmt: skip


def _usd_row(row: Doubles) -> str:
    return f"({row[0]:.10g}, {row[1]:.10g}, {row[2]:.10g}, 0)"


def _plate(camera: Tripod) -> list[tuple[float, ...]]:
    """Return the corners of the plate in the scene."""
    return [tuple(round(float(part), 8) for part in corner) for corner in AWAY * camera.plate @ TO_3D]


def _quaternion(turn: Doubles) -> Doubles:
    """Return a rotation as w, x, y, z: the eigenvector of its symmetric matrix (Bar-Itzhack 2000)."""
    (a, b, c), (d, e, f), (g, h, i) = turn
    symmetric = np.array(
        [
            [a + e + i, h - f, c - g, d - b],
            [h - f, a - e - i, b + d, c + g],
            [c - g, b + d, e - a - i, f + h],
            [d - b, c + g, f + h, i - a - e],
        ]
    )
    return np.asarray(np.linalg.eigh(symmetric)[1][:, -1])


def _rate(times: Sequence[float | None]) -> Fraction:
    """Return frames per second, by the median of the times between frames."""
    steps = [late - early for early, late in pairwise(times) if early is not None and late is not None]
    return Fraction(1 / median(steps)).limit_denominator(1001) if steps else NOMINAL_RATE


def _told(camera: Tripod) -> str:
    """Say how well the camera fits the path."""
    return (
        f"It misses the clip's frames by {np.median(camera.errors):.2f} pixels in the median, and by "
        f"{camera.errors.max():.2f} at most."
    )
