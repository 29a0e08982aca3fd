"""Which frames to look at, and the one pass that collects them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count, pairwise

import numpy as np

from stillplate.arrays import Image
from stillplate.errors import ParameterError, TooFewFramesError
from stillplate.imaging.resize import downscale, shrink, working_factor
from stillplate.io.naming import longer_clip_advice
from stillplate.io.phases import log_phase
from stillplate.io.source import Frame, FrameSource
from stillplate.sampling.span import Seconds, Span
from stillplate.sampling.stack import SampleStack
from stillplate.sampling.stack_builder import StackBuilder

__all__ = ["FEWEST_FRAMES", "Progress", "choose", "frame_at", "gather"]

Progress = Callable[[int, int | None], None]
"""Called with how much is done and how much there is to do, where that is known."""

FEWEST_FRAMES = 2  # one frame cannot tell what moves
APART = 4  # slots from one to the next whose neighbour is kept at the size that masks are found on


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
    start: Seconds | None = None,
    end: Seconds | None = None,
    progress: Progress | None = None,
) -> SampleStack:
    """Read `samples` frames spread over the clip, or over a part of it, into a stack, in one pass.

    Where the length is unknown, or the rate of the frames does not tell which lie between `start` and `end`, a
    reservoir keeps a uniform random choice of all frames seen (Vitter 1985, algorithm R, doi:10.1145/3147.3165).

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
    start, end : float or Fraction, optional
        Seconds from the first frame, both moments among them: no frame before or after is sampled.
    progress : callable, optional
        Called with the frames taken so far and the frames wanted (None where the length is unknown).

    Returns
    -------
    SampleStack
        The sampled frames in the order of time.

    Raises
    ------
    ParameterError
        If `samples` is less than 2, `seed` or a time is negative, or `end` comes before `start`.
    TooFewFramesError
        If there is a single frame, or none.
    """
    if samples != int(samples) or samples < FEWEST_FRAMES:
        raise ParameterError(f"samples is {samples}, but a whole number, at least {FEWEST_FRAMES}, is needed")
    if seed < 0:
        raise ParameterError(f"seed is {seed}, but 0 or more is needed")
    span = Span.of(start, end)
    log_phase("sample")
    builder = StackBuilder(source.info.width, source.info.height, samples, memory)
    try:
        reached = _collect(builder, source, samples, seed, span, neighbours, progress)
        if len(builder) < FEWEST_FRAMES:
            found = "1 frame" if len(builder) == 1 else "no frame"
            where = f" {span}" if span else ""
            mend = (
                f"the last of the clip is at {float(reached):.3f} s" if span else longer_clip_advice(source.info.path)
            )
            raise TooFewFramesError(
                f"{source.info.name}: {found} found{where}, but at least {FEWEST_FRAMES} are needed to tell what "
                f"moves: {mend}"
            )
    except BaseException:
        builder.close()
        raise
    return builder.finish()


def frame_at(source: FrameSource, time: Seconds) -> Frame:
    """Read the frame that is shown at a moment, in seconds from the first.

    Raises
    ------
    ParameterError
        If the clip is over by then, or the time is negative.
    """
    moment = Span.of(time, None).start or Fraction(0)
    guess = int(moment * source.info.rate)
    before, *after = [*source.take([guess, guess + 1]), None, None][:2]
    if before is None or before.time > moment or after[0] is None or after[0].time <= moment:
        before = None
        for frame in source:  # a rate that varies, or the clip's last frame
            if frame.time > moment:
                break
            before = frame
        else:
            _check_within(before, moment, source)
    assert before is not None  # the first frame is shown at 0
    return before


def _check_within(last: Frame | None, moment: Fraction, source: FrameSource) -> None:
    """Refuse a moment after the last frame has been shown, for as long as one is."""
    if last is None or moment >= last.time + 1 / source.info.rate:
        end = 0.0 if last is None else float(last.time)
        raise ParameterError(f"at is {float(moment):g} s, but the last frame of {source.info.name} is at {end:.3f} s")


def _collect(
    builder: StackBuilder,
    source: FrameSource,
    samples: int,
    seed: int,
    span: Span,
    neighbours: bool,
    progress: Progress | None,
) -> Fraction:
    """Fill the builder; say how far the clip was read, where it was read through."""
    claimed = source.info.frames
    if claimed is not None:
        frames = span.indices(claimed, source.info.rate)
        picks = [frames.start + pick for pick in choose(len(frames), samples, seed=seed)]
        _fill(_Keeper(builder, neighbours), source, picks, _Borders(frames, claimed, span), progress)
        if len(builder) == len(picks) and (not span or len(picks) >= FEWEST_FRAMES):
            return Fraction(0)
        builder.clear()  # the clip ends before its container says, or keeps another time: spread anew
    return _fill_reservoir(_Keeper(builder, neighbours), source, samples, seed, span, progress)


class _Borders:
    """The frames on either side of each end of a span: by their times, may the rate be relied on?"""

    def __init__(self, frames: range, claimed: int, span: Span) -> None:
        ends = {frames.start - 1, frames.start, frames.stop - 1, frames.stop} if span else set()
        self.frames = {index for index in ends if 0 <= index < claimed}
        self._within, self._span = frames, span

    def hold(self, frame: Frame) -> bool:
        """Whether the frame lies on the side of the end where its number puts it."""
        return frame.index not in self.frames or (frame.index in self._within) == (frame.time in self._span)


class _Keeper:
    """Puts frames, given in the order of time, into their slots; with small pictures where neighbours are asked for."""

    def __init__(self, builder: StackBuilder, neighbours: bool) -> None:
        self.neighbours = neighbours
        self._builder = builder
        self._before: Image | None = None  # the frame before, small ...
        self._before_whole: Image | None = None  # ... and whole
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
            if adjacent and self._before_whole is not None and slot % APART == 0:
                factor = working_factor(frame.image.shape[1])
                self._builder.put_neighbour(slot, downscale(self._before_whole, factor))
        if frame.index == 0:
            self._first = small if slot is not None else None
        elif frame.index == 1 and self._first is not None:
            self._builder.put_small(0, self._first, small)
        self._before, self._before_whole, self._before_index = small, frame.image, frame.index

    def forget(self) -> None:
        """Keep none of the frames given so far."""
        self._builder.clear()


def _fill(keep: _Keeper, source: FrameSource, picks: list[int], borders: _Borders, progress: Progress | None) -> None:
    """Keep the frames picked; none of them if their times are not what the rate told."""
    slots = {pick: slot for slot, pick in enumerate(picks)}
    neighbours = {pick - 1 if pick else 1 for pick in picks} if keep.neighbours else set()
    for frame in source.take(sorted(slots.keys() | neighbours | borders.frames)):
        slot = slots.get(frame.index)
        if not borders.hold(frame):
            keep.forget()
            return
        keep(frame, slot, neighbour=frame.index in neighbours)
        if progress and slot is not None:
            progress(slot + 1, len(picks))


def _fill_reservoir(
    keep: _Keeper, source: FrameSource, samples: int, seed: int, span: Span, progress: Progress | None
) -> Fraction:
    places, before, reached, seen = pairwise(_reservoir(samples, seed)), None, Fraction(0), 0
    for frame in source:
        reached = frame.time
        if frame.time in span:
            if before is not None:
                keep(before, None, neighbour=True)
            slot, following = next(places)
            keep(frame, slot, neighbour=following is not None or frame.index == 1)
            before, seen = None, seen + 1
        elif seen < FEWEST_FRAMES:
            before = frame
        else:
            break
        if progress:
            progress(frame.index + 1, None)
    return reached


def _reservoir(samples: int, seed: int) -> Iterator[int | None]:
    """For every frame that passes, the slot that it takes; None where it takes none."""
    yield from range(samples)
    random = np.random.default_rng(seed)
    for seen in count(samples):
        slot = int(random.integers(seen + 1))
        yield slot if slot < samples else None
