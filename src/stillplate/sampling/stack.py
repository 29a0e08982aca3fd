"""The sampled frames: in memory, or spilled to a file where they would take too much of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.imaging.resize import SMALL, shrink
from stillplate.imaging.transform import Transform
from stillplate.imaging.warping import TILE, Size
from stillplate.sampling.canvas_store import WarpedFrames
from stillplate.sampling.stores import Store

__all__ = ["Relight", "SampleStack", "small_pictures"]

Relight = Callable[[Image, int], Image]
"""Called with a sample's picture and its number."""


LARGEST_SMALL = 640  # pixels, long side of a small canvas: frames on a very large one are smaller than that


@dataclass(frozen=True, slots=True)
class SampleStack:
    """T sampled frames of one size, in the order of time; a context manager that frees them.

    Attributes
    ----------
    width, height : int
        Of each frame, in pixels.
    indices : tuple of int
        Frame numbers, ascending.
    times : tuple of Fraction
        Seconds from the first frame of the clip.
    small : uint8 array of shape (T, h, w, 3), RGB, or None
        The frames at 160 pixels or less, where they were asked for.
    small_neighbours : uint8 array of shape (T, h, w, 3), RGB, or None
        So small, each frame's neighbour in the clip: the one before it; the one after for the first.
    neighbours : dict of int to uint8 array of shape (h, w, 3), RGB
        The neighbours of some frames, by the frame's number among the samples, at the size that masks are found on;
        empty where they were not asked for, or the samples are no longer as they were taken.
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
        return band if self._tables is None else _looked_up(band, self._tables)

    def image(self, number: int) -> Image:
        """Read one sample: uint8 array of shape (H, W, 3), RGB."""
        one = slice(number, number + 1)
        images = self._store.read(self._slots[one], slice(0, self.height))
        if self._relight is not None:
            return self._relight(images[0], number)
        return np.asarray((images if self._tables is None else _looked_up(images, self._tables[one]))[0])

    def frame(self, number: int) -> Image:
        """Read one sample as it was taken, even if it is placed on a canvas: uint8 array of shape (h, w, 3), RGB."""
        if not isinstance(self._store, WarpedFrames):
            return self.image(number)
        frame = self._store.frame(self._slots[number])
        return frame if self._tables is None else _looked_up(frame[None], self._tables[number : number + 1])[0]

    def replace(self, number: int, image: Image) -> None:
        """Put another picture in the place of a frame, as where it is registered to the others."""
        assert not isinstance(self._store, WarpedFrames)  # their rows are made when they are read
        self._store.write(self._slots[number], image)
        self.neighbours.pop(number, None)
        if self.small is not None:
            self.small[number] = shrink(image)

    def looked_up(self, tables: Image) -> SampleStack:
        """See the same samples with other levels; what is stored stays as it is.

        Parameters
        ----------
        tables : uint8 array of shape (T, 256, 1, 3)
            For each sample, and its neighbour, what each level of red, green and blue becomes.

        Returns
        -------
        SampleStack
        """
        small, neighbours = (
            None if pictures is None else _looked_up(pictures, tables)
            for pictures in (self.small, self.small_neighbours)
        )
        beside = {number: _looked_up(image[None], tables[number][None])[0] for number, image in self.neighbours.items()}
        return replace(self, small=small, small_neighbours=neighbours, neighbours=beside, _tables=tables)

    def chosen(self, numbers: Sequence[int]) -> SampleStack:
        """See some of the samples only, as they were taken; `numbers` ascend."""
        small, neighbours = (
            None if pictures is None else pictures[list(numbers)] for pictures in (self.small, self.small_neighbours)
        )
        return replace(
            self,
            indices=tuple(self.indices[number] for number in numbers),
            times=tuple(self.times[number] for number in numbers),
            _slots=tuple(self._slots[number] for number in numbers),
            small=small,
            small_neighbours=neighbours,
            neighbours={new: self.neighbours[old] for new, old in enumerate(numbers) if old in self.neighbours},
        )

    def relit(self, relight: Relight, small: Image) -> SampleStack:
        """See the same samples in another light, one by one or small; what is stored, and its rows, stay as they are.

        Parameters
        ----------
        relight : callable
            What becomes of a sample.
        small : uint8 array of shape (T, h, w, 3), RGB
            What becomes of the small pictures.

        Returns
        -------
        SampleStack
        """
        return replace(self, small=small, neighbours={}, _tables=None, _relight=relight)

    def placed(self, transforms: Mapping[int, Transform], beside: Mapping[int, Transform], canvas: Size) -> SampleStack:
        """See the same samples where they lie on a larger canvas, black around; they are warped when they are read.

        Parameters
        ----------
        transforms : mapping of int to Transform
            From the frame to the canvas, for each sample, by its number, that is to be there; ascending.
        beside : mapping of int to Transform
            The same for the sample's neighbour.
        canvas : (int, int)
            Its width and height, in pixels.

        Returns
        -------
        SampleStack
            Its small pictures are so large that a frame has 160 pixels on them, but 640 at most.
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
        neighbours = [_small_placed(self.small_neighbours[n], size, beside[n], canvas, small[0]) for n in numbers]
        return replace(placed, small=small, small_neighbours=np.stack(neighbours))

    def bands(self, memory: int) -> Iterator[tuple[slice, Image]]:
        """Walk down the picture in bands of rows that take at most `memory` bytes each (one row at least).

        Yields
        ------
        rows : slice
            Where the band lies.
        images : uint8 array of shape (T, rows, W, 3), RGB
        """
        step = max(1, memory // (len(self) * self.width * 3))
        if isinstance(self._store, WarpedFrames) and step > TILE:
            step -= step % TILE
        for top in range(0, self.height, step):
            rows = slice(top, min(top + step, self.height))
            yield rows, self.rows(rows)


def canvas_side(size: Size, canvas: Size) -> int:
    """Pixels on the longer side of a small picture of a canvas on which lie frames of a size."""
    return min(LARGEST_SMALL, round(max(canvas) * min(1.0, SMALL / max(size))))


def _small_placed(picture: Image, size: Size, transform: Transform, canvas: Size, like: Image) -> Image:
    """Put the small picture of a frame on the small canvas, which is as large as another one."""
    import cv2

    from_small = _scaling(size, (picture.shape[1], picture.shape[0]))
    to_small = np.linalg.inv(_scaling(canvas, (like.shape[1], like.shape[0])))
    matrix = to_small @ transform.matrix @ from_small
    return np.asarray(cv2.warpPerspective(picture, matrix, (like.shape[1], like.shape[0])), np.uint8)


def _scaling(large: Size, small: Size) -> npt.NDArray[np.float64]:
    """The homography from the pixels of a small picture to those of the large one."""
    across, down = large[0] / small[0], large[1] / small[1]
    return np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])


def _looked_up(images: Image, tables: Image) -> Image:
    import cv2

    return np.stack([cv2.LUT(image, table) for image, table in zip(images, tables, strict=True)])


def small_pictures(stack: SampleStack) -> Image:
    """The samples at 160 pixels: uint8 array of shape (T, h, w, 3), RGB."""
    if stack.small is not None:
        return stack.small
    return np.stack([shrink(stack.image(number)) for number in range(len(stack))])
