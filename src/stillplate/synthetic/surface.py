"""Painted planes of `synthetic.park`, and how a picture is laid together from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Grey, Image, Matrix, Points
from stillplate.synthetic.pen import Cutout
from stillplate.synthetic.rig import Plane, moved

__all__ = ["Paint", "Surface", "joined", "projected", "softened"]

Paint = npt.NDArray[np.uint8]  # (H, W, 4): R, G, B, multiplied by alpha, and alpha


@dataclass(frozen=True, slots=True)
class Surface:
    """A painted part of a plane.

    Attributes
    ----------
    name : str
        What it is, such as "trunk".
    plane : Plane
        Where it lies.
    depth : float
        Its distance from the camera in the order of painting, in metres.
    left, top : int
        Position of the paint's first pixel in the reference picture, whose middle is 0.
    paint : uint8 array of shape (H, W, 4), RGBA
        Colours, multiplied by alpha, and alpha.
    """

    name: str
    plane: Plane
    depth: float
    left: int
    top: int
    paint: Paint

    def softened(self, deviation: float) -> Surface:
        """The surface as a soft lens shows it."""
        paint, edge = softened(self.paint, deviation)
        return replace(self, paint=paint, left=self.left - edge, top=self.top - edge)


def joined(colour: Image, alpha: Floats) -> Paint:
    """Paint of these colours and this alpha, 0..1."""
    cover = np.clip(alpha, 0, 1)[..., None]
    return np.asarray(np.rint(np.concatenate([colour * cover, 255 * cover], axis=2)), np.uint8)


def softened(paint: Paint, deviation: float) -> tuple[Paint, int]:
    """Paint as a soft lens shows it, and the width in pixels of the margin that its edges now have."""
    if not deviation:
        return paint, 0
    edge = int(np.ceil(3 * deviation))
    paint = np.pad(paint, ((edge, edge), (edge, edge), (0, 0)))
    return np.asarray(cv2.GaussianBlur(paint, (0, 0), deviation), np.uint8), edge


def projected(paint: Paint, matrix: Matrix, size: tuple[int, int]) -> Cutout | None:
    """Paint as a frame of `size` (width, height) shows it; None if it is outside.

    Parameters
    ----------
    paint : uint8 array of shape (H, W, 4), RGBA
    matrix : float64 array of shape (3, 3)
        Homography from the paint's pixels to the frame's.
    size : (int, int)
    """
    right, bottom = paint.shape[1] - 0.5, paint.shape[0] - 0.5
    corners = np.array([(-0.5, -0.5, 1), (right, -0.5, 1), (right, bottom, 1), (-0.5, bottom, 1)]) @ matrix.T
    low, high = np.zeros(2, int), np.array(size)
    if (corners[:, 2] > 0).all():  # else it reaches behind the camera, and has no box in the picture
        points: Points = corners[:, :2] / corners[:, 2:]
        low = np.maximum(np.floor(points.min(axis=0)), 0).astype(int)
        high = np.minimum(np.ceil(points.max(axis=0)) + 1, size).astype(int)
    if (low >= high).any():
        return None
    inside = (int(high[0] - low[0]), int(high[1] - low[1]))
    shown = np.asarray(cv2.warpPerspective(paint, moved(-low[0], -low[1]) @ matrix, inside, flags=cv2.INTER_LINEAR))
    alpha: Grey = np.ascontiguousarray(shown[:, :, 3])
    return Cutout(int(low[0]), int(low[1]), np.ascontiguousarray(shown[:, :, :3]), alpha)
