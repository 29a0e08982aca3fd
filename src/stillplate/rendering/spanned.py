"""The tasks of clips in spans, over any executor, one kind after the other, each of all clips."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any

from stillplate.io.address import as_path
from stillplate.rendering.executor import Executor
from stillplate.rendering.fits import Plan, cross_check, fit_period, prepare
from stillplate.rendering.jobs import Result, Task
from stillplate.rendering.span_work import Work
from stillplate.rendering.spans import join, render_span

__all__ = ["run_in_spans"]

PERIOD, SPAN = "period", "span"  # names of parts


@dataclass(frozen=True, slots=True)
class _Part:
    """A task of a clip; `name` is that of one of several, PERIOD or SPAN, of which it is a number, from 0."""

    clip: int
    task: Task
    name: str = ""
    number: int = 0
    count: int = 1

    def told(self, error: str, *, kept: bool) -> str:
        """Return an error of it, for the clip."""
        if not self.name:
            return error
        ending = f"; resume keeps the {self.name}s that are whole" if kept else ""
        return f"{self.name} {self.number + 1} of {self.count}: {error}{ending}"


@dataclass(slots=True)
class _Clock:
    """The time in which a clip is worked on, by any number of workers.

    Attributes
    ----------
    stretches : list of (float, float)
        When each of its tasks began and ended, in seconds.
    """

    stretches: list[tuple[float, float]] = field(default_factory=list)

    def add(self, seconds: float) -> None:
        """Note a task that ends now, after so many seconds."""
        now = monotonic()
        self.stretches.append((now - seconds, now))

    @property
    def seconds(self) -> float:
        """Seconds in which at least one task ran."""
        total, until = 0.0, float("-inf")
        for begin, end in sorted(self.stretches):
            total += max(0.0, end - max(begin, until))
            until = max(until, end)
        return total


@dataclass(frozen=True, slots=True)
class _Clips:
    """Clips whose tasks an executor runs.

    Attributes
    ----------
    executor : Executor
    works : sequence of Work
    end : callable
        Called with the number and the result of a clip, when all its tasks of a kind have ended and one has failed.
    clocks : dict of int to _Clock
        Of each clip.
    plans : dict of int to Plan
        Of each clip that has not ended.
    """

    executor: Executor
    works: Sequence[Work]
    end: Callable[[int, Result], None]
    clocks: dict[int, _Clock]
    plans: dict[int, Plan]

    def run(
        self,
        parts: Sequence[_Part],
        done: Callable[[_Part, Any], None] = lambda *_: None,
        begin: Callable[[int], None] = lambda _: None,
    ) -> None:
        """Run tasks of one kind; `done` is called with each that succeeds, and its value."""
        left = Counter(part.clip for part in parts)
        wrong: dict[int, tuple[_Part, str]] = {}

        def ended(number: int, result: Result) -> None:
            part = parts[number]
            clip = part.clip
            self.clocks[clip].add(result.seconds)
            left[clip] -= 1
            if result.error:
                wrong.setdefault(clip, (part, result.error))
            else:
                done(part, result.value)
            if clip in wrong and not left[clip]:
                failed, error = wrong[clip]
                self.plans.pop(clip, None)
                told = failed.told(error, kept=self.works[clip].tidy())
                self.end(clip, Result(told, None, self.clocks[clip].seconds))

        self.executor.run([part.task for part in parts], begin, ended)


def run_in_spans(
    executor: Executor,
    works: Sequence[Work],
    begin: Callable[[int], None],
    end: Callable[[int, Result], None],
    part_done: Callable[[Path, str, int, int], None] | None = None,
) -> None:
    """Render clips in spans: divide all, fit all their periods, mend these, render all spans, and join those of each.

    Parameters
    ----------
    executor : Executor
    works : sequence of Work
    begin, end : callable
        Called with the number of a clip before it is begun, and with its result: an error, or its doubts, and the
        seconds in which any of its tasks ran.
    part_done : callable, optional
        As for `render_many`.
    """
    plans: dict[int, Plan] = {}
    clips = _Clips(executor, works, end, {number: _Clock() for number in range(len(works))}, plans)
    whole = Counter[tuple[int, str]]()

    def tell(clip: int, name: str, count: int, more: int = 1) -> None:
        whole[clip, name] += more
        if part_done and more:
            part_done(as_path(works[clip].source), name, whole[clip, name], count)

    def prepared(part: _Part, plan: Plan) -> None:
        plans[part.clip] = plan
        tell(part.clip, PERIOD, len(plan.periods), len(plan.periods) - len(plan.unfitted))

    def made(part: _Part, _: None) -> None:
        tell(part.clip, part.name, part.count)

    def joined(part: _Part, doubts: tuple[str, ...]) -> None:
        end(part.clip, Result("", doubts, clips.clocks[part.clip].seconds))

    def every(parts_of: Callable[[int, Work, Plan], Sequence[_Part]]) -> list[_Part]:
        return [part for clip in sorted(plans) for part in parts_of(clip, works[clip], plans[clip])]

    clips.run([_Part(clip, Task(prepare, {"work": work})) for clip, work in enumerate(works)], prepared, begin)
    clips.run(every(_fits), made)
    clips.run(every(_check))
    clips.run(every(_spans), made)
    clips.run(every(_last), joined)


def _fits(clip: int, work: Work, plan: Plan) -> list[_Part]:
    tasks = [
        (number, Task(fit_period, {"work": work, "number": number, "frames": plan.periods[number]}))
        for number in plan.unfitted
    ]
    return [_Part(clip, task, PERIOD, number, len(plan.periods)) for number, task in tasks]


def _check(clip: int, work: Work, plan: Plan) -> list[_Part]:
    periods = len(plan.periods)
    return [_Part(clip, Task(cross_check, {"work": work, "periods": periods}))] if periods > 2 else []


def _spans(clip: int, work: Work, plan: Plan) -> list[_Part]:
    tasks = [
        Task(render_span, {"work": work, "number": number, "piece": piece}) for number, piece in enumerate(plan.pieces)
    ]
    return [_Part(clip, task, SPAN, number, len(tasks)) for number, task in enumerate(tasks)]


def _last(clip: int, work: Work, plan: Plan) -> list[_Part]:
    return [_Part(clip, Task(join, {"work": work, "spans": plan.pieces}))]
