"""Another appearance of part of the plate, such as a screen that shows another picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from stillplate.arrays import Flags, Image
from stillplate.imaging.resize import downscale

__all__ = ["Appearance", "bounding_box", "visible_appearances", "with_appearances"]


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """Another look that a part of the scene takes at times.

    Attributes
    ----------
    corner : pair of int
        Column and row of the part's upper left pixel, in the plate.
    image : uint8 array of shape (h, w, 3), RGB
        What it looks like then, in the plate's light.
    where : bool array of shape (h, w)
        Which of these pixels are in the part.
    share : float
        Of the samples that have it, 0..1.
    """

    corner: tuple[int, int]
    image: Image
    where: Flags
    share: float

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns of the plate."""
        (x, y), (height, width) = self.corner, self.where.shape
        return slice(y, y + height), slice(x, x + width)

    def over(self, plate: Image) -> Image:
        """Show the plate with this look, uint8 of shape (H, W, 3), RGB."""
        changed = plate.copy()
        changed[self.part][self.where] = self.image[self.where]
        return changed

    def downscale(self, plate: Image, factor: int) -> Appearance:
        """Bring it down as the plate is, which is given in full size."""
        changed = downscale(self.over(plate), factor)
        where = (changed != downscale(plate, factor)).any(axis=2)
        box = bounding_box(where)
        return replace(self, corner=(box[1].start, box[0].start), image=changed[box], where=where[box])


def visible_appearances(
    image: Image, looks: Sequence[Appearance], show: Callable[[tuple[int, ...]], Image]
) -> tuple[int, ...]:
    """Tell the numbers of the looks that a frame has.

    Parameters
    ----------
    image : uint8 array of shape (H, W, 3), RGB
    looks : sequence of Look
    show : callable
        Shows the plate with the looks of these numbers, in the place and light of the frame.

    Returns
    -------
    tuple of int
        A part has the look that most of its pixels are nearest to; what passes before it hides less than that.
    """
    found: tuple[int, ...] = ()
    for number, look in enumerate(looks):
        pictures = image, show(found), show((*found, number))
        seen, ground, other = (picture[look.part][look.where].astype(np.int16) for picture in pictures)
        nearer = np.abs(seen - other).sum(axis=1) < np.abs(seen - ground).sum(axis=1)
        if 2 * np.count_nonzero(nearer) > nearer.size:
            found = (*found, number)
    return found


def with_appearances(plate: Image, looks: Sequence[Appearance], numbers: Sequence[int]) -> Image:
    """Show the plate with some of the looks, uint8 of shape (H, W, 3), RGB."""
    for number in numbers:
        plate = looks[number].over(plate)
    return plate


def bounding_box(where: Flags) -> tuple[slice, slice]:
    """Rows and columns that hold all of it; none where it is empty."""
    (rows,), (columns,) = np.nonzero(where.any(axis=1)), np.nonzero(where.any(axis=0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
