"""How far a job is, on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stillplate.sampling import Progress

__all__ = ["progress_bars"]


@contextmanager
def progress_bars(quiet: bool) -> Iterator[Callable[[str], Progress] | None]:
    """Show a bar with rate and time left on a terminal; none elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description:>8}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]:.0f}/s"), TimeRemainingColumn(),
    )  # fmt: skip
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:

        def stage(name: str) -> Progress:
            task = bars.add_task(name, total=None, rate=0.0)

            def show(done: int, total: int | None) -> None:
                bars.update(task, completed=done, total=total, rate=bars.tasks[task].speed or 0.0)

            return show

        yield stage
