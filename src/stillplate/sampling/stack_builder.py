"""Construction of a sample stack from single frames."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from stillplate.arrays import Image
from stillplate.errors import ParameterError
from stillplate.io.source import Frame
from stillplate.sampling.stack import SampleStack
from stillplate.sampling.stores import open_store

__all__ = ["StackBuilder"]


class StackBuilder:
    """Collects frames by slot, in any order, and builds a `SampleStack` of them.

    Parameters
    ----------
    width, height : int
        Size of each frame, in pixels.
    slots : int
        Number of frames, at most.
    memory : int
        Size of the frames, in bytes, above which they are stored in a temporary file.

    Raises
    ------
    ParameterError
        If `memory` is less than one row of all samples takes.
    """

    def __init__(self, width: int, height: int, slots: int, memory: int) -> None:
        row = slots * width * 3
        if memory < row:
            raise ParameterError(
                f"memory is {memory} bytes, but one row of {slots} samples takes {row}: "
                "allow more or take fewer samples"
            )
        self._size = (width, height)
        self._frames: dict[int, tuple[int, Fraction]] = {}
        self._small: dict[int, tuple[Image, Image | None]] = {}
        self._neighbours: dict[int, Image] = {}
        self._store = open_store(slots, height, width, memory)

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, slot: int, frame: Frame) -> None:
        """Store `frame` in `slot`, replacing the previous one."""
        self._store.write(slot, frame.image)
        self._frames[slot] = (frame.index, frame.time)
        self._small.pop(slot, None)
        self._neighbours.pop(slot, None)

    def put_small(self, slot: int, small: Image, neighbour: Image | None) -> None:
        """Store the small image of the frame in `slot`, and that of its neighbour if there is one."""
        self._small[slot] = (small, neighbour)

    def put_neighbour(self, slot: int, neighbour: Image) -> None:
        """Store the neighbour of the frame in `slot`, at the size at which masks are found."""
        self._neighbours[slot] = neighbour

    def clear(self) -> None:
        """Discard all frames."""
        self._frames.clear()
        self._small.clear()
        self._neighbours.clear()

    def close(self) -> None:
        """Delete the temporary file, if there is one, without building a stack."""
        self._store.close()

    def finish(self) -> SampleStack:
        """Build the stack of the stored frames, in presentation order."""
        slots = sorted(self._frames, key=lambda slot: self._frames[slot][0])
        indices, times = zip(*(self._frames[slot] for slot in slots), strict=True)
        small = neighbours = None
        if self._small:
            pairs = [self._small[slot] for slot in slots]
            small = np.stack([image for image, _ in pairs])
            neighbours = np.stack([image if neighbour is None else neighbour for image, neighbour in pairs])
        whole = {number: self._neighbours[slot] for number, slot in enumerate(slots) if slot in self._neighbours}
        return SampleStack(*self._size, indices, times, tuple(slots), self._store, small, neighbours, neighbours=whole)
