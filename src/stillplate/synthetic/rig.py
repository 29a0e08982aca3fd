"""The camera of `synthetic.park`: where it stands and looks, and what it makes of a plane of the world.

The world's axes point to the right, down and ahead, in metres; its origin is where the reference camera stands, which
looks straight ahead. A picture's middle is the pixel at which a camera that looks straight ahead sees the horizon.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stillplate.arrays import Matrix, Points
from stillplate.synthetic.camera import Camera, turned

__all__ = ["EYE", "Plane", "Rig", "moved"]

EYE = 1.6  # metres of the camera above the ground
MARGIN = 8  # pixels around what is seen, so that the lens's blur finds no edge
Place = Callable[[float], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Plane:
    """A plane of the world: the points whose product with `normal` is `distance`.

    Attributes
    ----------
    normal : (float, float, float)
        Unit vector: (0, 0, 1) for a plane parallel to the picture, (0, 1, 0) for the ground.
    distance : float
        Distance from the origin, in metres: the depth, or the height of the reference camera.
    """

    normal: tuple[float, float, float]
    distance: float


@dataclass(frozen=True, slots=True)
class Rig:
    """A camera on its way.

    Attributes
    ----------
    width, height : int
        Size of the frames, in pixels.
    focal : float
        Focal length, in pixels.
    horizon : float
        Row of the horizon, as a share of the height.
    place : callable
        Takes a time, in frames, and returns the position to the right of the origin and below it, in metres.
    gaze : callable
        Takes a time, and returns the angle by which the camera looks to the right, in radians.
    shake : callable
        Takes a time, and returns the homography by which a hand's shake moves the frame, in its own pixels.
    """

    width: int
    height: int
    focal: float
    horizon: float
    place: Place
    gaze: Callable[[float], float]
    shake: Camera

    @property
    def middle(self) -> tuple[float, float]:
        """Column and row of the picture's middle, in pixels."""
        return (self.width - 1) / 2, self.horizon * self.height - 0.5

    def stepped(self, plane: Plane, time: float) -> Matrix:
        """Homography of a plane, by the camera's place alone, from the reference picture; both have their middle at 0.

        K (I − c nᵀ / d) K⁻¹ for the camera at c and the plane n·x = d: a shift by focal · c / d for a plane that is
        parallel to the picture, a shear for the ground.
        """
        lens = np.diag([self.focal, self.focal, 1.0])
        step = np.eye(3) - np.outer((*self.place(time), 0.0), plane.normal) / plane.distance
        return np.asarray(lens @ step @ np.linalg.inv(lens))

    def turned(self, time: float) -> Matrix:
        """Homography from a frame's pixels to those of a camera at the same place that looks straight ahead."""
        x, y = self.middle
        return np.asarray(turned(self.gaze(time), self.focal) @ moved(-x, -y) @ self.shake(time))

    def seen(self, plane: Plane, time: float) -> Matrix:
        """Homography of a plane, from the reference picture, its middle at 0, to a frame's pixels."""
        return np.asarray(np.linalg.inv(self.turned(time)) @ self.stepped(plane, time))

    def reach(self, plane: Plane, frames: int) -> tuple[int, int, int, int]:
        """The part of a plane that is seen in any frame: left, top, right, bottom in the reference picture."""
        times = [-0.5, *range(frames), frames - 0.5]  # with an open shutter's first and last moment
        right, bottom = self.width - 0.5, self.height - 0.5
        corners = np.array([(-0.5, -0.5, 1), (right, -0.5, 1), (right, bottom, 1), (-0.5, bottom, 1)])
        seen = np.concatenate([corners @ np.linalg.inv(self.seen(plane, time)).T for time in times])
        points: Points = seen[:, :2] / seen[:, 2:]
        low, high = np.floor(points.min(axis=0)) - MARGIN, np.ceil(points.max(axis=0)) + MARGIN
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def moved(x: float, y: float) -> Matrix:
    """The homography that adds (x, y)."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])
