"""Progress: bars on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from stillplate.io.phases import on_phase

if TYPE_CHECKING:
    from stillplate.sampling.gather import Progress

__all__ = ["progress_bars"]

PACE = "STILLPLATE_PROGRESS"  # the environment's: seconds from line to line, 0 for none
USUAL_PACE = 5.0


class _Board(Protocol):
    """Shows one phase at a time."""

    def begin(self, phase: str) -> None: ...

    def count(self, done: int, total: int | None) -> None: ...


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Callable[[str], Progress] | None]:
    """Show each phase of a job and how far it is, on standard error.

    Parameters
    ----------
    quiet : bool
        Show nothing.

    Yields
    ------
    callable or None
        As the library takes it: given the name of a phase, it begins one, and gives what is called with the frames done
        and to do. None if nothing is shown.
    """
    pace = _pace()
    if quiet or (not sys.stderr.isatty() and pace == 0):
        yield None
        return
    with _bars() if sys.stderr.isatty() else _lines(pace) as board, on_phase(board.begin):

        def stage(name: str) -> Progress:
            board.begin(name)
            return board.count

        yield stage


def _pace() -> float:
    try:
        return max(0.0, float(os.environ.get(PACE, USUAL_PACE)))
    except ValueError:
        return USUAL_PACE


class _Lines:
    """Remembers what to say when the time for a line comes."""

    def __init__(self) -> None:
        self._phase, self._counted, self._since = "", "", monotonic()

    def begin(self, phase: str) -> None:
        if phase != self._phase:
            self._phase, self._counted = phase, ""

    def count(self, done: int, total: int | None) -> None:
        self._counted = f": {_counted(done, total)}"

    def line(self) -> str:
        minutes, seconds = divmod(int(monotonic() - self._since), 60)
        return f"stillplate: [{minutes}:{seconds:02d}] {self._phase or 'start'}{self._counted}\n"


@contextmanager
def _lines(pace: float) -> Iterator[_Board]:
    lines, over = _Lines(), threading.Event()

    def tell() -> None:
        with suppress(OSError, ValueError):  # nobody reads it any more
            while not over.wait(pace):
                sys.stderr.write(lines.line())
                sys.stderr.flush()

    teller = threading.Thread(target=tell, name="stillplate-progress", daemon=True)
    teller.start()
    try:
        yield lines
    finally:
        over.set()
        teller.join()


@contextmanager
def _bars() -> Iterator[_Board]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description:>16}"), BarColumn(), TextColumn("{task.fields[counted]}"),
        TimeElapsedColumn(), TimeRemainingColumn(elapsed_when_finished=False),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:

        class Bars:
            """A bar for the phase at hand; those before it are taken away."""

            phase = ""
            task = progress.add_task("start", total=None, counted="")

            def begin(self, phase: str) -> None:
                if phase != self.phase:
                    progress.remove_task(self.task)
                    self.phase, self.task = phase, progress.add_task(phase, total=None, counted="")

            def count(self, done: int, total: int | None) -> None:
                rate = progress.tasks[-1].speed or 0.0
                counted = _counted(done, total) + (f", {rate:.0f}/s" if rate else "")
                progress.update(self.task, completed=done, total=total, counted=counted)

        yield Bars()


def _counted(done: int, total: int | None) -> str:
    return f"{done} of {total} frames ({done / total:.0%})" if total else f"{done} frames"
