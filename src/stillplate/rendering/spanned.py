"""The tasks of clips in spans, over any executor: all are fitted, then all spans rendered, then each is joined."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from stillplate.io.address import as_path
from stillplate.rendering.executor import Executor
from stillplate.rendering.jobs import Result, Task
from stillplate.rendering.pieces import Piece
from stillplate.rendering.span_work import Work
from stillplate.rendering.spans import fit, join, render_span

__all__ = ["run_in_spans"]


def run_in_spans(
    executor: Executor,
    works: Sequence[Work],
    begin: Callable[[int], None],
    end: Callable[[int, Result], None],
    span_done: Callable[[Path, int, int], None] | None = None,
) -> None:
    """Render clips in spans.

    Parameters
    ----------
    executor : Executor
    works : sequence of Work
    begin, end : callable
        Called with the number of a clip before it is begun, and with its result: an error, or its doubts.
    span_done : callable, optional
        As for `render_many`.
    """
    seconds = [0.0] * len(works)
    spans: dict[int, list[Piece]] = {}

    def fitted(number: int, result: Result) -> None:
        seconds[number] += result.seconds
        if result.error:
            end(number, result)
        else:
            spans[number] = result.value

    executor.run([Task(fit, {"work": work}) for work in works], begin, fitted)
    places = [(number, at) for number in sorted(spans) for at in range(len(spans[number]))]
    wrong: dict[int, str] = {}
    whole = dict.fromkeys(spans, 0)

    def rendered(task: int, result: Result) -> None:
        number, at = places[task]
        seconds[number] += result.seconds
        count = len(spans[number])
        if not result.error:
            whole[number] += 1
            if span_done:
                span_done(as_path(works[number].source), whole[number], count)
        else:
            wrong.setdefault(number, f"span {at + 1} of {count}: {result.error}; resume keeps the spans that are whole")

    tasks = [
        Task(render_span, {"work": works[number], "number": at, "piece": spans[number][at]}) for number, at in places
    ]
    executor.run(tasks, lambda _: None, rendered)
    for number, error in wrong.items():
        end(number, Result(error, None, seconds[number]))
    ready = [number for number in sorted(spans) if number not in wrong]

    def joined(task: int, result: Result) -> None:
        number = ready[task]
        end(number, Result(result.error, result.value, seconds[number] + result.seconds))

    tasks = [Task(join, {"work": works[number], "spans": spans[number]}) for number in ready]
    executor.run(tasks, lambda _: None, joined)
