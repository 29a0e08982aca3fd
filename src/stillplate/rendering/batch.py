"""Many clips: each rendered by a process of its own, so that none can stop the rest."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.atomic import PIPES
from stillplate.rendering.clip_plan import CLIP, ClipPlan, for_clip
from stillplate.rendering.clips import Clip, check_names, find_clips, shard_of, summary_of
from stillplate.rendering.outcome import Outcome
from stillplate.rendering.output_specs import OUTPUTS
from stillplate.rendering.outputs import check_folder
from stillplate.rendering.summary import sum_up

if TYPE_CHECKING:
    from stillplate.rendering.executor import Executor
    from stillplate.rendering.jobs import Result
    from stillplate.sampling.span import Seconds

__all__ = ["check_apart", "render_many"]


def render_many(  # noqa: PLR0913  a public door, as render is
    paths: Sequence[str | os.PathLike[str]],
    folder: str | os.PathLike[str],
    *,
    jobs: int = 1,
    shard: tuple[int, int] | None = None,
    cluster: str | None = None,
    client: Any | None = None,
    executor: Executor | None = None,
    spans: Seconds | None = None,
    period: Seconds | None = None,
    resume: bool = False,
    overwrite: bool = False,
    done: Callable[[Outcome, int], None] | None = None,
    part_done: Callable[[Path, str, int, int], None] | None = None,
    **options: Any,
) -> tuple[Outcome, ...]:
    """Render many clips, each into a folder of its own, and sum them up.

    Parameters
    ----------
    paths : sequence of paths
        Clips, globs or patterns of them, or folders whose trees are searched for clips; pictures of one folder are one.
    folder : path
        Where their folders and summary.csv go, or for a shard summary-I-of-N.csv; made if need be.
    jobs : int
        Clips to work on at once.
    shard : (int, int), optional
        Render every N-th clip alone, in the order of their names: I/N, with I from 1 to N, one of N jobs on any number
        of machines.
    cluster : str, optional
        Render on the workers of a Dask cluster: the address of its scheduler, tcp://HOST:PORT, or local:N for N workers
        that are started here. They need stillplate, and the clips and outputs under the same paths.
    client : distributed.Client, optional
        The caller's own, in place of an address; it stays open.
    executor : Executor, optional
        Runs the clips in place of processes of this machine or Dask.
    spans : float or Fraction, optional
        Render each clip in spans of so many seconds (or [HH:]MM:SS), cut at key frames, on as many workers as there
        are: 600, say. It is fitted once, and the spans are joined; the camera has to stand.
    period : float or Fraction, optional
        Fit a background for every so many seconds of each clip (15m, 2h or [HH:]MM:SS), and write a plate of each,
        plate-0001.png and so on, for recordings of hours in which light changes and things are moved. The last one is
        plate.png, too. The camera has to stand.
    resume : bool
        Leave a clip that is whole, made with the same options, as it is; make the others anew.
    overwrite : bool
        Replace outputs that exist.
    done : callable, optional
        Called with each outcome, as it comes, and the number of clips.
    part_done : callable, optional
        With spans or periods: called with the path of a clip, "period" or "span", how many of these are done, and how
        many there are, as one more background is fitted, or one more span is whole. Without periods, the background of
        the whole clip is that of the only one.
    **options
        Of `render`. In the path of an output, {clip} stands for the clip's name; of several clips, each needs it.

    Returns
    -------
    tuple of Outcome
        In the order of the clips. One that fails, or whose process dies, stops no other.

    Raises
    ------
    ParameterError
        If there is nothing to do, an option is wrong, there is no such shard, no cluster answers, or several clips
        would write to the same path.
    """
    from stillplate.rendering.dataset import check_joined, join_datasets
    from stillplate.rendering.executor import chosen
    from stillplate.rendering.span_work import check_place
    from stillplate.rendering.spanned import run_in_spans

    check_folder(folder)
    root = as_path(folder)
    if spans is not None or period is not None:
        check_place(root)
    clips = find_clips(paths, root)
    check_names(clips)
    check_apart({name: options.get(name) for name in OUTPUTS}, clips, root)
    if shard is not None:
        clips = shard_of(clips, shard)
    data = _datasets(options, clips, shard)
    if data is not None:
        check_joined(data[0], options.get("format", "yolo"))
    plans = [ClipPlan.of(clip, root, options, period=period, overwrite=overwrite, resume=resume) for clip in clips]
    waiting = [plan for plan in plans if plan.reason]
    for plan in waiting[:1]:
        plan.check(spans, period)
    outcomes: dict[str, Outcome] = {}

    def note(plan: ClipPlan, outcome: Outcome) -> None:
        outcomes[plan.clip.name] = outcome
        if done:
            done(outcome, len(clips))

    def begin(number: int) -> None:
        waiting[number].begin()

    def end(number: int, result: Result) -> None:
        note(waiting[number], waiting[number].end(result))

    for plan in plans:
        if not plan.reason:
            note(plan, Outcome(plan.clip.path, plan.folder, "skipped", report=plan.report))
    with chosen(jobs, cluster, client, executor) as runner:
        if spans is None and period is None:
            runner.run([plan.task for plan in waiting], begin, end)
        else:
            works = [plan.in_spans(spans, period, resume=resume) for plan in waiting]
            run_in_spans(runner, works, begin, end, part_done)
    ordered = tuple(outcomes[clip.name] for clip in clips)
    root.mkdir(parents=True, exist_ok=True)
    untouched = [plan.clip.path for plan in plans if plan.found and not (resume or overwrite)]
    sum_up(root / summary_of(shard), ordered, untouched)
    if data is not None:
        join_datasets(*data, options.get("format", "yolo"), seed=options.get("seed", 0))
    return ordered


def _datasets(options: Mapping[str, Any], clips: Sequence[Clip], shard: object) -> tuple[Path, list[Path]] | None:
    """Return the folder of the data set of a batch, and that of each clip; None if none is asked for, or of a shard."""
    text = os.fspath(options.get("dataset") or "")
    if CLIP not in text or shard is not None:
        return None
    folder = as_path(text.partition(CLIP)[0] + "x").parent
    return folder, [as_path(for_clip(text, clip.name)) for clip in clips]


def check_apart(outputs: Mapping[str, Any], clips: Sequence[Clip], folder: Path | None = None) -> None:
    """Raise ParameterError if several clips would write to the same output path."""
    for name, value in outputs.items():
        path = "" if value is None else os.fspath(value)
        if not path or (path not in PIPES and (len(clips) < 2 or CLIP in path)):
            continue
        better = "" if path in PIPES else f", such as {as_path(folder or '') / CLIP / Path(path).name}"
        raise ParameterError(
            f"{path}: several clips would write their {name} there: give a path with {CLIP} in it, which stands for "
            f"the name of each{better}"
        )
