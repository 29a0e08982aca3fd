"""One clip that is looked at: its frames, its backgrounds, and what was drawn on it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np

from stillplate.arrays import Mask
from stillplate.background.background import Background
from stillplate.background.voted_samples import VotedSamples
from stillplate.errors import ParameterError
from stillplate.io.source import Frame, FrameSource
from stillplate.sampling.exclusion import Exclude, Excluded, Exclusion, as_exclusions
from stillplate.sampling.region import Region, rasterise, rasterise_roi
from stillplate.segmentation.options import FOREGROUND
from stillplate.viewer.edits import Drawn, Edits
from stillplate.viewer.encoding import jpeg
from stillplate.viewer.fitting import Fitting, Request
from stillplate.viewer.frame_cache import FrameCache
from stillplate.viewer.ground import Ground
from stillplate.viewer.knobs import Knobs, PlateKnobs
from stillplate.viewer.naming import clip_name
from stillplate.viewer.sampled_source import SampledSource

__all__ = ["Session", "Start"]

GROUNDS = 4  # backgrounds that are kept, for undo and for pictures that were asked for before
THUMBNAIL = 160  # pixels, the width of a thumbnail
PACE = 0.2  # seconds from one news of the frames done to the next
PATIENCE = 120.0  # seconds that a look at a pixel waits for the samples' votes


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """How a clip is opened, by the command line or a notebook.

    Attributes
    ----------
    background : Background, optional
        From an earlier fit; nothing is fitted until something is drawn.
    fit : dict
        Keywords of `fit`, but `exclude` and `roi`.
    exclude : as for `fit`, optional
    roi : polygon, mask or path, optional
    knobs : Knobs
    folder : Path
        Where a render writes.
    opening : dict
        `fps` and `levels`, as the clip was opened with.
    memory : int
        Bytes that frames and samples may take.
    """

    background: Background | None = None
    fit: Mapping[str, Any] = field(default_factory=dict)
    exclude: Exclude | None = None
    roi: Region | None = None
    knobs: Knobs = field(default_factory=Knobs)
    folder: Path = Path("out")
    opening: Mapping[str, Any] = field(default_factory=dict)
    memory: int = 2**30


@dataclass(frozen=True, slots=True)
class Progress:
    """What is being made: the phase, empty if nothing is; frames done and to do; and what went wrong, if anything."""

    phase: str = ""
    done: int = 0
    total: int | None = None
    error: str = ""


class Session:
    """A clip that is looked at; to be closed, which ends its threads.

    Parameters
    ----------
    source : FrameSource
        Not closed by the session.
    start : Start
    """

    def __init__(self, source: FrameSource, start: Start) -> None:
        self.source, self.start = source, start
        self.name = clip_name(source.info.name)
        self._resources = ExitStack()
        self.frames = self._resources.enter_context(closing(FrameCache(source, start.memory // 2)))
        self.plate_knobs = PlateKnobs().turned(
            {name: value for name, value in start.fit.items() if name in PlateKnobs.__slots__}
        )
        self.edits: Edits | None = None
        self.progress = Progress("sample" if start.background is None else "")
        self.samples: dict[int, tuple[float, bytes]] = {}
        self._changed = threading.Condition()
        self._version, self._over = 0, False
        self._told_at = monotonic()
        self._revisions = 0
        self._grounds: OrderedDict[int, Ground] = OrderedDict()
        self._fitted: OrderedDict[object, Background] = OrderedDict()
        self._current: Ground | None = None
        self._sampled = SampledSource(source, start.memory // 2, self._note)
        options = {name: value for name, value in start.fit.items() if name not in PlateKnobs.__slots__}
        options.setdefault("memory", start.memory // 2)
        self._fitting = Fitting(self._sampled, options, self._made, self._told)
        self._resources.callback(self._fitting.close)
        if start.background is not None:
            self._fitted[self._key] = start.background
            self._show(start.background, exact=True, fitted=False)
        else:
            self._fitting.ask(Request(self._key, self.plate_knobs, self.exclusions))

    def wake(self) -> None:
        """Let those who wait go, since the session ends."""
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def close(self) -> None:
        """End the threads. Safe to call twice."""
        self.wake()
        self._resources.close()

    @property
    def ground(self) -> Ground | None:
        """The background that is shown; None until the first one is made."""
        return self._current

    @property
    def drawn(self) -> tuple[Drawn, ...]:
        """The regions that were drawn."""
        return () if self.edits is None else self.edits.drawn

    @property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """All exclusions: those that the program was started with, and those that were drawn."""
        return (*as_exclusions(self.start.exclude), *(() if self.edits is None else self.edits.exclusions))

    @property
    def roi(self) -> Region | None:
        """The region that masks are limited to: the one that was drawn, or the one that was given."""
        drawn = None if self.edits is None else self.edits.roi
        return self.start.roi if drawn is None else drawn

    def at(self, revision: int) -> Ground:
        """Return a background by its number; raises ParameterError if it is no longer kept."""
        with self._changed:
            if revision not in self._grounds:
                raise ParameterError(f"there is no background {revision} any more: load the page again")
            return self._grounds[revision]

    def wait(self, version: int, seconds: float) -> int:
        """Wait until something has changed since a version, so many seconds at most; return the version now."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._version > version, seconds)
            return self._version

    def touch(self) -> None:
        """Tell those who wait that something has changed."""
        with self._changed:
            self._changed_now()

    def sampled(self, revision: int) -> Iterator[Frame]:
        """Yield the frames that made a background, in the order of time."""
        return self._sampled.take(self.at(revision).background.indices)

    def region(self, corners: Sequence[tuple[int, int]]) -> Mask:
        """Return the mask of a polygon of the frame: bool of shape (H, W)."""
        info = self.source.info
        return rasterise(np.array(corners).reshape(-1, 2), info.width, info.height, "the region")

    def shares(self, revision: int, knobs: Knobs) -> list[tuple[int, float, float]]:
        """Return number, time and share of foreground of the frames that made a background, each by itself."""
        background = self.at(revision).background
        region = background.size[0] * background.size[1] if background.roi is None else int(background.roi.sum())
        found = []
        for frame in self.sampled(revision):
            if self._over:
                break
            labels = background.observe(frame.picture, frame.index).labels(knobs.masks)
            found.append((frame.index, float(frame.time), int(np.count_nonzero(labels == FOREGROUND)) / max(1, region)))
        self.touch()  # thumbnails may be new
        return found

    def change(self, edit: Callable[[Edits], object]) -> None:
        """Draw, undo or redo, and make the background anew where that needs it."""
        with self._changed:
            if self.edits is None:
                raise ParameterError("the plate is not there yet: draw when it is")
            edit(self.edits)
        self._remake()

    def turn(self, given: Mapping[str, Any]) -> None:
        """Turn knobs of the plate, and make it anew."""
        with self._changed:
            self.plate_knobs = self.plate_knobs.turned(given)
        self._remake()

    @contextmanager
    def voted(self) -> Iterator[VotedSamples | None]:
        """Yield the samples as they voted for what is shown; None if they did not vote in time."""
        with self._changed:
            key, known = self._key, self._fitted.get(self._key)
        if self.start.background is not None and known is not None:
            self._fitting.ask(Request(key, self.plate_knobs, self.exclusions, known))
        with self._fitting.voted(key, PATIENCE) as voted:
            yield voted

    @property
    def _key(self) -> object:
        regions = tuple((one.kind, one.corners, one.start, one.end) for one in self.drawn if one.kind != "roi")
        return (self.plate_knobs, regions)

    def _remake(self) -> None:
        """Show the background of what is asked for now, if it was made before; else have it made."""
        with self._changed:
            known = self._fitted.get(self._key)
            request = Request(self._key, self.plate_knobs, self.exclusions, known)
            if known is None:
                self.progress = Progress("vote here")
            self._changed_now()
        if known is not None:
            self._show(known, exact=True, fitted=known is not self.start.background)
        self._fitting.ask(request)

    def _made(self, request: Request, background: Background, exact: bool) -> None:
        with self._changed:
            if exact:
                self._fitted[request.key] = background
                while len(self._fitted) > GROUNDS:
                    self._fitted.popitem(last=False)
            if request.key != self._key:
                return
        self._show(background, exact=exact)

    def _show(self, background: Background, *, exact: bool, fitted: bool = True) -> None:
        with self._changed:
            if self.edits is None:
                self.edits = Edits(*background.size)
            if self._current is not None:
                self._current.results.clear()
            if self.roi is not None or self.start.background is not None:
                region = background.roi if self.roi is None else rasterise_roi(self.roi, *background.size)
                background = replace(background, roi=Excluded.of(self.exclusions, *background.size).outside(region))
            self._revisions += 1
            self._current = Ground(self._revisions, background, self.frames, exact, fitted, self.start.memory)
            self._grounds[self._revisions] = self._current
            while len(self._grounds) > GROUNDS:
                self._grounds.popitem(last=False)
            self._changed_now()

    def _told(self, phase: str, done: int, total: int | None, error: str) -> None:
        with self._changed:
            before, self.progress = self.progress, Progress(phase, done, total, error)
            if (phase, error) != (before.phase, before.error) or monotonic() - self._told_at > PACE:
                self._told_at = monotonic()
                self._changed_now()

    def _note(self, frame: Frame) -> None:
        """Keep a thumbnail of a sampled frame."""
        if frame.index not in self.samples:
            self.samples[frame.index] = (float(frame.time), jpeg(frame.picture, THUMBNAIL))

    def _changed_now(self) -> None:
        self._version += 1
        self._changed.notify_all()
