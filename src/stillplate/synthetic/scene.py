"""A plate and the actors before it, put together: the picture of one moment, and how much of it they cover."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from stillplate.arrays import Floats, Image
from stillplate.synthetic.actors import Actor, cut_out
from stillplate.synthetic.pen import Cutout
from stillplate.synthetic.scenery import Perspective

__all__ = ["Scene"]

Part = tuple[slice, slice]

SHADE = 0.42  # share of the light that a shadow takes


@dataclass(frozen=True, slots=True)
class Scene:
    """A place and those who move through it.

    Attributes
    ----------
    plate : uint8 array of shape (H, W, 3), RGB
        The scene with nobody in it.
    actors : tuple of Actor
    view : Perspective
        The camera that sees them.
    shadows : bool
        Whether they cast soft shadows.
    """

    plate: Image
    actors: tuple[Actor, ...]
    view: Perspective
    shadows: bool = False

    def compose(self, index: int) -> tuple[Image, Floats]:
        """Put the actors of one moment into the plate, the farthest first.

        Returns
        -------
        image : uint8 array of shape (H, W, 3), RGB
        alpha : float32 array of shape (H, W)
            How much of each pixel they cover, 0..1.
        """
        image, alpha = self.plate.copy(), np.zeros(self.plate.shape[:2], np.float32)
        for actor in sorted(self.actors, key=lambda actor: actor.path.row):
            cutout = cut_out(actor, index, self.view)
            if cutout is None:
                continue
            if self.shadows:
                _cast_shadow(image, cutout, actor.path.row * self.view.height)
            _lay_over(image, alpha, cutout)
        return image, alpha


def _lay_over(image: Image, alpha: Floats, cutout: Cutout) -> None:
    there, here = _overlap(image.shape, cutout.left, cutout.top, cutout.alpha.shape)
    cover = cutout.alpha[here]
    if not cover.size:
        return
    behind = cv2.multiply(image[there], cv2.merge([255 - cover] * 3), scale=1 / 255)
    image[there] = cv2.add(behind, cutout.colour[here])  # αF + (1 − α)B
    alpha[there] += cover / np.float32(255) * (1 - alpha[there])


def _cast_shadow(image: Image, cutout: Cutout, row: float) -> None:
    """Darken the ground where the cutout, laid down towards the viewer, keeps the sun off."""
    slant, squash = 0.55, 0.34  # pixels right and down, for each pixel of height
    height = row - cutout.top
    size = (round(cutout.alpha.shape[1] + slant * height), max(1, round(squash * height)))
    top = round(row)
    flat = np.array([[1, -slant / squash, 0], [0, -1 / squash, height]])  # shadow's pixel to the cutout's
    shade = cv2.warpAffine(cutout.alpha, flat, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    shade = np.pad(shade, 4)
    shade = cv2.GaussianBlur(shade, (0, 0), 0.4 + 0.012 * height)
    there, here = _overlap(image.shape, cutout.left - 4, top - 4, shade.shape)
    image[there] = np.rint(image[there] * (1 - np.float32(SHADE / 255) * shade[here][..., None]))


def _overlap(shape: tuple[int, ...], left: int, top: int, size: tuple[int, ...]) -> tuple[Part, Part]:
    """The part of a picture that a cutout at (left, top) covers, and the part of the cutout that shows there."""
    first_row, first_column = max(0, top), max(0, left)
    last_row, last_column = min(shape[0], top + size[0]), min(shape[1], left + size[1])
    there = slice(first_row, max(first_row, last_row)), slice(first_column, max(first_column, last_column))
    here = tuple(slice(axis.start - edge, axis.stop - edge) for axis, edge in zip(there, (top, left), strict=True))
    return there, (here[0], here[1])
