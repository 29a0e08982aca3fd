"""A walk past a far wall, the ground before it and a post, drawn so that all that is hidden is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.background.background import Background
from stillplate.camera.path import CameraPath
from stillplate.plate.plate import Plate
from stillplate.segmentation.likelihoods import OCTAVES, Likelihoods
from stillplate.segmentation.motion_shares import MotionShares
from stillplate.segmentation.neighbour import Neighbour, Surroundings
from stillplate.segmentation.noise import Noise
from stillplate.segmentation.view import View
from tests.background.test_whole_clip import path_of, textured

__all__ = ["Walk", "place"]

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]  # left, top, width, height


def place(motion: float) -> npt.NDArray[np.float64]:
    """So many pixels to the right of where the camera starts."""
    return np.array([[1.0, 0, motion], [0, 1, 0], [0, 0, 1]])


@cache
def _paints(width: int, height: int) -> tuple[Images, Images]:
    """Of the far wall and the near ground, soft enough to be sampled between pixels."""
    far, near = (cv2.GaussianBlur(textured((height, width), seed), (0, 0), 1.2) for seed in (1, 2))
    return np.asarray(far, np.uint8), np.asarray(near, np.uint8)


@dataclass(frozen=True, slots=True)
class Walk:
    """A camera that walks to the right: a wall moves by a pixel from frame to frame, ground before it by up to two.

    Attributes
    ----------
    box : callable
        Takes the number of a frame, and returns what hides the ground in it: left, top, width, height.
    size : (int, int)
        Width and height of a frame, in pixels.
    low : float
        Share of the height at which the ground begins; 1 if there is none.
    post : int or None
        Column of the near post in frame 0, which is 16 pixels wide and moves by two.
    count : int
        Number of frames.
    """

    box: Callable[[int], Box]
    size: tuple[int, int] = (240, 136)
    low: float = 0.66
    post: int | None = None
    count: int = 41

    @property
    def path(self) -> CameraPath:
        """That of the far wall."""
        return path_of([place(index) for index in range(self.count)], self.size)

    def view(self, index: int) -> Images:
        """The frame with nothing in it."""
        width, near = self.size[0], _paints(self.size[0] + 2 * self.count, self.size[1])[1]
        image = self._shown(index, index, width)
        if self.post is not None:
            left = self.post - 2 * index
            image[:, max(0, left) : max(0, left + 16)] = 255 - near[:, max(0, -left) : 16][:, : max(0, width - left)]
        return image

    def _shown(self, index: int, aside: float, width: int) -> Images:
        """Wall and ground from the left edge of a frame, the ground as from a camera that stands somewhere else."""
        height, (far, near) = self.size[1], _paints(self.size[0] + 2 * self.count, self.size[1])
        x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
        depth = np.clip(y / np.float32(height) - np.float32(self.low), 0, 1) / np.float32(1.001 - self.low)
        ground = cv2.remap(near, x + index + depth * np.float32(aside), y, cv2.INTER_CUBIC)
        return np.where((y < self.low * height)[:, :, None], far[:, index : index + width], ground)

    def mask(self, index: int) -> Masks:
        """What hides the ground."""
        left, top, width, height = self.box(index)
        mask = np.zeros(self.size[::-1], np.bool_)
        mask[top : top + height, max(0, left) : max(0, left + width)] = True
        return mask

    def image(self, index: int) -> Images:
        """The frame as it was taken."""
        image, mask = self.view(index), self.mask(index)
        image[mask] = (textured(self.size[::-1], 4) // 2)[mask]
        return image

    def neighbour(self, index: int) -> Neighbour:
        """The frame, and its true mask."""
        return Neighbour.of(index, self.image(index), self.mask(index))

    def surroundings(self, index: int, others: Iterable[int] | None = None) -> Surroundings:
        """A frame among every fourth one, or among those that are given."""
        numbers = range(0, self.count, 4) if others is None else others
        return Surroundings(self.neighbour(index), tuple(self.neighbour(number) for number in numbers))

    def plate(self, index: int) -> View:
        """What a plate shows that knows one plane: the ground as frame 0 has it, and no post."""
        nothing = np.zeros(self.size[::-1], np.float32)
        return View(self._shown(index, 0, self.size[0]), nothing, nothing == 0)

    def background(self) -> Background:
        """That of such a plate, which knows truly what moves."""
        canvas, count = (self.size[0] + self.count, self.size[1]), self.count
        some = np.ones(canvas[::-1], np.float32)
        plate = Plate(self._shown(0, 0, canvas[0]), some, some, some > 0, np.zeros((*some.shape, 0), np.uint8))
        likely = [self.mask(index).astype(np.float32) for index in range(count)]
        return Background(
            plate, tuple(Fraction(index, 25) for index in range(count)), Noise.even(16),
            camera=replace(self.path, canvas=canvas), parallax=2.0,
            likelihoods=Likelihoods.of(self.size, likely, np.ones((2, len(OCTAVES) + 1))),
            motion_shares=MotionShares.of([(0.6, 0.2, 0.2, 0.7)] * count),
        )  # fmt: skip
