"""A street before a camera that pans, tilting and rolling a little, drawn once; tests only read it."""

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate import synthetic
from stillplate.camera.path import CameraPath

__all__ = ["CANVAS", "FRAMES", "SAMPLES", "SIZE", "drawn", "images", "pan", "true_path"]

CANVAS, SIZE = (420, 200), (256, 160)
FRAMES = 40
SAMPLES = 24  # of the frames


def pan(index: int) -> npt.NDArray[np.float64]:
    """From left to right, tilting and rolling a little."""
    angle = 0.03 * np.sin(index / 9)
    cos, sin = np.cos(angle), np.sin(angle)
    return np.array([[cos, -sin, 14 + 3.2 * index], [sin, cos, 14 + 6 * np.sin(index / 7)], [0, 0, 1]])


def drawn(**settings: Any) -> synthetic.SyntheticClip:
    return synthetic.street(*CANVAS, FRAMES, seed=4, **{"noise": 2, "vehicles": 1, **settings})


@cache
def images() -> npt.NDArray[np.uint8]:
    """The clip, drawn once, since it is read several times."""
    pictures = np.stack([frame.image for frame in drawn(camera=pan, size=SIZE)])
    pictures.setflags(write=False)
    return pictures


def true_path() -> CameraPath:
    return CameraPath(
        np.stack([pan(index) for index in range(FRAMES)]),
        np.zeros(FRAMES, np.float32),
        np.full(FRAMES, 100, np.int32),
        "homography",
        SIZE,
        CANVAS,
    )
