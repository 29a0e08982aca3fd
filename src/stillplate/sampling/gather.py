"""The choice of the frames to sample, and the single pass that reads them."""

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
"""Takes the amount of work done and the total amount, which is None if it is unknown."""

FEWEST_FRAMES = 2  # frames, because motion cannot be detected in a single one
NEIGHBOUR_STRIDE = 4  # slots from one sample whose neighbour is kept at the size of masks to the next such sample


def choose(frames: int, samples: int, *, seed: int = 0) -> list[int]:
    """Choose frames by stratified random sampling: one at random from each of `samples` equal parts of the clip.

    Parameters
    ----------
    frames : int
        Length of the clip.
    samples : int
        Number of frames to choose; a clip with no more frames gives all of them.
    seed : int
        Seed of the random numbers; the same seed gives the same choice.

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

    If the length is unknown, or the frame rate does not determine which frames lie between `start` and `end`, reservoir
    sampling chooses uniformly among all frames read (Vitter 1985, algorithm R, doi:10.1145/3147.3165).

    Parameters
    ----------
    source : FrameSource
        The clip.
    samples : int
        Number of frames to keep; a shorter clip gives all of its frames.
    seed : int
        Seed of the random numbers; the same clip, samples and seed give the same stack.
    memory : int
        Size of the stack, in bytes, above which it is stored in a temporary file.
    neighbours : bool
        Whether to keep small images of the frames and of their neighbours as well, in which motion is detected.
    start, end : float or Fraction, optional
        Seconds from the first frame, both inclusive, between which frames are sampled.
    progress : callable, optional
        Called with the number of frames read so far and of frames wanted, which is None if the length is unknown.

    Returns
    -------
    SampleStack
        The sampled frames, in presentation order.

    Raises
    ------
    ParameterError
        If `samples` is less than 2, `seed` or a time is negative, or `end` comes before `start`.
    TooFewFramesError
        If fewer than 2 frames are found.
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
    """Read the frame that is shown at a time, in seconds from the first frame.

    Raises
    ------
    ParameterError
        If the time is negative or after the end of the clip.
    """
    moment = Span.of(time, None).start or Fraction(0)
    guess = int(moment * source.info.rate)
    before, *after = [*source.take([guess, guess + 1]), None, None][:2]
    if before is None or before.time > moment or after[0] is None or after[0].time <= moment:
        before = None
        for frame in source:  # the frame rate varies, or it is the clip's last frame
            if frame.time > moment:
                break
            before = frame
        else:
            _check_within(before, moment, source)
    assert before is not None  # the first frame is shown at 0
    return before


def _check_within(last: Frame | None, moment: Fraction, source: FrameSource) -> None:
    """Raise ParameterError if a time is later than the end of the last frame, shown for one nominal frame duration."""
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
    """Fill the builder; return the time of the last frame read, or 0 if only the chosen frames were read."""
    claimed = source.info.frames
    if claimed is not None:
        frames = span.indices(claimed, source.info.rate)
        picks = [frames.start + pick for pick in choose(len(frames), samples, seed=seed)]
        _fill(_SampleWriter(builder, neighbours), source, picks, _SpanCheck(frames, claimed, span), progress)
        if len(builder) == len(picks) and (not span or len(picks) >= FEWEST_FRAMES):
            return Fraction(0)
        builder.clear()  # the clip is shorter than its container states, or the frame rate varies: sample again
    return _fill_reservoir(_SampleWriter(builder, neighbours), source, samples, seed, span, progress)


class _SpanCheck:
    """Checks, by the times of the frames at both ends of a span, that the frame rate gives the right frame numbers."""

    def __init__(self, frames: range, claimed: int, span: Span) -> None:
        ends = {frames.start - 1, frames.start, frames.stop - 1, frames.stop} if span else set()
        self.frames = {index for index in ends if 0 <= index < claimed}
        self._within, self._span = frames, span

    def agrees(self, frame: Frame) -> bool:
        """Whether the frame's time and its number agree on whether it lies in the span; true for other frames."""
        return frame.index not in self.frames or (frame.index in self._within) == (frame.time in self._span)


class _SampleWriter:
    """Writes frames, given in presentation order, to their slots; with small images if neighbours are asked for."""

    def __init__(self, builder: StackBuilder, neighbours: bool) -> None:
        self.neighbours = neighbours
        self._builder = builder
        self._before: Image | None = None  # the previous frame, small
        self._before_whole: Image | None = None  # the previous frame, at full size
        self._before_index = -1
        self._first: Image | None = None  # frame 0, small, if it was sampled, because its neighbour is frame 1

    def __call__(self, frame: Frame, slot: int | None, *, neighbour: bool) -> None:
        """Write `frame` to `slot`, unless that is None; remember its small image if it is a sample or a neighbour."""
        if slot is not None:
            self._builder.put(slot, frame)
        if not self.neighbours or (slot is None and not neighbour):
            return
        small = shrink(frame.image)
        if slot is not None:
            adjacent = self._before_index == frame.index - 1
            self._builder.put_small(slot, small, self._before if adjacent else None)
            if adjacent and self._before_whole is not None and slot % NEIGHBOUR_STRIDE == 0:
                factor = working_factor(frame.image.shape[1])
                self._builder.put_neighbour(slot, downscale(self._before_whole, factor))
        if frame.index == 0:
            self._first = small if slot is not None else None
        elif frame.index == 1 and self._first is not None:
            self._builder.put_small(0, self._first, small)
        self._before, self._before_whole, self._before_index = small, frame.image, frame.index

    def clear(self) -> None:
        """Discard the frames written so far."""
        self._builder.clear()


def _fill(
    write: _SampleWriter, source: FrameSource, picks: list[int], check: _SpanCheck, progress: Progress | None
) -> None:
    """Write the picked frames; none of them if their times do not agree with the frame rate."""
    slots = {pick: slot for slot, pick in enumerate(picks)}
    neighbours = {pick - 1 if pick else 1 for pick in picks} if write.neighbours else set()
    for frame in source.take(sorted(slots.keys() | neighbours | check.frames)):
        slot = slots.get(frame.index)
        if not check.agrees(frame):
            write.clear()
            return
        write(frame, slot, neighbour=frame.index in neighbours)
        if progress and slot is not None:
            progress(slot + 1, len(picks))


def _fill_reservoir(
    write: _SampleWriter, source: FrameSource, samples: int, seed: int, span: Span, progress: Progress | None
) -> Fraction:
    """Write a uniform random choice of the frames in a span; return the time of the last frame read."""
    slots, before, reached, seen = pairwise(_reservoir(samples, seed)), None, Fraction(0), 0
    for frame in source:
        reached = frame.time
        if frame.time in span:
            if before is not None:
                write(before, None, neighbour=True)
            slot, following = next(slots)
            write(frame, slot, neighbour=following is not None or frame.index == 1)
            before, seen = None, seen + 1
        elif seen < FEWEST_FRAMES:
            before = frame
        else:
            break
        if progress:
            progress(frame.index + 1, None)
    return reached


def _reservoir(samples: int, seed: int) -> Iterator[int | None]:
    """Yield, for every frame read, the slot to which it is written; None if it is not sampled."""
    yield from range(samples)
    random = np.random.default_rng(seed)
    for seen in count(samples):
        slot = int(random.integers(seen + 1))
        yield slot if slot < samples else None
