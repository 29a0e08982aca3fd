"""One clip of a batch: whether it has to be rendered, and what is done before, for and after that."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stillplate.io.address import spelled
from stillplate.io.atomic import remove_stale
from stillplate.io.images import find_images
from stillplate.rendering.clips import Clip
from stillplate.rendering.outcome import Outcome
from stillplate.rendering.output_specs import OUTPUTS, PLACED, REPORTED
from stillplate.rendering.outputs import placed
from stillplate.rendering.programs import names_in_folder
from stillplate.rendering.render import render
from stillplate.rendering.request import differences, settings, stamp, with_defaults, with_period

if TYPE_CHECKING:
    from stillplate.rendering.jobs import Result, Task
    from stillplate.rendering.span_work import Work
    from stillplate.sampling.span import Seconds

__all__ = ["CLIP", "ClipPlan", "for_clip", "remove_empty"]

CLIP = "{clip}"  # in the path of an output: the name of the clip


@dataclass(frozen=True, slots=True)
class ClipPlan:
    """What is to be done about one clip.

    Attributes
    ----------
    clip : Clip
    folder : Path
        Of its outputs.
    own : tuple of Path
        Further folders of outputs that bear its name.
    options : dict
        Keywords of `render`, in which outputs have the paths of this clip.
    found : bool
        Whether any of its outputs is there already.
    reason : str
        Why it is rendered; "new" where nothing is there or that is not asked, empty where it is whole.
    """

    clip: Clip
    folder: Path
    own: tuple[Path, ...]
    options: dict[str, Any]
    found: bool
    reason: str

    @classmethod
    def of(
        cls,
        clip: Clip,
        root: Path,
        options: Mapping[str, Any],
        *,
        period: Seconds | None,
        overwrite: bool,
        resume: bool,
    ) -> ClipPlan:
        """Return the plan of a clip whose outputs go to a folder in `root`; the keywords are those of `render_many`."""
        folder, own = root / clip.name, {**options, **_named(options, clip.name)}
        reason = _why_made(clip, folder, own, period) if resume else "new"
        found = bool(_found(folder, own))
        parents = tuple(_parents(own, options))
        return cls(clip, folder, parents, {**own, "overwrite": overwrite or resume}, found, reason)

    @property
    def task(self) -> Task:
        """The rendering of the clip, for an executor."""
        from stillplate.rendering.jobs import Task

        return Task(_render_one, {"plan": self})

    def in_spans(self, length: Seconds | None, period: Seconds | None, *, resume: bool) -> Work:
        """Return the same for `run_in_spans`."""
        from stillplate.rendering.span_work import Work

        return Work(self.clip.source, self.folder, self.options, length, period, resume)

    def check(self, length: Seconds | None, period: Seconds | None) -> None:
        """Raise ParameterError if options that all clips share are wrong, or cannot be handed to another process."""
        from stillplate.rendering.span_work import check_spans

        self.task.packed()
        work = self.in_spans(length, period, resume=False)
        job = work.job
        job.plate.checked()
        if (length, period) != (None, None):
            check_spans(job, work)

    def begin(self) -> None:
        """Make the folders, and remove what processes that died have left."""
        for place in (self.folder, *self.own):
            place.mkdir(parents=True, exist_ok=True)
        remove_stale(self.folder)

    def end(self, result: Result) -> Outcome:
        """Remove the folders if nothing is in them, and return what became of the clip."""
        if result.error:
            for place in (self.folder, *self.own):
                remove_empty(place)
        state, why = "failed" if result.error else "done", self.reason.removeprefix("new")
        doubts = () if result.error else result.value
        return Outcome(self.clip.path, self.folder, state, result.seconds, result.error, why, doubts, self.report)

    @property
    def report(self) -> Path:
        """Where the report is written."""
        return _places(self.folder, self.options)["report"]


def for_clip(path: str, clip: str) -> str:
    """Return a path with the clip's name in place of {clip}."""
    return path.replace(CLIP, clip)


def remove_empty(folder: Path) -> None:
    """Remove a folder if it is empty."""
    with suppress(OSError):
        folder.rmdir()


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


def _render_one(plan: ClipPlan) -> tuple[str, ...]:
    """Render a clip, and return its doubts.

    Where nothing was there when the batch began, and all is there now, another worker has made it, and was lost before
    it could tell.
    """
    options = {name: value for name, value in plan.options.items() if name != "overwrite"}
    remove_stale(plan.folder)
    if not plan.found and not _why_made(plan.clip, plan.folder, options):
        return tuple(json.loads(_places(plan.folder, options)["report"].read_text(encoding="utf-8"))["doubts"])
    return render(source=plan.clip.source, folder=spelled(plan.folder), **plan.options).doubts


def _why_made(clip: Clip, folder: Path, options: Mapping[str, Any], period: Seconds | None = None) -> str:
    """Return why a clip has to be rendered; empty if all outputs exist, from the same clip with the same options.

    The report is written last, and each output appears whole or not at all.
    """
    places, found = _places(folder, options), _found(folder, options)
    if not found:
        return "new"
    try:
        report = json.loads(places["report"].read_text(encoding="utf-8")) if "report" in found else {}
        empty = "events" in report and not report["events"] and report["asked"]["only_with_events"]
        missing = [path for name, path in places.items() if name not in found and not (empty and name not in REPORTED)]
        if missing:
            return f"{missing[0]} is not there"
        then, made_of = report["asked"], {name: report["input"][name] for name in ("bytes", "changed")}
    except (OSError, ValueError, KeyError, TypeError):
        return "its report does not tell how it was made"
    if made_of != stamp(_files(clip)):
        return "the clip has changed"
    return differences(then, settings(with_defaults(render, options), OUTPUTS.keys()) | with_period(period))


def _places(folder: Path, options: Mapping[str, Any]) -> dict[str, Path]:
    """Return the file or folder of each output of a clip, by its keyword."""
    asked = {name: os.fspath(options[name]) for name in OUTPUTS.keys() & options.keys() if options[name] is not None}
    names = names_in_folder(options.get("for_"), options.get("codec"))
    within = {name: path for name, path in names.items() if name not in PLACED or options.get(name)}
    paths = {**{name: spelled(folder / path) for name, path in within.items()}, **asked}
    return {name: placed(name, path) for name, path in paths.items()}


def _found(folder: Path, options: Mapping[str, Any]) -> set[str]:
    """Return the keywords of the outputs that are there."""
    return {name for name, path in _places(folder, options).items() if path.exists()}


def _files(clip: Clip) -> Sequence[Path]:
    if clip.pictures or not clip.path.is_dir():
        return clip.pictures or (clip.path,)
    return find_images(str(clip.path))
