"""Other appearances of part of the plate, such as a screen that shows another image."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stillplate.arrays import Flags, Image
from stillplate.imaging.extent import bounding_box
from stillplate.imaging.resize import downscale

__all__ = ["Appearance", "visible_appearances", "with_appearances"]


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """Another appearance of part of the plate.

    Attributes
    ----------
    corner : pair of int
        Column and row of the upper left pixel of the part, on the plate.
    image : uint8 array of shape (h, w, 3), RGB
        Colours of the part, in the plate's light.
    where : bool array of shape (h, w)
        Pixels of `image` that belong to the part.
    share : float
        Share of the samples that show this appearance, 0..1.
    """

    corner: tuple[int, int]
    image: Image
    where: Flags
    share: float

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns of the part on the plate."""
        (x, y), (height, width) = self.corner, self.where.shape
        return slice(y, y + height), slice(x, x + width)

    def over(self, plate: Image) -> Image:
        """Return the plate with this appearance: uint8 array of shape (H, W, 3), RGB."""
        changed = plate.copy()
        changed[self.part][self.where] = self.image[self.where]
        return changed

    def downscale(self, plate: Image, factor: int) -> Appearance:
        """Return the appearance on the plate reduced by `factor`; `plate` is the plate at full size."""
        changed = downscale(self.over(plate), factor)
        where = (changed != downscale(plate, factor)).any(axis=2)
        box = bounding_box(where)
        return replace(self, corner=(box[1].start, box[0].start), image=changed[box], where=where[box])


def visible_appearances(
    image: Image, appearances: Sequence[Appearance], show: Callable[[tuple[int, ...]], Image]
) -> tuple[int, ...]:
    """Return the numbers of the appearances that a frame shows.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
        The frame.
    appearances : sequence of Appearance
    show : callable
        Returns the plate with the appearances of the given numbers, registered and exposure-matched to the frame.

    Returns
    -------
    tuple of int
        An appearance is visible if more than half of its pixels are nearer to it than to the plate. So an object that
        hides less than half of the part does not change the answer.
    """
    visible: tuple[int, ...] = ()
    for number, appearance in enumerate(appearances):
        images = image, show(visible), show((*visible, number))
        seen, current, other = (one[appearance.part][appearance.where].astype(np.int16) for one in images)
        nearer = np.abs(seen - other).sum(axis=1) < np.abs(seen - current).sum(axis=1)
        if 2 * np.count_nonzero(nearer) > nearer.size:
            visible = (*visible, number)
    return visible


def with_appearances(plate: Image, appearances: Sequence[Appearance], numbers: Sequence[int]) -> Image:
    """Return the plate with the appearances of the given numbers: uint8 array of shape (H, W, 3), RGB."""
    for number in numbers:
        plate = appearances[number].over(plate)
    return plate
