"""Frames of a render beside their background and their neighbours, and their labels by other backgrounds."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import ExitStack, closing
from functools import reduce
from itertools import repeat
from typing import Any

import numpy as np

from stillplate.arrays import Labels
from stillplate.background.background import Background
from stillplate.background.cross_check import contested
from stillplate.background.in_time import moments
from stillplate.background.moment import Moment
from stillplate.io.source import Frame, FrameSource
from stillplate.rendering.pipeline import DEPTH, read_ahead
from stillplate.sampling.span import Span, within
from stillplate.segmentation.neighbour import Surroundings
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import FOREGROUND, MaskOptions
from stillplate.threads import mapped, processors

__all__ = ["Shown", "Told", "judged", "labels_beside"]

Shown = tuple[Frame, Surroundings | None]  # a frame, and what shows the ground that it hides
Told = tuple[Surroundings | None, Moment[Any] | None]  # this, and what the frame's neighbours say of it


def judged(
    frames: Iterable[Shown], background: Background, options: MaskOptions, *, temporal: bool
) -> Generator[tuple[Frame, Told]]:
    """Yield frames with what their neighbours say of them, unless each is to be judged by itself."""
    if not temporal:
        yield from ((frame, (surroundings, None)) for frame, surroundings in frames)
        return

    def observe(frame: Frame) -> Observation:
        return background.observe(frame.picture, frame.index)

    with closing(moments(frames, observe, options, processors())) as found:
        yield from ((moment.frame, (moment.beside, moment)) for moment in found)


def labels_beside(
    frames: FrameSource, span: Span, backgrounds: Sequence[Background], options: MaskOptions, *, temporal: bool
) -> Generator[Labels | None]:
    """Yield the least labels of each frame by other backgrounds than the first, the frames' own, of the same place.

    Those whose plate differs from the own one count, wherever one of them does; elsewhere, labels are foreground. None,
    without end, if none differs.
    """
    own, *others = backgrounds
    apart = [(other, where) for other in others if (where := contested(own, other)).any()]
    if not apart:
        yield from repeat(None)
        return
    anywhere = reduce(np.logical_or, (where for _, where in apart))
    with ExitStack() as stack:
        found = [
            stack.enter_context(closing(_labels_by(within(frames, span), other, options, temporal=temporal)))
            for other, _ in apart
        ]
        for labels in zip(*found, strict=True):
            yield np.where(anywhere, reduce(np.minimum, labels), np.uint8(FOREGROUND))


def _labels_by(
    frames: Iterable[Frame], background: Background, options: MaskOptions, *, temporal: bool
) -> Generator[Labels]:
    def labels(item: tuple[Frame, Told]) -> Labels:
        frame, (_, moment) = item
        return (moment or background.observe(frame.picture, frame.index)).labels(options)

    with (
        closing(read_ahead(((frame, None) for frame in frames), DEPTH)) as ahead,
        closing(judged(ahead, background, options, temporal=temporal)) as told,
        closing(mapped(labels, told, processors())) as found,
    ):
        yield from found
