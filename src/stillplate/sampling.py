"""Which frames to look at, and the one pass that collects them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, pairwise

import numpy as np

from stillplate.errors import ParameterError, TooFewFramesError
from stillplate.stack import SampleStack, StackBuilder, shrink
from stillplate.video.source import Frame, FrameSource, Image

__all__ = ["Progress", "choose", "gather"]

Progress = Callable[[int, int | None], None]
"""Called with how much is done and how much there is to do, where that is known."""

FEWEST_FRAMES = 2  # one frame cannot tell what moves


def choose(frames: int, samples: int, *, seed: int = 0) -> list[int]:
    """Choose frames by stratified random sampling: one at random out of each of `samples` equal parts.

    Parameters
    ----------
    frames : int
        Length of the clip.
    samples : int
        How many to choose; all, if the clip has no more than that.
    seed : int
        Same seed, same choice.

    Returns
    -------
    list of int
        Strictly ascending frame numbers in 0..frames-1.
    """
    if frames <= samples:
        return list(range(frames))
    edges = [part * frames // samples for part in range(samples + 1)]
    return [int(pick) for pick in np.random.default_rng(seed).integers(edges[:-1], edges[1:])]


def gather(
    source: FrameSource,
    samples: int,
    *,
    seed: int = 0,
    memory: int = 2**30,
    neighbours: bool = False,
    progress: Progress | None = None,
) -> SampleStack:
    """Read `samples` frames spread over the clip into a stack, in one pass.

    Where the length is unknown, a reservoir keeps a uniform random choice of all frames seen (Vitter 1985,
    algorithm R, doi:10.1145/3147.3165).

    Parameters
    ----------
    source : FrameSource
    samples : int
        How many frames to keep; a shorter clip gives all of its frames.
    seed : int
        Same clip, samples and seed: same stack.
    memory : int
        Bytes the stack may take; a larger one goes to a temporary file.
    neighbours : bool
        Whether to keep small pictures of the frames and of their neighbours as well, which tell what moves.
    progress : callable, optional
        Called with the frames taken so far and the frames wanted (None where the length is unknown).

    Returns
    -------
    SampleStack
        The sampled frames in the order of time.

    Raises
    ------
    ParameterError
        If `samples` is less than 2 or `seed` is negative.
    TooFewFramesError
        If the clip has a single frame.
    """
    if samples != int(samples) or samples < FEWEST_FRAMES:
        raise ParameterError(f"samples is {samples}, but a whole number, at least {FEWEST_FRAMES}, is needed")
    if seed < 0:
        raise ParameterError(f"seed is {seed}, but 0 or more is needed")
    builder = StackBuilder(source.info.width, source.info.height, samples, memory)
    try:
        _collect(builder, source, samples, seed, neighbours, progress)
        if len(builder) < FEWEST_FRAMES:
            found = "1 frame" if len(builder) == 1 else "no frame"
            raise TooFewFramesError(
                f"{source.info.name}: {found} found, but at least {FEWEST_FRAMES} are needed to tell what moves: "
                "give a longer clip"
            )
    except BaseException:
        builder.close()
        raise
    return builder.finish()


def _collect(
    builder: StackBuilder, source: FrameSource, samples: int, seed: int, neighbours: bool, progress: Progress | None
) -> None:
    keep = _Keeper(builder, neighbours)
    claimed = source.info.frames
    if claimed is not None:
        picks = choose(claimed, samples, seed=seed)
        _fill(keep, source, picks, progress)
        if len(builder) == len(picks):
            return
        builder.clear()  # the clip ends before its container says: spread anew over what there is
    _fill_reservoir(keep, source, samples, seed, progress)


class _Keeper:
    """Puts frames, given in the order of time, into their slots; with small pictures where neighbours are asked for."""

    def __init__(self, builder: StackBuilder, neighbours: bool) -> None:
        self.neighbours = neighbours
        self._builder = builder
        self._before: Image | None = None  # the frame before, small
        self._before_index = -1
        self._first: Image | None = None  # frame 0, small, if it was kept: its neighbour comes after it

    def __call__(self, frame: Frame, slot: int | None, *, neighbour: bool) -> None:
        """Keep `frame` in `slot`, if that is given; small, also where it is the neighbour of one that is kept."""
        if slot is not None:
            self._builder.put(slot, frame)
        if not self.neighbours or (slot is None and not neighbour):
            return
        small = shrink(frame.image)
        if slot is not None:
            adjacent = self._before_index == frame.index - 1
            self._builder.put_small(slot, small, self._before if adjacent else None)
        if frame.index == 0:
            self._first = small if slot is not None else None
        elif frame.index == 1 and self._first is not None:
            self._builder.put_small(0, self._first, small)
        self._before, self._before_index = small, frame.index


def _fill(keep: _Keeper, source: FrameSource, picks: list[int], progress: Progress | None) -> None:
    slots = {pick: slot for slot, pick in enumerate(picks)}
    neighbours = {pick - 1 if pick else 1 for pick in picks} if keep.neighbours else set()
    for frame in source.take(sorted(slots.keys() | neighbours)):
        slot = slots.get(frame.index)
        keep(frame, slot, neighbour=frame.index in neighbours)
        if progress and slot is not None:
            progress(slot + 1, len(picks))


def _fill_reservoir(keep: _Keeper, source: FrameSource, samples: int, seed: int, progress: Progress | None) -> None:
    for seen, (frame, (slot, following)) in enumerate(zip(source, pairwise(_reservoir(samples, seed)), strict=False)):
        keep(frame, slot, neighbour=following is not None or seen == 1)
        if progress:
            progress(seen + 1, None)


def _reservoir(samples: int, seed: int) -> Iterator[int | None]:
    """For every frame that passes, the slot that it takes; None where it takes none."""
    yield from range(samples)
    random = np.random.default_rng(seed)
    for seen in count(samples):
        slot = int(random.integers(seen + 1))
        yield slot if slot < samples else None
