"""Known camera motions: functions from a frame's number to the homography from its pixels to the plate's.

`centred` and `pan` place the frame on the plate; `shake`, `zoom`, `roll` and `knocked` move the frame relative to its
own middle, and are combined with one of those by `joined`. The plate should be larger than the frame; outside it, its
mirror image is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np

from stillplate.arrays import Matrix

__all__ = ["Camera", "centred", "joined", "knocked", "pan", "roll", "shake", "turned", "zoom"]

Camera = Callable[[float], Matrix]
Size = tuple[int, int]

WAVES = 5  # number of sines whose sum is the motion of a hand
PERIODS = (4.0, 40.0)  # frames, the shortest and the longest period of the sines
TWIST = 0.02  # degrees of roll per pixel of shake


def joined(first: Camera, *others: Camera) -> Camera:
    """Combine motions: the last one is applied to the frame first, and the first one takes the result to the plate.

    Examples
    --------
    >>> camera = joined(centred((320, 180), (160, 90)), zoom((160, 90), 50, factor=2.0))
    >>> camera(0)[:2, 2].tolist(), camera(49)[0, 0].item()
    ([80.0, 45.0], 0.5)
    """
    return lambda index: reduce(np.matmul, (camera(index) for camera in (first, *others)))


def centred(plate: Size, size: Size) -> Camera:
    """A static camera at the middle of the plate; sizes are (width, height) in pixels."""
    left, top = (plate[0] - size[0]) / 2, (plate[1] - size[1]) / 2
    return lambda index: _shifted(left, top)


def pan(plate: Size, size: Size, frames: int, *, focal: float | None = None, back: bool = False) -> Camera:
    """A pan from the plate's left edge to its right one within the clip, slower at both ends.

    Parameters
    ----------
    plate, size : (int, int)
        Width and height of the plate and of the frame, in pixels.
    frames : int
        Length of the clip.
    focal : float, optional
        Focal length, in pixels, of a camera that rotates about its centre; the plate is its view at angle 0. By default
        the camera is translated parallel to the plate.
    back : bool
        Whether the camera returns to the left edge within the clip.

    Returns
    -------
    callable
        Frame number to homography, float64 of shape (3, 3).
    """
    middle = _shifted(plate[0] / 2, plate[1] / 2), _shifted(-size[0] / 2, -size[1] / 2)

    def camera(index: float) -> Matrix:
        phase = index / max(1, frames - 1) * (2 if back else 1)
        aside = -np.cos(np.pi * phase)  # from -1, at the left, to 1
        if focal is None:
            return _shifted(aside * (plate[0] - size[0]) / 2, 0) @ middle[0] @ middle[1]
        furthest = np.arctan(plate[0] / 2 / focal) - np.arctan(size[0] / 2 / focal)
        return np.asarray(middle[0] @ turned(aside * furthest, focal) @ middle[1])

    return camera


def shake(size: Size, pixels: float, *, seed: int = 0) -> Camera:
    """A hand-held camera: smooth random translation, with a root mean square of `pixels` per axis, and slight roll."""
    rng = np.random.default_rng(seed)
    fastest, slowest = np.log(PERIODS)
    rates = 2 * np.pi / np.exp(rng.uniform(fastest, slowest, (3, WAVES)))
    phases = rng.uniform(0, 2 * np.pi, (3, WAVES))

    def camera(index: float) -> Matrix:
        x, y, turn = pixels * np.sqrt(2 / WAVES) * np.sin(rates * index + phases).sum(axis=1)
        return _shifted(x, y) @ _about_middle(size, 1.0, np.radians(TWIST * turn))

    return camera


def zoom(size: Size, frames: int, *, factor: float = 1.5) -> Camera:
    """A zoom at a constant rate, which magnifies the image `factor` times by the end of the clip."""
    return lambda index: _about_middle(size, factor ** (-index / max(1, frames - 1)), 0.0)


def roll(size: Size, frames: int, *, degrees: float = 8.0) -> Camera:
    """A roll by `degrees` to one side, then to the other, and back to upright within the clip."""
    return lambda index: _about_middle(size, 1.0, np.radians(degrees) * np.sin(2 * np.pi * index / max(1, frames - 1)))


def knocked(frame: int, x: float, y: float = 0.0) -> Camera:
    """A static camera, moved by (x, y) pixels from frame `frame` on, like a knocked tripod."""
    return lambda index: _shifted(x, y) if index >= frame else _shifted(0, 0)


def turned(angle: float, focal: float) -> Matrix:
    """Homography of a camera that is turned about its own centre, for images with their origin at the middle.

    Parameters
    ----------
    angle : float
        How far the camera looks to the right, in radians.
    focal : float
        Focal length, in pixels.

    Returns
    -------
    float64 array of shape (3, 3)
        From the pixels of the turned camera to those of the one that looks straight ahead: K R K⁻¹.

    Examples
    --------
    >>> ahead = turned(np.pi / 4, focal=100.0) @ (0, 0, 1)
    >>> (ahead[:2] / ahead[2]).round(9).tolist()  # the middle of what it sees: focal times the angle's tangent aside
    [100.0, 0.0]
    """
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, 0.0, focal * sine], [0.0, 1.0, 0.0], [-sine / focal, 0.0, cosine]])


def _shifted(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _about_middle(size: Size, scale: float, angle: float) -> Matrix:
    x, y = (size[0] - 1) / 2, (size[1] - 1) / 2
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    about = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(_shifted(x, y) @ about @ _shifted(-x, -y))
