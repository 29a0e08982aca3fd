"""A camera path as the turns and focal lengths of a camera on a tripod, for programs with cameras of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles
from stillplate.camera.path import CameraPath
from stillplate.imaging.homography import project

__all__ = ["Tripod"]

USUAL = 1.2  # widths of the picture: the focal length where the path tells none
LEAST, MOST, TRIED = 0.4, 30.0, 64  # focal lengths that are tried first, in widths, and how many each time
ROUNDS = 3  # times that focal lengths are tried, each nearer to the best of the last
EQUAL = 0.02  # pixels: of focal lengths that fit so nearly as well, the most usual is taken
STEPS, STEP = 8, 1e-6  # of the fit of each frame, and of its slopes, in radians
LONGEST = 0.15  # radians, and of the logarithm of the focal length: a step in one direction, so that none goes astray
FITTED = 24  # frames by which the focal length is chosen


@dataclass(frozen=True, slots=True, eq=False)
class Tripod:
    """A camera that turns and zooms in one place, before a plate at a distance.

    Attributes
    ----------
    frames : int array of shape (n,)
        Numbers of the frames whose place is known, from 0.
    turns : float64 array of shape (n, 3, 3)
        Rotation of the camera in each: from its axes (x right, y down, z ahead) to those that it has in the reference
        frame.
    focals : float64 array of shape (n,)
        Focal length in each, in pixels of the frame.
    plate : float64 array of shape (4, 3)
        Corners of the plate in the axes of the reference frame, at a distance of about 1: above on the left, below on
        the left, below on the right, above on the right.
    errors : float64 array of shape (n,)
        By how many pixels of the reference frame the camera misses the path's place of a frame's corners, at most.
    """

    frames: npt.NDArray[np.int64]
    turns: Doubles
    focals: Doubles
    plate: Doubles
    errors: Doubles

    @classmethod
    def of(cls, path: CameraPath) -> Self:
        """Return the camera that comes nearest to a path: exactly where its matrices are those of a tripod.

        From frame to frame the matrix of such a camera is K R L⁻¹, with K and L of one focal length each, and their
        axes in the middle of the picture. R and L are fitted to the places of the frame's corners; K is the best of
        those that are tried, of those that fit alike the one nearest to 1.2 widths.
        """
        frames = np.flatnonzero(path.found)
        middle = (np.array(path.size) - 1) / 2
        reference = path.reference if path.found[path.reference] else int(frames[0])
        to_reference = _shift(-middle) @ np.linalg.inv(path.matrices[reference])
        centred = to_reference @ path.matrices[frames] @ _shift(middle)
        corners = np.array([(x, y) for x in (-middle[0], middle[0]) for y in (-middle[1], middle[1])])
        some = centred[np.unique(np.linspace(0, len(frames) - 1, FITTED).round().astype(int))]
        low, high = LEAST * path.size[0], MOST * path.size[0]
        for _ in range(ROUNDS):
            tried = np.geomspace(low, high, TRIED)
            costs = np.array([np.median(_fit(some, corners, focal)[2]) for focal in tried])
            alike = tried[costs <= costs.min() + EQUAL]
            focal = float(alike[np.argmin(np.abs(np.log(alike / (USUAL * path.size[0]))))])
            low, high = focal * tried[0] / tried[1], focal * tried[1] / tried[0]
        turns, focals, errors = _fit(centred, corners, focal)
        plate = _on_film(to_reference, path.canvas) / np.array([focal, focal, 1])
        return cls(frames, turns, focals, plate / np.abs(plate[:, 2]).mean(), errors)


def _on_film(to_reference: Doubles, canvas: tuple[int, int]) -> Doubles:
    """Return the plate's corners as they lie before the reference frame, of shape (4, 3): in a plane, also in space."""
    width, height = canvas
    corners = np.array([(0, 0, 1), (0, height, 1), (width, height, 1), (width, 0, 1)]) - (0.5, 0.5, 0)
    placed = corners @ to_reference.T
    return np.asarray(placed * np.sign(placed[:, 2].sum()))


def _fit(matrices: Doubles, corners: Doubles, focal: float) -> tuple[Doubles, Doubles, Doubles]:
    """Return turns, focal lengths and errors for a focal length of the reference: by Gauss and Newton, each frame."""
    wanted = np.stack([project(matrix, corners) for matrix in matrices])
    turns, focals = _begin(matrices, focal)
    logs = np.log(focals)
    for _ in range(STEPS):
        missed = _seen(turns, logs, corners, focal) - wanted
        slopes = np.stack(
            [
                (_seen(_turned(STEP * axis[:3]) @ turns, logs + STEP * axis[3], corners, focal) - wanted - missed)
                / STEP
                for axis in np.eye(4)
            ],
            axis=-1,
        ).reshape(len(logs), -1, 4)
        change = np.clip(-np.linalg.pinv(slopes) @ missed.reshape(len(logs), -1, 1), -LONGEST, LONGEST)
        turns = np.stack([_turned(one[:3]) for one in change[:, :, 0]]) @ turns
        logs = logs + change[:, 3, 0]
    errors = np.linalg.norm(_seen(turns, logs, corners, focal) - wanted, axis=2).max(axis=1)
    return turns, np.exp(logs), errors


def _begin(matrices: Doubles, focal: float) -> tuple[Doubles, Doubles]:
    """Return turns by the polar decomposition, and focal lengths by the lengths of columns."""
    rays = matrices / np.array([focal, focal, 1])[:, None]
    lengths = np.linalg.norm(rays, axis=1)
    focals = lengths[:, 2] / np.sqrt(lengths[:, 0] * lengths[:, 1])
    columns = rays * np.stack([focals, focals, np.ones_like(focals)], axis=1)[:, None]
    left, _, right = np.linalg.svd(columns * np.sign(np.linalg.det(columns))[:, None, None])
    return left @ right, focals


def _seen(turns: Doubles, logs: Doubles, corners: Doubles, focal: float) -> Doubles:
    """Return where corners of frames lie on the reference: shape (n, 4, 2), from the middle of both."""
    rays = np.ones((len(logs), len(corners), 3))
    rays[:, :, :2] = corners / np.exp(logs)[:, None, None]
    turned = rays @ turns.transpose(0, 2, 1)
    return np.asarray(focal * turned[:, :, :2] / turned[:, :, 2:])


def _turned(by: Doubles) -> Doubles:
    """Return the rotation by an angle about an axis, as long as the angle (Rodrigues)."""
    angle = float(np.linalg.norm(by))
    x, y, z = by / angle if angle > 0 else by
    across = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + np.sin(angle) * across + (1 - np.cos(angle)) * across @ across)


def _shift(by: Doubles) -> Doubles:
    return np.array([[1, 0, by[0]], [0, 1, by[1]], [0, 0, 1.0]])
