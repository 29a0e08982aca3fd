"""The thread that makes the backgrounds of a session: the latest that is asked for, and no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from stillplate.arrays import Mask
from stillplate.background.background import Background
from stillplate.background.fit import fit
from stillplate.background.options import PlateOptions
from stillplate.background.voted_samples import VotedSamples, voted_samples
from stillplate.errors import StillplateError
from stillplate.io.phases import on_phase
from stillplate.sampling.exclusion import Excluded, Exclusion
from stillplate.sampling.options import SamplingOptions
from stillplate.viewer.knobs import PlateKnobs
from stillplate.viewer.quick_plate import quick_plate
from stillplate.viewer.sampled_source import SampledSource

__all__ = ["Fitting", "Request"]


PATIENCE = 3.0  # seconds that the end waits for a phase to end


class _Outdated(StillplateError):
    """Another background is asked for, or the session is over."""


@dataclass(frozen=True, slots=True)
class Request:
    """A background that is asked for.

    Attributes
    ----------
    key : object
        By which it is known again.
    plate : PlateKnobs
    exclusions : tuple of Exclusion
    known : Background or None
        If it was made before, so that only its samples are to vote again.
    """

    key: object
    plate: PlateKnobs
    exclusions: tuple[Exclusion, ...]
    known: Background | None = None


Made = Callable[[Request, Background, bool], None]
Told = Callable[[str, int, int | None, str], None]


class Fitting:
    """Makes backgrounds in a thread; a later request takes the place of an earlier one.

    Parameters
    ----------
    source : SampledSource
    options : dict
        Keywords of `fit` that no page changes.
    made : callable
        Called with the request, its background, and whether that is as `fit` makes it; first, where that is known
        soon, with one that was voted again only where the exclusions changed.
    told : callable
        Called with the phase, the frames done and to do, and what went wrong, if anything did.
    """

    def __init__(self, source: SampledSource, options: dict[str, Any], made: Made, told: Told) -> None:
        self._source, self._options, self._made, self._told = source, options, made, told
        self._changed = threading.Condition()
        self._request: Request | None = None
        self._closed = False
        self._phase = ""
        self._last: tuple[Request, Background] | None = None
        self._voted: VotedSamples | None = None
        self._voted_key: object = None
        self._resources = ExitStack()
        self._thread = threading.Thread(target=self._work, name="stillplate-view-fit", daemon=True)
        self._thread.start()

    def ask(self, request: Request) -> None:
        """Make this background next."""
        with self._changed:
            self._request = request
            self._changed.notify_all()

    def close(self) -> None:
        """End the thread, between two phases, and free the samples; a phase that takes longer is not waited for."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._thread.join(PATIENCE)

    @contextmanager
    def voted(self, key: object, patience: float) -> Iterator[VotedSamples | None]:
        """Yield the samples as they voted for a background; None if they have not within so many seconds."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or (self._voted is not None and self._voted_key == key), patience
            )
            yield self._voted if self._voted_key == key else None

    def _work(self) -> None:
        with on_phase(self._tell):
            while (request := self._taken()) is not None:
                try:
                    self._make(request)
                except _Outdated:
                    continue
                except StillplateError as err:
                    self._told("", 0, None, str(err))
                except BaseException:
                    self._told("", 0, None, "stillplate has failed: see why where it was started")
                    raise
        self._resources.close()

    def _taken(self) -> Request | None:
        """Wait for a request, and take it; None when the session is over."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._request is not None)
            request, self._request = self._request, None
            return None if self._closed else request

    def _make(self, request: Request) -> None:
        background = request.known
        if background is None:
            keywords = {**self._options, **request.plate.keywords(), "exclude": request.exclusions or None}
            self._quickly(request)
            background = fit(self._source, **keywords, progress=self._progress)
            self._made(request, background, True)
        self._last = (request, background)
        self._check()
        if background.camera is None and self._voted_key != request.key:
            self._vote(request)
        self._told("", 0, None, "")

    def _quickly(self, request: Request) -> None:
        """Show the plate as it is voted where the exclusions changed, if only these did."""
        if self._last is None or self._voted is None or self._last[0].plate != request.plate:
            return
        before, background = self._last
        changed = _changed(before.exclusions, request.exclusions, self._voted.stack.height, self._voted.stack.width)
        self._told("vote here", 0, None, "")
        with self._changed:
            quick = quick_plate(background, self._voted, request.exclusions, changed)
        if quick is not None:
            excluded = Excluded.of(request.exclusions, *background.size)
            self._made(request, replace(quick, roi=excluded.outside(None)), False)

    def _vote(self, request: Request) -> None:
        """Let the samples vote again, to look at pixels, and for the next plate."""
        options, plate = self._options, request.plate
        sampling = SamplingOptions(
            samples=plate.samples, exclude=request.exclusions or None,
            **{name: options[name] for name in ("seed", "memory", "start", "end", "also") if name in options},
        )  # fmt: skip
        wanted = PlateOptions(
            clusters=plate.clusters, vote=plate.vote, light=plate.light, camera=plate.camera,
            motion_from=options.get("motion_from"),
        ).checked()  # fmt: skip
        with self._changed:
            self._voted = None
            self._resources.pop_all().close()
        self._resources = ExitStack()
        voted = self._resources.enter_context(voted_samples(self._source, sampling, wanted))
        with self._changed:
            self._voted, self._voted_key = voted, request.key
            self._changed.notify_all()

    def _progress(self, done: int, total: int | None) -> None:
        self._check()
        self._told(self._phase, done, total, "")

    def _tell(self, phase: str) -> None:
        if threading.current_thread() is self._thread:
            self._check()
            self._phase = phase
            self._told(phase, 0, None, "")

    def _check(self) -> None:
        """Raise _Outdated if what is being made is no longer wanted."""
        time.sleep(0)  # lets threads that answer a page come first
        with self._changed:
            if self._closed or self._request is not None:
                raise _Outdated("another background is asked for")


def _changed(before: tuple[Exclusion, ...], now: tuple[Exclusion, ...], height: int, width: int) -> Mask:
    """Return where two sets of exclusions differ: bool of shape (H, W)."""

    def keys(some: tuple[Exclusion, ...]) -> dict[object, Exclusion]:
        return {(repr(one.region), one.start, one.end): one for one in some}

    old, new = keys(before), keys(now)
    regions = Excluded.of([(old | new)[key] for key in old.keys() ^ new.keys()], width, height).regions
    return np.asarray(np.logical_or.reduce([np.zeros((height, width), np.bool_), *regions]), np.bool_)
