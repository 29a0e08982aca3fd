"""Ways a camera moves, known exactly: from a frame's number to the homography that takes its pixels to the plate's.

`centred` and `pan` look at a part of the plate; `shake`, `zoom`, `roll` and `knocked` move the picture about its own
middle and are joined to one of them. The plate must be larger than the frame, or its mirror image is seen beyond its
edges.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import numpy as np

from stillplate.arrays import Matrix

__all__ = ["Camera", "centred", "joined", "knocked", "pan", "roll", "shake", "zoom"]

Camera = Callable[[int], Matrix]
Size = tuple[int, int]

WAVES = 5  # sines that a hand's tremor is made of
PERIODS = (4.0, 40.0)  # frames: the fastest and the slowest of them
TWIST = 0.02  # degrees of roll for each pixel of shake


def joined(first: Camera, *others: Camera) -> Camera:
    """Move as all of them do: the first takes to the plate what the others have moved within the frame.

    Examples
    --------
    >>> camera = joined(centred((320, 180), (160, 90)), zoom((160, 90), 50, factor=2.0))
    >>> camera(0)[:2, 2].tolist(), camera(49)[0, 0].item()
    ([80.0, 45.0], 0.5)
    """
    return lambda index: reduce(np.matmul, (camera(index) for camera in (first, *others)))


def centred(plate: Size, size: Size) -> Camera:
    """Look at the middle of the plate, of this width and height in pixels, and stay there."""
    left, top = (plate[0] - size[0]) / 2, (plate[1] - size[1]) / 2
    return lambda index: _shifted(left, top)


def pan(plate: Size, size: Size, frames: int, *, focal: float | None = None, back: bool = False) -> Camera:
    """Swing from the plate's left to its right within the clip, slowly at both ends.

    Parameters
    ----------
    plate, size : (int, int)
        Width and height of the plate and of the frame, in pixels.
    frames : int
        Length of the clip.
    focal : float, optional
        Focal length in pixels of a camera that turns about its centre, so that the picture is seen in perspective; the
        plate is what it would see looking straight at the middle. Without, the camera slides along the plate.
    back : bool
        Whether it returns to the left.

    Returns
    -------
    callable
        Frame number to homography, float64 of shape (3, 3).
    """
    middle = _shifted(plate[0] / 2, plate[1] / 2), _shifted(-size[0] / 2, -size[1] / 2)

    def camera(index: int) -> Matrix:
        phase = index / max(1, frames - 1) * (2 if back else 1)
        aside = -np.cos(np.pi * phase)  # from -1, at the left, to 1
        if focal is None:
            return _shifted(aside * (plate[0] - size[0]) / 2, 0) @ middle[0] @ middle[1]
        furthest = np.arctan(plate[0] / 2 / focal) - np.arctan(size[0] / 2 / focal)
        return np.asarray(middle[0] @ _turned(aside * furthest, focal) @ middle[1])

    return camera


def shake(size: Size, pixels: float, *, seed: int = 0) -> Camera:
    """Tremble as a hand does, by so many pixels (the root mean square of either direction), and roll a little."""
    rng = np.random.default_rng(seed)
    fastest, slowest = np.log(PERIODS)
    rates = 2 * np.pi / np.exp(rng.uniform(fastest, slowest, (3, WAVES)))
    phases = rng.uniform(0, 2 * np.pi, (3, WAVES))

    def camera(index: int) -> Matrix:
        x, y, turn = pixels * np.sqrt(2 / WAVES) * np.sin(rates * index + phases).sum(axis=1)
        return _shifted(x, y) @ _about_middle(size, 1.0, np.radians(TWIST * turn))

    return camera


def zoom(size: Size, frames: int, *, factor: float = 1.5) -> Camera:
    """Draw nearer within the clip, at an even pace, until things are `factor` times as large."""
    return lambda index: _about_middle(size, factor ** (-index / max(1, frames - 1)), 0.0)


def roll(size: Size, frames: int, *, degrees: float = 8.0) -> Camera:
    """Tilt to one side, to the other, and back upright within the clip."""
    return lambda index: _about_middle(size, 1.0, np.radians(degrees) * np.sin(2 * np.pi * index / max(1, frames - 1)))


def knocked(frame: int, x: float, y: float = 0.0) -> Camera:
    """Stand, but so many pixels farther right and down from one frame on, as a tripod that was knocked."""
    return lambda index: _shifted(x, y) if index >= frame else _shifted(0, 0)


def _shifted(x: float, y: float) -> Matrix:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _turned(angle: float, focal: float) -> Matrix:
    """A camera's picture, its middle at 0, as one that looks `angle` more to the left would see it: K R K⁻¹."""
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, 0.0, focal * sine], [0.0, 1.0, 0.0], [-sine / focal, 0.0, cosine]])


def _about_middle(size: Size, scale: float, angle: float) -> Matrix:
    x, y = (size[0] - 1) / 2, (size[1] - 1) / 2
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    about = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    return np.asarray(_shifted(x, y) @ about @ _shifted(-x, -y))
