"""Many clips: each rendered by a process of its own, so that none can stop the rest."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stillplate.errors import ParameterError
from stillplate.io.atomic import PIPES, remove_stale
from stillplate.io.images import find_images
from stillplate.rendering.clips import Clip, check_names, find_clips, shard_of, summary_of
from stillplate.rendering.outcome import Outcome
from stillplate.rendering.output_specs import IN_FOLDER, OUTPUTS
from stillplate.rendering.outputs import check_folder, placed
from stillplate.rendering.render import render
from stillplate.rendering.request import differences, settings, stamp, with_defaults
from stillplate.rendering.summary import sum_up

if TYPE_CHECKING:
    from stillplate.rendering.executor import Executor
    from stillplate.rendering.jobs import Result

__all__ = ["CLIP", "check_apart", "for_clip", "remove_empty", "render_many"]

CLIP = "{clip}"  # in the path of an output: the name of the clip


def render_many(
    paths: Sequence[str | os.PathLike[str]],
    folder: str | os.PathLike[str],
    *,
    jobs: int = 1,
    shard: tuple[int, int] | None = None,
    cluster: str | None = None,
    client: Any | None = None,
    executor: Executor | None = None,
    resume: bool = False,
    overwrite: bool = False,
    done: Callable[[Outcome, int], None] | None = None,
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
    resume : bool
        Leave a clip that is whole, made with the same options, as it is; make the others anew.
    overwrite : bool
        Replace outputs that exist.
    done : callable, optional
        Called with each outcome, as it comes, and the number of clips.
    **options
        Of `render`. In the path of an output, {clip} stands for the clip's name; of several clips, each needs it.

    Returns
    -------
    tuple of Outcome
        In the order of the clips. One that fails, or whose process dies, stops no other.

    Raises
    ------
    ParameterError
        If there is nothing to do, `jobs` is below 1, there is no such shard, no cluster answers, or several clips
        would write to the same path.
    """
    from stillplate.rendering.executor import chosen
    from stillplate.rendering.jobs import Task

    check_folder(folder)
    root = Path(folder)
    clips = find_clips(paths, root)
    check_names(clips)
    check_apart({name: options.get(name) for name in OUTPUTS}, clips, root)
    if shard is not None:
        clips = shard_of(clips, shard)
    folders = [root / clip.name for clip in clips]
    each = [{**options, **_named(options, clip.name)} for clip in clips]
    reasons = [
        _why_made(clip, place, own) if resume else "new" for clip, place, own in zip(clips, folders, each, strict=True)
    ]
    outcomes = {
        number: Outcome(clips[number].path, folders[number], "skipped") for number, why in enumerate(reasons) if not why
    }
    waiting = [number for number, why in enumerate(reasons) if why]
    tasks = [
        Task(_render_one, {"clip": clips[number], "folder": folders[number], "options": each[number],
             "overwrite": overwrite or resume, "new": not _found(folders[number], each[number])})
        for number in waiting
    ]  # fmt: skip

    def begin(task: int) -> None:
        number = waiting[task]
        for place in (folders[number], *_parents(each[number], options)):
            place.mkdir(parents=True, exist_ok=True)
        remove_stale(folders[number])

    def end(task: int, result: Result) -> None:
        number = waiting[task]
        if result.error:
            for place in (folders[number], *_parents(each[number], options)):
                remove_empty(place)
        state, why = "failed" if result.error else "done", reasons[number].removeprefix("new")
        doubts = () if result.error else result.value
        note(number, Outcome(clips[number].path, folders[number], state, result.seconds, result.error, why, doubts))

    def note(number: int, outcome: Outcome) -> None:
        outcomes[number] = outcome
        if done:
            done(outcome, len(clips))

    for number, outcome in list(outcomes.items()):
        note(number, outcome)
    with chosen(jobs, cluster, client, executor) as runner:
        runner.run(tasks, begin, end)
    ordered = tuple(outcomes[number] for number in range(len(clips)))
    root.mkdir(parents=True, exist_ok=True)
    sum_up(root / summary_of(shard), ordered)
    return ordered


def check_apart(outputs: Mapping[str, Any], clips: Sequence[Clip], folder: Path | None = None) -> None:
    """Raise ParameterError if several clips would write to the same output path."""
    for name, value in outputs.items():
        path = "" if value is None else os.fspath(value)
        if not path or (path not in PIPES and (len(clips) < 2 or CLIP in path)):
            continue
        better = "" if path in PIPES else f", such as {Path(folder or '', CLIP, Path(path).name)}"
        raise ParameterError(
            f"{path}: several clips would write their {name} there: give a path with {CLIP} in it, which stands for "
            f"the name of each{better}"
        )


def for_clip(path: str, clip: str) -> str:
    """Return a path with the clip's name in place of {clip}."""
    return path.replace(CLIP, clip)


def _named(options: Mapping[str, Any], clip: str) -> dict[str, str]:
    return {
        name: for_clip(os.fspath(options[name]), clip)
        for name in OUTPUTS.keys() & options.keys()
        if options[name] is not None
    }


def _parents(own: Mapping[str, Any], options: Mapping[str, Any]) -> list[Path]:
    """Return the folders of one clip's outputs, where their paths contain its name."""
    return [
        placed(name, own[name]).parent
        for name in sorted(OUTPUTS.keys() & options.keys())
        if options[name] is not None and CLIP in os.fspath(options[name])
    ]


def remove_empty(folder: Path) -> None:
    """Remove a folder if it is empty."""
    with suppress(OSError):
        folder.rmdir()


def _render_one(clip: Clip, folder: Path, options: Mapping[str, Any], *, overwrite: bool, new: bool) -> tuple[str, ...]:
    """Render a clip, and return its doubts.

    Where nothing was there when the batch began, and all is there now, another worker has made it, and was lost before
    it could tell.
    """
    remove_stale(folder)
    if new and not _why_made(clip, folder, options):
        return tuple(json.loads(_places(folder, options)["report"].read_text(encoding="utf-8"))["doubts"])
    return render(source=clip.source, folder=str(folder), **options, overwrite=overwrite).doubts


def _why_made(clip: Clip, folder: Path, options: Mapping[str, Any]) -> str:
    """Return why a clip has to be rendered; empty if all outputs exist, from the same clip with the same options.

    The report is written last, and each output appears whole or not at all.
    """
    places, found = _places(folder, options), _found(folder, options)
    if not found:
        return "new"
    missing = [path for name, path in places.items() if name not in found]
    if missing:
        return f"{missing[0]} is not there"
    try:
        report = json.loads(places["report"].read_text(encoding="utf-8"))
        then, made_of = report["asked"], {name: report["input"][name] for name in ("bytes", "changed")}
    except (OSError, ValueError, KeyError, TypeError):
        return "its report does not tell how it was made"
    if made_of != stamp(_files(clip)):
        return "the clip has changed"
    return differences(then, settings(with_defaults(render, options), OUTPUTS.keys()))


def _places(folder: Path, options: Mapping[str, Any]) -> dict[str, Path]:
    """Return the file or folder of each output of a clip, by its keyword."""
    asked = {name: os.fspath(options[name]) for name in OUTPUTS.keys() & options.keys() if options[name] is not None}
    paths = {**{name: str(folder / path) for name, path in IN_FOLDER.items()}, **asked}
    return {name: placed(name, path) for name, path in paths.items()}


def _found(folder: Path, options: Mapping[str, Any]) -> set[str]:
    """Return the keywords of the outputs that are there."""
    return {name for name, path in _places(folder, options).items() if path.exists()}


def _files(clip: Clip) -> Sequence[Path]:
    if clip.pictures or not clip.path.is_dir():
        return clip.pictures or (clip.path,)
    return find_images(str(clip.path))
