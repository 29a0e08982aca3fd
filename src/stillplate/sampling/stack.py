"""The stack of sampled frames, from which the plate is made."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import TracebackType
from typing import Self

import numpy as np

from stillplate.arrays import Image
from stillplate.imaging.homography import scaling_matrix
from stillplate.imaging.resize import SMALL, shrink
from stillplate.imaging.transform import Transform
from stillplate.imaging.warping import TILE, Size
from stillplate.sampling.canvas_store import WarpedFrames
from stillplate.sampling.stores import JoinedStores, Store

__all__ = ["Relight", "SampleStack", "small_pictures"]

Relight = Callable[[Image, int], Image]
"""Takes a sample's image and its number, and returns the image in another light."""


SEAM = 1  # seconds from the last sample of a clip to the first frame of the next one in a joined stack
LARGEST_SMALL = 640  # pixels, longer side of a small canvas, at most


@dataclass(frozen=True, slots=True)
class SampleStack:
    """T sampled frames of one size, in presentation order; a context manager that frees them.

    Attributes
    ----------
    width, height : int
        Size of each frame, in pixels.
    indices : tuple of int
        Frame numbers, ascending.
    times : tuple of Fraction
        Seconds from the first frame of the clip.
    small : uint8 array of shape (T, h, w, 3), RGB, or None
        The frames reduced to at most 160 pixels; None unless neighbours were asked for.
    small_neighbours : uint8 array of shape (T, h, w, 3), RGB, or None
        The frame before each sample, or after it for frame 0, reduced to the same size.
    neighbours : dict of int to uint8 array of shape (h, w, 3), RGB
        The frame before some of the samples, by the number of the sample, at the size at which masks are found; empty
        if neighbours were not asked for, or the samples were relit or placed on a canvas.
    """

    width: int
    height: int
    indices: tuple[int, ...]
    times: tuple[Fraction, ...]
    _slots: tuple[int, ...]
    _store: Store | WarpedFrames
    small: Image | None = None
    small_neighbours: Image | None = None
    _tables: Image | None = None
    _relight: Relight | None = None
    neighbours: dict[int, Image] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.indices)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Delete the temporary file, if there is one. Safe to call twice."""
        self._store.close()

    def rows(self, rows: slice) -> Image:
        """Read one band: uint8 array of shape (T, rows, W, 3), RGB."""
        band = self._store.read(self._slots, rows)
        return band if self._tables is None else _apply_tables(band, self._tables)

    def image(self, number: int) -> Image:
        """Read one sample: uint8 array of shape (H, W, 3), RGB."""
        single = slice(number, number + 1)
        images = self._store.read(self._slots[single], slice(0, self.height))
        if self._relight is not None:
            return self._relight(images[0], number)
        return np.asarray((images if self._tables is None else _apply_tables(images, self._tables[single]))[0])

    def frame(self, number: int) -> Image:
        """Read one sample without warping it to the canvas: uint8 array of shape (h, w, 3), RGB."""
        if not isinstance(self._store, WarpedFrames):
            return self.image(number)
        frame = self._store.frame(self._slots[number])
        return frame if self._tables is None else _apply_tables(frame[None], self._tables[number : number + 1])[0]

    def replace(self, number: int, image: Image) -> None:
        """Replace the image of one sample, for example by its registration to the others."""
        assert not isinstance(self._store, WarpedFrames)  # their rows are computed when they are read
        self._store.write(self._slots[number], image)
        self.neighbours.pop(number, None)
        if self.small is not None:
            self.small[number] = shrink(image)

    def looked_up(self, tables: Image) -> SampleStack:
        """The same samples, with a look-up table applied to each when it is read; the stored frames do not change.

        Parameters
        ----------
        tables : uint8 array of shape (T, 256, 1, 3)
            New level for each level of red, green and blue, for each sample and its neighbour.

        Returns
        -------
        SampleStack
        """
        small, neighbours = (
            None if images is None else _apply_tables(images, tables) for images in (self.small, self.small_neighbours)
        )
        whole_neighbours = {
            number: _apply_tables(image[None], tables[number][None])[0] for number, image in self.neighbours.items()
        }
        return replace(self, small=small, small_neighbours=neighbours, neighbours=whole_neighbours, _tables=tables)

    def joined(self, others: Sequence[SampleStack]) -> SampleStack:
        """These samples, followed by those of other stacks, which are of other clips.

        The numbers and times of each clip begin after those of the clip before, the times by `SEAM`. The `neighbours`
        are those of these samples alone.
        """
        stacks = [self, *others]
        indices, times, slots, starts = list(self.indices), list(self.times), list(self._slots), [0]
        for stack in others:
            starts.append(1 + max(slots))
            index, time = indices[-1] + 1, times[-1] + SEAM
            indices += [index + number for number in stack.indices]
            times += [time + moment for moment in stack.times]
            slots += [starts[-1] + slot for slot in stack._slots]
        small, neighbours = (
            None
            if any(images is None for images in parts)
            else np.concatenate([part for part in parts if part is not None])
            for parts in ([stack.small for stack in stacks], [stack.small_neighbours for stack in stacks])
        )
        return replace(
            self,
            indices=tuple(indices),
            times=tuple(times),
            _slots=tuple(slots),
            _store=JoinedStores([stack._stored for stack in stacks], starts),
            small=small,
            small_neighbours=neighbours,
        )

    @property
    def _stored(self) -> Store:
        """The store of samples that are read as they were stored."""
        assert not isinstance(self._store, WarpedFrames)
        assert self._tables is None and self._relight is None
        return self._store

    def chosen(self, numbers: Sequence[int]) -> SampleStack:
        """Some of the samples only, with ascending `numbers`."""
        small, neighbours, tables = (
            None if images is None else images[list(numbers)]
            for images in (self.small, self.small_neighbours, self._tables)
        )
        return replace(
            self,
            indices=tuple(self.indices[number] for number in numbers),
            times=tuple(self.times[number] for number in numbers),
            _slots=tuple(self._slots[number] for number in numbers),
            small=small,
            small_neighbours=neighbours,
            neighbours={new: self.neighbours[old] for new, old in enumerate(numbers) if old in self.neighbours},
            _tables=tables,
        )

    def relit(self, relight: Relight, small: Image) -> SampleStack:
        """The same samples in another light, when read as single or small images; `rows` and `bands` do not change.

        Parameters
        ----------
        relight : callable
            Takes a sample's image and its number, and returns the image in the other light.
        small : uint8 array of shape (T, h, w, 3), RGB
            The small images in the other light.

        Returns
        -------
        SampleStack
        """
        return replace(self, small=small, neighbours={}, _tables=None, _relight=relight)

    def placed(self, transforms: Mapping[int, Transform], beside: Mapping[int, Transform], canvas: Size) -> SampleStack:
        """Some of the samples on a larger canvas, black outside the frame; they are warped when they are read.

        Parameters
        ----------
        transforms : mapping of int to Transform
            Transform from the frame to the canvas, for each sample that is kept, by ascending number.
        beside : mapping of int to Transform
            The same for the sample's neighbour.
        canvas : (int, int)
            Width and height of the canvas, in pixels.

        Returns
        -------
        SampleStack
            Its small images are of a size at which a frame has 160 pixels, but of at most 640 pixels.
        """
        numbers, size = list(transforms), (self.width, self.height)
        matrices = {self._slots[number]: np.linalg.inv(transforms[number].matrix) for number in numbers}
        placed = SampleStack(
            *canvas,
            tuple(self.indices[number] for number in numbers),
            tuple(self.times[number] for number in numbers),
            tuple(self._slots[number] for number in numbers),
            WarpedFrames(self._store, matrices, size, canvas),
            _tables=None if self._tables is None else self._tables[numbers],
        )
        if self.small is None or self.small_neighbours is None:
            return placed
        side = canvas_side(size, canvas)
        small = np.stack([shrink(placed.image(number), side) for number in range(len(numbers))])
        neighbours = [_place_small(self.small_neighbours[n], size, beside[n], canvas, small[0]) for n in numbers]
        return replace(placed, small=small, small_neighbours=np.stack(neighbours))

    def bands(self, memory: int) -> Iterator[tuple[slice, Image]]:
        """Read the samples in bands of rows, from top to bottom, of at most `memory` bytes each but at least one row.

        Yields
        ------
        rows : slice
            Rows of the band.
        images : uint8 array of shape (T, rows, W, 3), RGB
            The band of every sample.
        """
        step = max(1, memory // (len(self) * self.width * 3))
        if isinstance(self._store, WarpedFrames) and step > TILE:
            step -= step % TILE
        for top in range(0, self.height, step):
            rows = slice(top, min(top + step, self.height))
            yield rows, self.rows(rows)


def canvas_side(size: Size, canvas: Size) -> int:
    """Longer side, in pixels, of the small image of a canvas that holds frames of `size`."""
    return min(LARGEST_SMALL, round(max(canvas) * min(1.0, SMALL / max(size))))


def _place_small(image: Image, size: Size, transform: Transform, canvas: Size, like: Image) -> Image:
    """Warp the small image of a frame of `size` to the small canvas, of the same size as the image `like`."""
    import cv2

    small_canvas = (like.shape[1], like.shape[0])
    from_small = scaling_matrix((image.shape[1], image.shape[0]), size)
    to_small = np.linalg.inv(scaling_matrix(small_canvas, canvas))
    matrix = to_small @ transform.matrix @ from_small
    return np.asarray(cv2.warpPerspective(image, matrix, small_canvas), np.uint8)


def _apply_tables(images: Image, tables: Image) -> Image:
    import cv2

    return np.stack([cv2.LUT(image, table) for image, table in zip(images, tables, strict=True)])


def small_pictures(stack: SampleStack) -> Image:
    """The samples reduced to at most 160 pixels: uint8 array of shape (T, h, w, 3), RGB."""
    if stack.small is not None:
        return stack.small
    return np.stack([shrink(stack.image(number)) for number in range(len(stack))])
