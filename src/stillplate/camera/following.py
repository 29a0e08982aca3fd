"""Whether a camera goes elsewhere in the clip, and its path if it does."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from stillplate.camera.path import CameraPath
from stillplate.camera.tracing import trace_camera
from stillplate.errors import ParameterError, RegistrationError
from stillplate.imaging.homography import corners_of, project
from stillplate.io.source import FrameSource, IteratorSource
from stillplate.sampling.gather import FEWEST_FRAMES, Progress

__all__ = ["check_camera", "follow_camera"]

CAMERAS = ("auto", "static", "moving")
ELSEWHERE = 1 / 40  # of the frame's longer side: a camera that goes less far shows the same view ...
TURNED = 1 / 100  # ... unless it rolls or zooms, which no shift undoes
JOLTED = 2.0  # pixels: a knocked camera goes so far at least


def check_camera(camera: str, *, followed: bool) -> None:
    """Refuse a camera that there is not, and one that is said to stand still though its path is given."""
    if camera not in CAMERAS:
        raise ParameterError(f"camera is {camera!r}, but one of {', '.join(CAMERAS)} is needed")
    if followed and camera == "static":
        raise ParameterError("motion_from is given for a camera that is said to be static: leave one of them out")


def follow_camera(
    frames: FrameSource,
    indices: Iterable[int],
    memory: int,
    progress: Progress | None = None,
    *,
    knocked: bool = False,
) -> CameraPath | None:
    """Trace a camera that seems to move; None if it does not go elsewhere, or hardly any sample can be placed.

    Of one that was `knocked`, 2 pixels are elsewhere: it shows two views, though they are near.
    """
    if isinstance(frames, IteratorSource):
        return None  # it was read already
    try:
        path = trace_camera(frames, memory=memory, progress=progress)
    except RegistrationError:
        return None  # the plate of a static camera then, whose assumptions say that it moves
    placed = sum(path.transform(index) is not None for index in indices)
    return path if placed >= FEWEST_FRAMES and _distance(path) > _least(path, knocked) else None


def _distance(path: CameraPath) -> float:
    """How far a corner of the picture goes, in pixels."""
    corners = corners_of(path.size)
    ends = np.array([project(matrix, corners) for matrix in path.matrices[path.found]])
    return float(np.ptp(ends, axis=0).max())


def _least(path: CameraPath, knocked: bool) -> float:
    """How far a corner must go for the camera to be elsewhere, in pixels."""
    return JOLTED if knocked else max(path.size) * (ELSEWHERE if path.model == "translation" else TURNED)
