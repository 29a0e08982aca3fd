"""Many clips: each rendered by a process of its own, so that none can stop the rest."""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from time import perf_counter
from typing import Any

from stillplate.ending import CODES, listen
from stillplate.errors import ParameterError, StillplateError
from stillplate.files import PIPES, real, sweep, whole
from stillplate.objects import FORMATS
from stillplate.outputs import IN_FOLDER, placed
from stillplate.pictures import CHANNELS
from stillplate.rendering import render
from stillplate.video.images import is_image
from stillplate.video.opening import VIDEO_SUFFIXES

__all__ = ["Outcome", "find_clips", "render_many"]

SUMMARY = "summary.csv"
OUTPUTS = (IN_FOLDER.keys() | CHANNELS.keys() | FORMATS.keys() | {"layers", "timeline", "events", "motion"}) - {
    "composite"
}
COLUMNS = (
    "clip", "state", "seconds", "frames", "width", "height", "mean_support", "unsure_share", "never_seen_share",
    "foreground_share", "events", "objects_move", "objects_small", "light", "camera", "samples", "error",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one clip.

    Attributes
    ----------
    clip, folder : Path
        The input, and where its outputs are.
    state : "done", "skipped" or "failed"
        Skipped: it was whole already.
    seconds : float
        That it took.
    error : str
        Why it failed; empty if it did not.
    """

    clip: Path
    folder: Path
    state: str
    seconds: float = 0.0
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Job:
    clip: Path
    folder: Path
    started: float
    process: SpawnProcess
    told: Connection


def find_clips(paths: Sequence[str | os.PathLike[str]], leave: Path | None = None) -> dict[Path, str]:
    """Find clips: video files, folders of images, and those in the tree under any other folder.

    Parameters
    ----------
    paths : sequence of paths
    leave : Path, optional
        A folder that is not searched: that of the outputs.

    Returns
    -------
    dict of Path to str
        Each clip and the name of its folder of outputs: its own without the suffix, below those of the folders that
        lead to it from the one that was given; with the suffix where two would be the same.

    Raises
    ------
    ParameterError
        If a path does not exist, or there is no clip in a folder.
    """
    found: dict[Path, Path] = {}
    for given in paths:
        one = Path(given)
        if not os.fspath(given) or not one.exists():
            raise ParameterError(f"{one}: there is no such file or folder: give clips, or folders of clips")
        clips = [one] if _is_clip(one) else sorted(_below(one, real(leave) if leave else None))
        if not clips:
            raise ParameterError(
                f"{one}: holds no clip: files that end in one of {', '.join(VIDEO_SUFFIXES)} are needed"
            )
        for clip in clips:
            found[clip] = clip.relative_to(one) if clip != one else Path(Path(real(one)).name)
    stems = [str(name.with_suffix("")) for name in found.values()]
    names = [str(name) if stems.count(stem) > 1 else stem for name, stem in zip(found.values(), stems, strict=True)]
    for name in names:
        if names.count(name) > 1:
            raise ParameterError(f"two clips would write to {name}: render them into folders of their own")
    return dict(zip(found, names, strict=True))


def _is_clip(path: Path) -> bool:
    return path.is_file() or any(is_image(one) for one in path.iterdir())


def _below(folder: Path, leave: str | None) -> Iterator[Path]:
    for parent, folders, files in os.walk(folder):
        here = Path(parent)
        folders[:] = [name for name in folders if not name.startswith(".") and real(here / name) != leave]
        if here != folder and any(is_image(here / name) for name in files):
            folders.clear()
            yield here
        yield from (here / name for name in files if (here / name).suffix.lower() in VIDEO_SUFFIXES)


def render_many(
    paths: Sequence[str | os.PathLike[str]],
    folder: str | os.PathLike[str],
    *,
    jobs: int = 1,
    resume: bool = False,
    overwrite: bool = False,
    done: Callable[[Outcome, int], None] | None = None,
    **options: Any,
) -> tuple[Outcome, ...]:
    """Render many clips, each into a folder of its own, and sum them up.

    Parameters
    ----------
    paths : sequence of paths
        Clips, or folders whose trees are searched for clips.
    folder : path
        Where their folders and summary.csv go; made if need be.
    jobs : int
        Clips to work on at once.
    resume : bool
        Leave a clip that is whole, made with the same options, as it is; make the others anew.
    overwrite : bool
        Replace outputs that exist.
    done : callable, optional
        Called with each outcome, as it comes, and the number of clips.
    **options
        Of `render`. A path of an output is one within each clip's folder.

    Returns
    -------
    tuple of Outcome
        In the order of the clips. One that fails, or whose process dies, stops no other.

    Raises
    ------
    ParameterError
        If there is nothing to do, `jobs` is below 1, or the path of an output leads out of the clip's folder.
    """
    if jobs < 1:
        raise ParameterError(f"jobs is {jobs}, but 1 or more is needed")
    _check_within(options)
    root = Path(folder)
    clips = find_clips(paths, root)
    folders = {clip: root / name for clip, name in clips.items()}
    outcomes: dict[Path, Outcome] = {}

    def note(outcome: Outcome) -> None:
        outcomes[outcome.clip] = outcome
        if done:
            done(outcome, len(clips))

    waiting = []
    for clip, place in folders.items():
        if resume and _is_whole(place, options):
            note(Outcome(clip, place, "skipped"))
        else:
            waiting.append(clip)
    _work(waiting, folders, jobs, note, {**options, "overwrite": overwrite or resume})
    ordered = tuple(outcomes[clip] for clip in clips)
    _sum_up(root / SUMMARY, ordered)
    return ordered


def _work(
    waiting: list[Path],
    folders: Mapping[Path, Path],
    jobs: int,
    note: Callable[[Outcome], None],
    options: Mapping[str, Any],
) -> None:
    running: list[_Job] = []
    try:
        while waiting or running:
            while waiting and len(running) < jobs:
                clip = waiting.pop(0)
                running.append(_begin(clip, folders[clip], options))
            connection.wait([job.process.sentinel for job in running])
            for job in [job for job in running if not job.process.is_alive()]:
                running.remove(job)
                note(_end(job))
    finally:
        for job in running:
            job.process.terminate()
        for job in running:
            job.process.join()


def _begin(clip: Path, folder: Path, options: Mapping[str, Any]) -> _Job:
    folder.mkdir(parents=True, exist_ok=True)
    sweep(folder)
    context = get_context("spawn")
    told, tell = context.Pipe(duplex=False)
    process = context.Process(target=_render_one, args=(clip, folder, dict(options), tell), daemon=True)
    process.start()
    tell.close()
    return _Job(clip, folder, perf_counter(), process, told)


def _end(job: _Job) -> Outcome:
    try:
        error = job.told.recv()
    except EOFError:
        error = f"its process died (exit {job.process.exitcode}): report this clip"
    job.process.join()
    if error and not any(job.folder.iterdir()):
        job.folder.rmdir()
    seconds = perf_counter() - job.started
    return Outcome(job.clip, job.folder, "failed" if error else "done", seconds, error)


def _render_one(clip: Path, folder: Path, options: dict[str, Any], tell: Connection) -> None:
    """In the process of one clip: render it and tell what went wrong, if anything."""
    listen(signal.SIGTERM, signal.SIGINT)
    threading.Thread(target=_outlive_no_parent, daemon=True).start()
    try:
        render(clip, folder, **_within(folder, options))
        tell.send("")
    except (StillplateError, OSError) as err:
        tell.send(" ".join(str(err).split()))
    except KeyboardInterrupt:
        raise SystemExit(CODES[signal.SIGINT]) from None


def _check_within(options: Mapping[str, Any]) -> None:
    """Refuse the path of an output that every clip would write to."""
    for name in OUTPUTS & options.keys():
        value = options[name]
        if value is not None and (Path(value).is_absolute() or ".." in Path(value).parts or str(value) in PIPES):
            raise ParameterError(f"{value}: of several clips, {name} is one each: give a path within the clip's folder")


def _within(folder: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Put the paths of outputs into the clip's folder."""
    return {
        name: os.path.join(folder, value) if name in OUTPUTS and value is not None else value  # noqa: PTH118  keeps a closing slash
        for name, value in options.items()
    }


def _outlive_no_parent() -> None:
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os.kill(os.getpid(), signal.SIGTERM)


def _is_whole(folder: Path, options: Mapping[str, Any]) -> bool:
    """Whether all outputs are there. The report is written last, and each of them appears whole or not at all."""
    asked = {name: value for name, value in options.items() if name in OUTPUTS and value is not None}
    return all(placed(name, str(folder / path)).exists() for name, path in ({**IN_FOLDER, **asked}).items())


def _sum_up(path: Path, outcomes: Sequence[Outcome]) -> None:
    """Write a row for each clip, with how good its plate is and how far it suits the method."""
    with whole(path, overwrite=True, folder=False) as partial, partial.open("w", encoding="utf-8", newline="") as file:
        rows = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        rows.writeheader()
        for outcome in outcomes:
            figures = {} if outcome.state == "failed" else _figures(outcome.folder / IN_FOLDER["report"])
            seconds = f"{outcome.seconds:.1f}" if outcome.state == "done" else ""
            told = {"clip": str(outcome.clip), "state": outcome.state, "seconds": seconds, "error": outcome.error}
            rows.writerow({**figures, **told})


def _figures(path: Path) -> dict[str, Any]:
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    shares = report["frames"]["foreground_share"]
    plate = {name: report["plate"][name] for name in ("mean_support", "unsure_share", "never_seen_share")}
    size = {name: report["input"][name] for name in ("width", "height")}
    told = report["assumptions"] or {}
    return {
        **plate, **size, "frames": report["input"]["read"], "events": len(report["events"]),
        "foreground_share": round(sum(shares) / max(1, len(shares)), 6),
        **{name: part["verdict"] for name, part in told.items() if isinstance(part, dict) and name in COLUMNS},
    }  # fmt: skip
