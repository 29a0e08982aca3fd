"""One `render` that a page has started: its progress, its end, and how it is cancelled."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any

from stillplate.errors import StillplateError
from stillplate.io.opening import SourceLike
from stillplate.rendering.render import render
from stillplate.sampling.gather import Progress

__all__ = ["RenderRun", "RunState"]


PACE = 0.3  # seconds from one news of the frames done to the next


class _Cancelled(StillplateError):
    """The user cancelled the render."""


@dataclass(frozen=True, slots=True)
class RunState:
    """How far a render is.

    Attributes
    ----------
    state : "running", "done", "failed" or "cancelled"
    phase : str
    done, total : int, int or None
        Frames.
    left : float or None
        Seconds that it will take yet, if that can be told.
    error : str
    outputs : dict of str to str
        The path of each output, when it is done.
    """

    state: str
    phase: str = ""
    done: int = 0
    total: int | None = None
    left: float | None = None
    error: str = ""
    outputs: dict[str, str] | None = None


class RenderRun:
    """A render in a thread of its own.

    Parameters
    ----------
    source : path or FrameSource
    folder : str
        Of the outputs.
    options : dict
        Keywords of `render`.
    changed : callable
        Called when the state changes.
    """

    def __init__(self, source: SourceLike, folder: str, options: dict[str, Any], changed: Callable[[], None]) -> None:
        self.state = RunState("running")
        self._changed, self._cancelled = changed, threading.Event()
        self._since = self._told = monotonic()
        self._thread = threading.Thread(
            target=self._work, args=(source, folder, options), name="stillplate-view-render", daemon=True
        )
        self._thread.start()

    def cancel(self) -> None:
        """End the render; what it has written is removed."""
        self._cancelled.set()

    def close(self) -> None:
        """End the render, and wait until what it has written is removed."""
        self.cancel()
        self._thread.join()

    def _work(self, source: SourceLike, folder: str, options: dict[str, Any]) -> None:
        try:
            report = render(source, folder, **options, progress=self._stage)
            self._become(RunState("done", outputs=dict(report.outputs)))
        except _Cancelled:
            self._become(RunState("cancelled"))
        except StillplateError as err:
            self._become(RunState("failed", error=str(err)))
        except BaseException:
            self._become(RunState("failed", error="stillplate has failed: see why where it was started"))
            raise

    def _stage(self, phase: str) -> Progress:
        self._since = monotonic()

        def told(done: int, total: int | None) -> None:
            if self._cancelled.is_set():
                raise _Cancelled("cancelled")
            spent = monotonic() - self._since
            left = spent / done * (total - done) if total and done else None
            self._become(RunState("running", phase, done, total, left))

        return told

    def _become(self, state: RunState) -> None:
        before, self.state = self.state, state
        if (state.state, state.phase) != (before.state, before.phase) or monotonic() - self._told > PACE:
            self._told = monotonic()
            self._changed()
