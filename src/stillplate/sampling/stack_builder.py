"""Sampled frames taken up one by one, until they are a stack."""

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
    """Takes up frames slot by slot, in any order, and becomes a `SampleStack`.

    Parameters
    ----------
    width, height : int
        Of each frame, in pixels.
    slots : int
        How many frames it can hold.
    memory : int
        Bytes it may take; if the frames take more, they are kept in a temporary file.

    Raises
    ------
    ParameterError
        If `memory` would not hold a single row of samples.
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
        """Keep `frame` in `slot`, in place of what was there."""
        self._store.write(slot, frame.image)
        self._frames[slot] = (frame.index, frame.time)
        self._small.pop(slot, None)
        self._neighbours.pop(slot, None)

    def put_small(self, slot: int, small: Image, neighbour: Image | None) -> None:
        """Keep the small picture of the frame in `slot`, and its neighbour's where there is one."""
        self._small[slot] = (small, neighbour)

    def put_neighbour(self, slot: int, neighbour: Image) -> None:
        """Keep the neighbour of the frame in `slot`, at the size that masks are found on."""
        self._neighbours[slot] = neighbour

    def clear(self) -> None:
        """Forget all frames."""
        self._frames.clear()
        self._small.clear()
        self._neighbours.clear()

    def close(self) -> None:
        """Give up: delete the temporary file, if there is one."""
        self._store.close()

    def finish(self) -> SampleStack:
        """Close the stack: the frames kept, in the order of time."""
        slots = sorted(self._frames, key=lambda slot: self._frames[slot][0])
        indices, times = zip(*(self._frames[slot] for slot in slots), strict=True)
        small = neighbours = None
        if self._small:
            pairs = [self._small[slot] for slot in slots]
            small = np.stack([picture for picture, _ in pairs])
            neighbours = np.stack([picture if other is None else other for picture, other in pairs])
        beside = {number: self._neighbours[slot] for number, slot in enumerate(slots) if slot in self._neighbours}
        return SampleStack(*self._size, indices, times, tuple(slots), self._store, small, neighbours, neighbours=beside)
