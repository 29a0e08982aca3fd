"""One background of a session, under its own number, and what pages show of it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from stillplate.arrays import AnyArray, Floats, Grey
from stillplate.background.background import Background
from stillplate.errors import ParameterError
from stillplate.viewer.encoding import linear
from stillplate.viewer.frame_cache import FrameCache
from stillplate.viewer.frame_results import FrameResults
from stillplate.viewer.summary import PLANES, summarise
from stillplate.viewer.unlearnt import unlearnt

__all__ = ["Ground"]


@dataclass(frozen=True, eq=False)
class Ground:
    """A background, and what was computed of it.

    Attributes
    ----------
    revision : int
        Its number: other backgrounds of the session have others, so that what is shown of one never changes.
    background : Background
    frames : FrameCache
    exact : bool
        Whether it is as `fit` makes it, and not a plate that was voted again in one place.
    fitted : bool
        Whether it was fitted here, and not given.
    memory : int
        As for `render`.
    """

    revision: int
    background: Background
    frames: FrameCache
    exact: bool
    fitted: bool
    memory: int = 2**30
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @cached_property
    def results(self) -> FrameResults:
        """What is found in single frames."""
        return FrameResults(self.frames, self.background, self.of_threshold, memory=self.memory)

    @cached_property
    def of_threshold(self) -> Background:
        """The background where a threshold is given: `render` learns none then, unless it is given the background."""
        return unlearnt(self.background) if self.fitted else self.background

    @cached_property
    def summary(self) -> dict[str, Any]:
        """What a page is told of it."""
        return summarise(self.background, self.frames.count)

    def plane(self, name: str) -> Grey:
        """Return one of the `PLANES`, quantised: uint8 of shape (H, W).

        Raises
        ------
        ParameterError
            If there is none of this name.
        """
        makers: dict[str, Callable[[], Grey]] = {
            "support": lambda: linear(self.background.plate.support, PLANES["support"].most),
            "threshold": lambda: linear(
                self.background.noise.thresholds(*self.background.noise.level.shape), PLANES["threshold"].most
            ),
            "made": lambda: linear(self._made_by, PLANES["made"].most),
            "unseen": lambda: np.where(self.background.plate.seen, np.uint8(0), np.uint8(255)),
        }
        if name not in makers:
            raise ParameterError(f"there is no map {name!r}: {', '.join(makers)} are there")
        with self._lock:
            return makers[name]()

    @property
    def _made_by(self) -> Floats:
        """Share of the samples that made each pixel: float32 of shape (H, W)."""
        count = np.bitwise_count(self.background.plate.provenance).sum(axis=2, dtype=np.float32)
        return np.asarray(count / np.float32(max(1, len(self.background.times))), np.float32)

    def plate(self, state: int = 0) -> AnyArray:
        """Return the plate's image, of one of its light states: uint8 of shape (H, W, 3), RGB."""
        states = self.background.states
        if not 0 <= state < max(1, len(states)):
            raise ParameterError(f"there is no state of light {state}")
        return states[state].plate.image if states else self.background.plate.image
