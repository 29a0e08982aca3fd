"""The clips of one viewer, by the numbers that a page knows them by."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import ExitStack, closing
from typing import Any

from stillplate.errors import ParameterError
from stillplate.io.opening import SourceLike, opened
from stillplate.viewer.command import keywords
from stillplate.viewer.knobs import Knobs
from stillplate.viewer.render_run import RenderRun
from stillplate.viewer.results import Result
from stillplate.viewer.session import Session, Start

__all__ = ["Clips", "View"]


class View:
    """A clip that is looked at, one of a batch or not, and the render that was started of it."""

    def __init__(self, source: SourceLike, session: Session, *, in_batch: bool = False) -> None:
        self.session, self.in_batch = session, in_batch
        self.run: RenderRun | None = None
        self._source = source

    def render(self, knobs: Knobs, *, overwrite: bool) -> None:
        """Render what is seen into the folder of the session."""
        if self.run is not None and self.run.state.state == "running":
            raise ParameterError("a render is running: wait for its end, or cancel it")
        ground, options = self.session.ground, keywords(self.session, knobs)
        if ground is None or not ground.exact:
            raise ParameterError("the plate is not there yet: render when it is")
        if self.session.source.info.bits == 8 or self.session.start.background is not None:
            options["background"] = ground.background if knobs.masks.threshold is None else ground.of_threshold
            options.pop("also", None)
        self.run = RenderRun(
            self._source, str(self.session.start.folder), {**options, "overwrite": overwrite}, self.session.touch
        )

    def close(self) -> None:
        """End the render."""
        if self.run is not None:
            self.run.close()


class Clips:
    """The clips of one viewer, each opened when a page first asks for it; to be closed.

    Parameters
    ----------
    clips : list of (source, Start)
        A page knows each by its place in the list; None for one that cannot be opened.
    results : list of Result, optional
        Of the batch that they are of.
    """

    def __init__(
        self, clips: Sequence[tuple[SourceLike, Start] | None], results: Sequence[Result] | None = None
    ) -> None:
        self._clips, self.results = clips, results
        self._open: dict[int, View] = {}
        self._resources = ExitStack()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._clips)

    def close(self) -> None:
        """Close the clips that were opened. Safe to call twice."""
        self._resources.close()

    def wake(self) -> None:
        """Let those who wait for news of a clip go, since the viewer ends."""
        for view in list(self._open.values()):
            view.session.wake()

    def view(self, number: int) -> View:
        """Return a clip; raises ParameterError if there is none of this number."""
        with self._lock:
            if not 0 <= number < len(self._clips):
                raise ParameterError(f"there is no clip {number}")
            if number not in self._open:
                clip = self._clips[number]
                if clip is None:
                    raise ParameterError(f"clip {number} was not rendered: see why in the list")
                source, start = clip
                opening: dict[str, Any] = dict(start.opening)
                frames = self._resources.enter_context(opened(source, **opening))
                session = self._resources.enter_context(closing(Session(frames, start)))
                self._open[number] = View(source, session, in_batch=self.results is not None)
                self._resources.callback(self._open[number].close)
            return self._open[number]
