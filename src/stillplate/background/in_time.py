"""Masks of frames in a row: what each frame shows is found by itself, then judged beside its neighbours."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import replace
from typing import TypeVar, Unpack

import numpy as np

from stillplate.arrays import AnyArray, Image, Mask
from stillplate.background.falling import Falling, check_stands, falling
from stillplate.background.lasting import Look, lasting
from stillplate.background.moment import Moment
from stillplate.background.per_frame import PerFrame
from stillplate.background.switching import switches_told
from stillplate.errors import ParameterError
from stillplate.io.source import NOMINAL_RATE, Frame, as_rgb
from stillplate.kernels import BitMask
from stillplate.segmentation.carrying import MOST_STEPS, Carried, joined
from stillplate.segmentation.found import UNKNOWN_LIGHT
from stillplate.segmentation.moving_camera import MovingCamera
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import MaskKeywords, MaskOptions
from stillplate.threads import mapped, processors

__all__ = ["InTime", "moments"]

T = TypeVar("T")


class InTime(PerFrame):
    """The methods of a background that take frames in a row."""

    __slots__ = ()

    def masks(
        self, frames: Iterable[Frame | AnyArray], **options: Unpack[MaskKeywords]
    ) -> Generator[tuple[Frame, Mask]]:
        """Mark what is not the plate in frames that follow one another, each judged beside its neighbours.

        Parameters
        ----------
        frames : iterable of Frame, or of uint8 arrays of shape (H, W, 3) or (H, W)
            Such as a source that `open_video` returns, or what its `take` yields. Arrays are numbered from 0. Frames
            whose numbers do not follow one another are not compared.
        **options
            As for `labels`.

        Yields
        ------
        frame : Frame
        mask : bool array of shape (H, W)
            As `mask` returns it, without what flickers. A frame that tells nothing by itself has the masks of its
            neighbours, carried along the flow over eight frames at most. With a threshold, or another cleanup than the
            default, the mask of each frame by itself.

        Raises
        ------
        ParameterError
            If an image is not of the frames' size, an option is outside its range, or a path is given.

        Notes
        -----
        A frame's mask is yielded after six more frames were read, eight more where there is something to carry, and
        sixteen more where the light changes; and as many as the threads work on. The generator raises what `frames`
        raises, when it gets there.

        Examples
        --------
        >>> import numpy as np, stillplate
        >>> images = np.full((5, 40, 60, 3), 90, np.uint8)
        >>> background = stillplate.fit(images)
        >>> [int(mask.sum()) for frame, mask in background.masks(images)]
        [0, 0, 0, 0, 0]
        """
        checked = MaskOptions.of("masks", options)
        return self._masks(_numbered(frames), checked)

    def _masks(self, frames: Iterable[Frame], options: MaskOptions) -> Generator[tuple[Frame, Mask]]:
        def observe(frame: Frame) -> Observation:
            return self.observe(frame.picture, frame.index)

        def by_itself(frame: Frame) -> tuple[Frame, Mask]:
            return frame, observe(frame).marked(options)

        def in_time(moment: Moment[None]) -> tuple[Frame, Mask]:
            return moment.frame, moment.marked(options)

        workers = processors()
        if options.by_frame:
            yield from mapped(by_itself, frames, workers)
            return
        with closing(moments(((frame, None) for frame in frames), observe, options, workers)) as found:
            yield from mapped(in_time, found, workers)

    def derained(self, frames: Iterable[Frame | AnyArray]) -> Generator[tuple[Frame, Image]]:
        """Show frames that follow one another without falling rain and snow; what moves stays as it is.

        Parameters
        ----------
        frames : iterable of Frame, or of uint8 arrays of shape (H, W, 3) or (H, W)
            As for `masks`.

        Yields
        ------
        frame : Frame
        image : uint8 array of shape (H, W, 3), RGB
            The frame's own pixels, but the plate, as the frame's camera and light show it, where a brightening of all
            channels alike is gone in most of the four frames before and after; before things, the frames beside it
            along the flow. Where no rain falls, the frame itself. Nothing is changed outside of `roi`.

        Raises
        ------
        ParameterError
            If the camera moves, an image is not of the frames' size, or a path is given.

        Notes
        -----
        A frame is yielded after five more frames were read, the first after nine, and as many as the threads work on.
        The method is that of Zhang et al. [1]_, with the plate for the darker of the two clusters of a pixel.

        References
        ----------
        .. [1] X. Zhang, H. Li, Y. Qi, W. K. Leow, T. K. Ng, "Rain removal in video by combining temporal and chromatic
           properties", ICME 2006. :doi:`10.1109/ICME.2006.262572`

        Examples
        --------
        >>> import numpy as np, stillplate
        >>> images = np.full((9, 40, 60, 3), 90, np.uint8)
        >>> for number in range(9):
        ...     images[number, 10:20, 6 * number + 2] = 180  # a drop of rain
        >>> background = stillplate.fit(images)
        >>> [int(image.max()) for frame, image in background.derained(images)]
        [90, 90, 90, 90, 90, 90, 90, 90, 90]
        """
        check_stands(moves=isinstance(self._model, MovingCamera))
        return self._derained(_numbered(frames))

    def _derained(self, frames: Iterable[Frame]) -> Generator[tuple[Frame, Image]]:
        def observe(item: tuple[Frame, None]) -> Observation:
            return self.observe(item[0].image, item[0].index)

        def cleared(one: Falling[None]) -> tuple[Frame, Image]:
            return one.frame, one.derained

        workers = processors()
        with closing(falling(((frame, None) for frame in frames), observe, workers)) as found:
            yield from mapped(cleared, found, workers)


def _numbered(frames: Iterable[Frame | AnyArray]) -> Iterator[Frame]:
    if isinstance(frames, str | os.PathLike):
        raise ParameterError(f"{os.fspath(frames)!r} is a path, but frames are needed: give what open_video returns")
    for number, one in enumerate(frames):
        if isinstance(one, Frame):
            yield one
        else:
            yield Frame(as_rgb(np.asarray(one), f"image {number}"), number, number / NOMINAL_RATE)


def moments(
    frames: Iterable[tuple[Frame, T]], observe: Callable[[Frame], Observation], options: MaskOptions, workers: int
) -> Generator[Moment[T]]:
    """Find what each frame shows, and what its neighbours say of it.

    Parameters
    ----------
    frames : iterable of (Frame, T)
        In the order of time; a frame's neighbours are those whose numbers are one less and one more.
    observe : callable
        Puts a frame beside the plate.
    options : MaskOptions
        Checked, with the default cleanup, and no threshold.
    workers : int
        Threads.

    Yields
    ------
    Moment
        In the same order: six frames behind those that are read, eight more where frames tell nothing, and sixteen
        more where the light changes.
    """

    def look(item: tuple[Frame, T]) -> Look[T]:
        frame, beside = item
        return Look.at(frame, beside, observe(frame), options)

    def find(item: tuple[Look[T], BitMask]) -> Moment[T]:
        here, where = item
        return Moment(here.frame, here.beside, here.observation, here.found(options, where))

    with closing(mapped(look, frames, workers)) as looks, closing(mapped(find, lasting(looks), workers)) as found:
        yield from _between(_bridged(switches_told(found)))


def _bridged(found: Iterable[Moment[T]]) -> Iterator[Moment[T]]:
    """Give frames that tell nothing what is carried into them from both sides."""
    gap: deque[tuple[Moment[T], Carried | None]] = deque()  # with what comes from the frames before
    last: Moment[T] | None = None
    for moment in found:
        if last is not None and not moment.follows(last):
            yield from _filled(gap, None)
            last = None
        if moment.found.untold is None:
            yield from _filled(gap, _start(moment) if gap else None)
            yield moment
        else:
            side = gap[-1][1] if gap else None if last is None else _start(last)
            gap.append((moment, _carried(side, moment)))
            if len(gap) > MOST_STEPS:  # no end of the gap reaches its first frame
                yield from _filled(deque([gap.popleft()]), None)
        last = moment
    yield from _filled(gap, None)


def _filled(gap: deque[tuple[Moment[T], Carried | None]], end: Carried | None) -> Iterator[Moment[T]]:
    """Fill a gap from both sides, and empty it."""
    whole: deque[Moment[T]] = deque()
    while gap:
        moment, side = gap.pop()
        end = _carried(end, moment)
        whole.appendleft(replace(moment, found=joined(moment.found, side, end)))
    yield from whole


def _between(bridged: Iterable[Moment[T]]) -> Iterator[Moment[T]]:
    """Tell each frame the masks of the two before it and the two after it."""
    known: deque[Moment[T]] = deque(maxlen=5)
    waiting: deque[Moment[T]] = deque()

    def first() -> Moment[T]:
        moment = waiting.popleft()
        masks = {one.frame.index - moment.frame.index: one.found.mask for one in known}
        far = [masks[step] for step in (-2, 2) if step in masks]
        further = far[0] | far[1] if len(far) == 2 else far[0] if far else None
        return replace(moment, before=masks.get(-1), after=masks.get(1), further=further)

    for coming in bridged:
        if known and not coming.follows(known[-1]):
            while waiting:
                yield first()
            known.clear()
        known.append(coming)
        waiting.append(coming)
        if len(waiting) == 3:
            yield first()
    while waiting:
        yield first()


def _start(moment: Moment[T]) -> Carried:
    return Carried.of(moment.observation.small_image, moment.found)


def _carried(side: Carried | None, moment: Moment[T]) -> Carried | None:
    in_place = moment.found.untold == UNKNOWN_LIGHT  # a change of light leaves no flow to be found
    return None if side is None else side.to(moment.observation.small_image, in_place=in_place)
