"""What `render` shows of one frame, computed from it and from the frames around it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import closing

import numpy as np

from stillplate.arrays import Grey
from stillplate.background.background import Background
from stillplate.background.in_time import moments
from stillplate.background.moment import Moment
from stillplate.background.neighbours import accompanied
from stillplate.io.source import Frame
from stillplate.photometry.states import MOST_DIFFERING
from stillplate.rendering.frame_result import FrameResult, sought
from stillplate.segmentation.observation import Observation
from stillplate.segmentation.options import MaskOptions
from stillplate.threads import processors
from stillplate.viewer.encoding import logarithmic
from stillplate.viewer.frame_cache import FrameCache
from stillplate.viewer.knobs import Knobs

__all__ = ["FrameResults"]

NEAR = 6  # frames before and after one that its mask depends on, where no light changes and none is carried
FAR = 32  # frames that it depends on elsewhere: these, eight that carry, sixteen of a switch
OBSERVED = 2 * NEAR + 8  # observations that are kept, for the next turn of a knob
KEPT = 4  # results that are kept, for several pictures of one frame


class FrameResults:
    """The results of single frames before one background, each as `render` has it.

    Parameters
    ----------
    frames : FrameCache
    background : Background
    given : Background, optional
        That in place of it where a threshold is given; the same if omitted.
    memory : int
        As for `render`: of it depends how many frames show hidden ground.
    """

    def __init__(
        self, frames: FrameCache, background: Background, given: Background | None = None, *, memory: int = 2**30
    ) -> None:
        self._frames, self._background, self._memory = frames, background, memory
        self._given = background if given is None else given
        self._observed: OrderedDict[int, Observation] = OrderedDict()
        self._results: OrderedDict[tuple[object, ...], FrameResult] = OrderedDict()
        self._lock = threading.Lock()

    def at(self, number: int, knobs: Knobs, *, clean: bool = False, ground: bool = False) -> FrameResult | None:
        """Return what is found in a frame; None if it cannot be decoded.

        Parameters
        ----------
        number : int
            Of the frame, from 0.
        knobs : Knobs
        clean : bool
            Whether the clean frame is wanted, for which shadows are looked for, too.
        ground : bool
            Whether a picture is wanted that shows the ground behind what moves, or takes it off: where the plate has
            not all depths, other frames show it.
        """
        key = (number, knobs, clean, ground)
        with self._lock:
            if key in self._results:
                self._results.move_to_end(key)
                return self._results[key]
        frame = self._frames.get(number)
        if frame is None:
            return None
        moment = (
            self._moment(frame, sought(knobs.masks, clean and knobs.clean_shadows)) if knobs.judges_in_time else None
        )
        background = self._background if knobs.masks.threshold is None else self._given
        around = accompanied([frame], self._frames.source, background, self._memory) if ground else None
        result = FrameResult(
            frame,
            background,
            knobs.masks,
            clean_shadows=knobs.clean_shadows if clean else None,
            surroundings=None if around is None else next(around)[1],
            moment=moment,
        )
        with self._lock:
            self._results[key] = result
            while len(self._results) > KEPT:
                self._results.popitem(last=False)
        return result

    def clear(self) -> None:
        """Free what is kept."""
        with self._lock:
            self._observed.clear()
            self._results.clear()

    def evidence(self, number: int, masks: MaskOptions) -> Grey | None:
        """Return how far a frame is from the plate: uint8 of shape (h, w), as `logarithmic` quantises it.

        Thresholds for a sensitivity of 1 or, where a threshold is given, 16 levels, are 128. None where the frame tells
        nothing.
        """
        frame = self._frames.get(number)
        if frame is None:
            return None
        given = masks.threshold is not None
        plain = MaskOptions(threshold=1.0 if given else None, weights=masks.weights).checked()
        observed = self._observe(frame)
        found = (observed.uncompensated() if given else observed).evidence(plain)
        return None if found is None else logarithmic(found.ratio, 16.0 if given else 1.0)

    def _moment(self, frame: Frame, options: MaskOptions) -> Moment[None] | None:
        for reach in (NEAR, FAR):
            near = self._frames.window(frame.index - reach, frame.index + reach)
            around = self._judged(near, options)
            if not _may_change(around):
                break
        return next((moment for moment in around if moment.frame.index == frame.index), None)

    def _judged(self, frames: Sequence[Frame], options: MaskOptions) -> list[Moment[None]]:
        numbered = ((frame, None) for frame in frames)
        with closing(moments(numbered, self._observe, options, processors())) as found:
            return list(found)

    def _observe(self, frame: Frame) -> Observation:
        with self._lock:
            known = self._observed.get(frame.index)
        if known is not None:
            return known
        new = self._background.observe(frame.picture, frame.index)
        with self._lock:
            self._observed[frame.index] = new
            while len(self._observed) > OBSERVED:
                self._observed.popitem(last=False)
        return new


def _may_change(around: Sequence[Moment[None]]) -> bool:
    """Whether masks may be carried, or the light switched, so that frames further away count."""
    for moment in around:
        mask = moment.found.mask
        if moment.found.untold is not None or np.count_nonzero(mask) > MOST_DIFFERING * mask.size:
            return True
    return False
