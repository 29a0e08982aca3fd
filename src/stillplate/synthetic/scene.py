"""Composition of a plate and actors to the image of one frame, and the actors' coverage of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Floats, Grey, Image
from stillplate.synthetic.actors import Actor, cut_out
from stillplate.synthetic.pen import Cutout
from stillplate.synthetic.scenery import Perspective

__all__ = ["SHADE", "Scene", "blend", "cast"]

Part = tuple[slice, slice]

SHADE = 0.42  # share of the light that a shadow blocks


@dataclass(frozen=True, slots=True)
class Scene:
    """A plate and the actors that move in front of it.

    Attributes
    ----------
    plate : uint8 array of shape (H, W, 3), RGB
        The scene without actors.
    actors : tuple of Actor
        The actors, in any order.
    view : Perspective
        The camera that sees the scene.
    shadows : bool
        Whether the actors cast soft shadows.
    """

    plate: Image
    actors: tuple[Actor, ...]
    view: Perspective
    shadows: bool = False

    def compose(self, index: int) -> tuple[Image, Floats]:
        """Draw the actors of one frame on the plate, the farthest first.

        Returns
        -------
        image : uint8 array of shape (H, W, 3), RGB
            The frame, without noise, in the plate's light.
        alpha : float32 array of shape (H, W)
            The actors' coverage of each pixel, 0..1.
        """
        image, alpha = self.plate.copy(), np.zeros(self.plate.shape[:2], np.float32)
        for number, cutout in self._cutouts(index):
            if self.shadows:
                _cast_shadow(image, cutout, self.actors[number].path.row * self.view.height)
            blend(image, alpha, cutout)
        return image, alpha

    def owners(self, index: int) -> npt.NDArray[np.int32]:
        """Return who is seen at each pixel of one frame.

        Returns
        -------
        int32 array of shape (H, W)
            The number of the nearest actor that covers more than half of the pixel, 0 where none does. Each pass of an
            actor has a number of its own, from 1.
        """
        owners = np.zeros(self.plate.shape[:2], np.int32)
        for number, cutout in self._cutouts(index):
            inside, part = _overlap(owners.shape, cutout.left, cutout.top, cutout.alpha.shape)
            before = self.actors[number].path.passes(index) * len(self.actors)
            owners[inside][cutout.alpha[part] > 127] = before + number + 1
        return owners

    def _cutouts(self, index: int) -> Iterator[tuple[int, Cutout]]:
        """Yield the number and the drawing of each actor in the image, the farthest first."""
        for number, actor in sorted(enumerate(self.actors), key=lambda item: item[1].path.row):
            cutout = cut_out(actor, index, self.view)
            if cutout is not None:
                yield number, cutout


def blend(image: Image, alpha: Floats, cutout: Cutout) -> None:
    """Blend a cutout into the image, and add its coverage to alpha, both in place."""
    inside, part = _overlap(image.shape, cutout.left, cutout.top, cutout.alpha.shape)
    cover = cutout.alpha[part]
    if not cover.size:
        return
    behind = cv2.multiply(image[inside], cv2.merge([255 - cover] * 3), scale=1 / 255)
    image[inside] = cv2.add(behind, cutout.colour[part])  # αF + (1 − α)B
    alpha[inside] += cover / np.float32(255) * (1 - alpha[inside])


def _cast_shadow(image: Image, cutout: Cutout, row: float) -> None:
    """Darken the image, in place, by the shadow that the cutout casts towards the viewer."""
    left, top, shade = cast(cutout, row)
    inside, part = _overlap(image.shape, left, top, shade.shape)
    image[inside] = np.rint(image[inside] * (1 - np.float32(SHADE / 255) * shade[part][..., None]))


def cast(cutout: Cutout, row: float) -> tuple[int, int, Grey]:
    """Cast the shadow of a cutout that stands at `row`: its left, its top, and its strength, uint8 (H, W), 0..255."""
    slant, squash = 0.55, 0.34  # pixels to the right and down per pixel of height
    height = row - cutout.top
    size = (round(cutout.alpha.shape[1] + slant * height), max(1, round(squash * height)))
    top = round(row)
    flat = np.array([[1, -slant / squash, 0], [0, -1 / squash, height]])  # from the shadow's pixels to the cutout's
    shade = cv2.warpAffine(cutout.alpha, flat, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    shade = np.pad(shade, 4)
    shade = cv2.GaussianBlur(shade, (0, 0), 0.4 + 0.012 * height)
    return cutout.left - 4, top - 4, np.asarray(shade, np.uint8)


def _overlap(shape: tuple[int, ...], left: int, top: int, size: tuple[int, ...]) -> tuple[Part, Part]:
    """The overlap of an image and a cutout at (left, top), as slices of the image and as slices of the cutout."""
    first_row, first_column = max(0, top), max(0, left)
    last_row, last_column = min(shape[0], top + size[0]), min(shape[1], left + size[1])
    inside = slice(first_row, max(first_row, last_row)), slice(first_column, max(first_column, last_column))
    part = tuple(slice(axis.start - edge, axis.stop - edge) for axis, edge in zip(inside, (top, left), strict=True))
    return inside, (part[0], part[1])
