"""Decide whether the camera moves to another view, and trace its path if so."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from stillplate.camera.path import CameraPath
from stillplate.camera.tracing import trace_camera
from stillplate.errors import RegistrationError
from stillplate.imaging.homography import corners_of, project
from stillplate.io.source import FrameSource, IteratorSource
from stillplate.sampling.gather import FEWEST_FRAMES, Progress

__all__ = ["follow_camera"]

LEAST_TRANSLATION = 1 / 40  # share of the frame's longer side: least translation to another view
LEAST_TURN = 1 / 100  # the same for a camera that rolls or zooms, which no translation compensates
LEAST_KNOCK = 2.0  # pixels: least displacement of a knocked camera


def follow_camera(
    frames: FrameSource,
    indices: Iterable[int],
    memory: int,
    progress: Progress | None = None,
    *,
    knocked: bool = False,
) -> CameraPath | None:
    """Return the path of a camera that moves; None if the view does not change, or too few samples can be registered.

    If it was `knocked`, a displacement of 2 pixels suffices, since it shows two views that are near to each other.
    """
    if isinstance(frames, IteratorSource):
        return None  # cannot be read twice
    try:
        path = trace_camera(frames, memory=memory, progress=progress)
    except RegistrationError:
        return None  # treated as static; the assumptions report that it moves
    placed = sum(path.transform(index) is not None for index in indices)
    return path if placed >= FEWEST_FRAMES and _displacement(path) > _threshold(path, knocked) else None


def _displacement(path: CameraPath) -> float:
    """Return the greatest displacement of a corner of the image, in pixels."""
    corners = corners_of(path.size)
    ends = np.array([project(matrix, corners) for matrix in path.matrices[path.found]])
    return float(np.ptp(ends, axis=0).max())


def _threshold(path: CameraPath, knocked: bool) -> float:
    """Return the least displacement that changes the view, in pixels."""
    return (
        LEAST_KNOCK if knocked else max(path.size) * (LEAST_TRANSLATION if path.model == "translation" else LEAST_TURN)
    )
