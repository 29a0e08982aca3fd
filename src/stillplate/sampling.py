"""Which frames to look at, and the one pass that collects them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from stillplate.errors import ParameterError, TooFewFramesError
from stillplate.stack import SampleStack, StackBuilder
from stillplate.video.source import Frame, FrameSource

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
    source: FrameSource, samples: int, *, seed: int = 0, memory: int = 2**30, progress: Progress | None = None
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
        _collect(builder, source, samples, seed, progress)
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


def _collect(builder: StackBuilder, source: FrameSource, samples: int, seed: int, progress: Progress | None) -> None:
    claimed = source.info.frames
    if claimed is not None:
        picks = choose(claimed, samples, seed=seed)
        _fill(builder, source.take(picks), len(picks), progress)
        if len(builder) == len(picks):
            return
        builder.clear()  # the clip ends before its container says: spread anew over what there is
    _fill_reservoir(builder, source, samples, seed, progress)


def _fill(builder: StackBuilder, frames: Iterator[Frame], wanted: int, progress: Progress | None) -> None:
    for slot, frame in enumerate(frames):
        builder.put(slot, frame)
        if progress:
            progress(slot + 1, wanted)


def _fill_reservoir(
    builder: StackBuilder, source: FrameSource, samples: int, seed: int, progress: Progress | None
) -> None:
    random = np.random.default_rng(seed)
    for seen, frame in enumerate(source):
        slot = seen if seen < samples else int(random.integers(seen + 1))
        if slot < samples:
            builder.put(slot, frame)
        if progress:
            progress(seen + 1, None)
