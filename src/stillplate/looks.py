"""Parts of a scene that take more looks than one, at random: a screen, a sign, a door, a lamp that flickers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from stillplate.cleanup import block, square
from stillplate.stack import SampleStack, shrink
from stillplate.video.source import Image
from stillplate.working_size import brought_down

__all__ = ["Look", "find_looks", "overlaid", "which"]

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.intp]
Floats = npt.NDArray[np.float32]

APART = 16.0  # levels by which a look differs from the plate, the channel farthest off: what masks would show
ALIKE = 0.6  # of that, and less: the same look
OFTEN, RUNS = 1 / 8, 4  # a look is that of so many samples, and came back so many times: who does that ...
TOGETHER = 0.8  # ... in the same outline: so much of it must be alike
CRISP = 0.25  # of the samples with the look may have more around it: arms around a chest
SMALLEST, LARGEST = 0.002, 0.25  # of the picture: more is a light, or another scene


@dataclass(frozen=True, slots=True, eq=False)
class Look:
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

    def brought_down(self, plate: Image, factor: int) -> Look:
        """Bring it down as the plate is, which is given in full size."""
        changed = brought_down(self.over(plate), factor)
        where = (changed != brought_down(plate, factor)).any(axis=2)
        box = _box(where)
        return replace(self, corner=(box[1].start, box[0].start), image=changed[box], where=where[box])


def which(image: Image, plate: Image, looks: Sequence[Look]) -> tuple[int, ...]:
    """Tell the numbers of the looks that a frame has.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        In the same place and light.
    looks : sequence of Look

    Returns
    -------
    tuple of int
        A part has the look that most of its pixels are nearest to; what passes before it hides less than that.
    """
    found = []
    for number, look in enumerate(looks):
        pictures = image[look.part], plate[look.part], look.image
        seen, ground, other = (picture[look.where].astype(np.int16) for picture in pictures)
        nearer = np.abs(seen - other).sum(axis=1) < np.abs(seen - ground).sum(axis=1)
        if 2 * np.count_nonzero(nearer) > nearer.size:
            found.append(number)
            plate = look.over(plate)
    return tuple(found)


def overlaid(plate: Image, looks: Sequence[Look], numbers: Sequence[int]) -> Image:
    """Show the plate with some of the looks, uint8 of shape (H, W, 3), RGB."""
    for number in numbers:
        plate = looks[number].over(plate)
    return plate


def find_looks(stack: SampleStack, plate: Image) -> tuple[Look, ...]:
    """Find the parts of a scene that take other looks, again and again.

    Parameters
    ----------
    stack : SampleStack
        With small pictures; in one light and place.
    plate : uint8 array of shape (H, W, 3), RGB

    Returns
    -------
    tuple of Look
        In the order in which they are first seen.

    Notes
    -----
    Where a small sample differs from the plate by 16 levels, what hangs together is tried: the samples that
    differ there, too, and are like it on 70 % of it, have the same look. It is one of the scene if that is a twelfth of
    all samples, which come and go four times or more, and if it ends at a crisp outline in them. What passes is never
    quite in the same place again; he who comes back to his chair has his arms elsewhere each time.
    """
    import cv2

    if stack.small is None or len(stack) < 2 * RUNS:
        return ()
    ground = shrink(plate, max(stack.small.shape[1:3]))
    samples = np.stack([cv2.blur(sample, (3, 3)) for sample in stack.small]).astype(np.int16)
    far = np.abs(samples - cv2.blur(ground, (3, 3))).max(axis=3) > APART
    looks: list[Look] = []
    for number in range(len(samples)):
        for part, there in _parts(samples, far, number):
            looks.append(_look(stack, plate, part, there))
            far[there] &= ~part
    return tuple(looks)


def _parts(samples: npt.NDArray[np.int16], far: Flags, number: int) -> Iterator[tuple[Flags, Numbers]]:
    """Find the parts of one sample that have a look again and again: bool (h, w), and the numbers of the samples."""
    import cv2

    often = far.sum(axis=0) >= OFTEN * len(samples)
    here = far[number] & often
    whole = cv2.morphologyEx(here.view(np.uint8), cv2.MORPH_CLOSE, square(3))  # a look may equal the plate in places
    count, regions, stats, _ = cv2.connectedComponentsWithStats(whole, connectivity=4)
    for region in range(1, count):
        x, y, width, height, area = stats[region].tolist()
        if not SMALLEST * regions.size <= area <= LARGEST * regions.size:
            continue
        box = (slice(y, y + height), slice(x, x + width))
        inside = (regions[box] == region) & here[box]
        like = np.abs(samples[:, *box] - samples[number][box]).max(axis=3) < ALIKE * APART
        there = (far[:, *box] & like)[:, inside].mean(axis=1) >= TOGETHER
        gone = (~far[:, *box])[:, inside].mean(axis=1) >= TOGETHER
        if _returns(there, gone) < RUNS or np.count_nonzero(there) < OFTEN * len(samples):
            continue
        part = np.zeros(regions.shape, np.bool_)
        part[box] = inside & ((far[:, *box] & like)[there].mean(axis=0) >= TOGETHER)
        if part.mean() >= SMALLEST and _crisp(part, far[there]):
            yield part, np.flatnonzero(there)


def _returns(there: Flags, gone: Flags) -> int:
    """How many times it comes after it was gone; what is hidden, or is something else, is neither."""
    known = there[there | gone]
    return int(np.count_nonzero(known[1:] & ~known[:-1]))


def _crisp(part: Flags, far: Flags) -> bool:
    """Whether the part ends where it does in all samples that have the look: around it they show the plate."""
    import cv2

    whole = part.view(np.uint8)
    ring = (cv2.dilate(whole, square(7)) > 0) & (cv2.dilate(whole, square(5)) == 0)
    return bool(not ring.any() or far[:, ring].mean() < CRISP)


def _look(stack: SampleStack, plate: Image, part: Flags, there: Numbers) -> Look:
    """Take the look from the samples that have it, in full size."""
    import cv2

    height, width, _ = plate.shape
    around = cv2.dilate(part.view(np.uint8), block(1))
    large = cv2.resize(around, (width, height), interpolation=cv2.INTER_NEAREST).view(np.bool_)
    box = _box(large)
    seen = np.stack([stack.image(number)[box] for number in there.tolist()])
    image = np.asarray(np.median(seen, axis=0), np.uint8)
    where = large[box] & (cv2.absdiff(image, plate[box]).max(axis=2) > ALIKE * APART)
    rows, columns = _box(where)
    corner = box[1].start + columns.start, box[0].start + rows.start
    return Look(corner, image[rows, columns], where[rows, columns], len(there) / len(stack))


def _box(where: Flags) -> tuple[slice, slice]:
    """Rows and columns that hold all of it; none where it is empty."""
    (rows,), (columns,) = np.nonzero(where.any(axis=1)), np.nonzero(where.any(axis=0))
    if not rows.size:
        return slice(0, 0), slice(0, 0)
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
