"""What the commands that take several clips share."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stillplate.cli.log import complain
from stillplate.errors import ParameterError
from stillplate.io.address import as_path, spelled
from stillplate.io.atomic import PIPES, RAW
from stillplate.rendering.clip_plan import CLIP, for_clip, remove_empty
from stillplate.rendering.clips import Clip, find_clips
from stillplate.rendering.outputs import meant_by

if TYPE_CHECKING:
    from stillplate.rendering.jobs import Result

__all__ = ["clips_of", "is_folder", "is_tree", "named", "own_place", "refuse_file", "run_each", "within"]


def clips_of(videos: Sequence[str], output: str | None = None) -> list[Clip]:
    """Return the given clips; a pipe is one."""
    if not videos:
        raise ParameterError("no clip is given: name a video file, or a folder or glob of images")
    if len(videos) == 1 and (videos[0] in PIPES or videos[0].startswith(RAW)):
        return [Clip(Path(videos[0]), "pipe")]
    clips = find_clips(videos, None if output is None else as_path(output))
    if len(videos) == len(clips) == 1 and clips[0].pictures:
        return [Clip(as_path(videos[0]), clips[0].name)]  # the pattern, which would take up what is written beside them
    return clips


def is_tree(videos: Sequence[str], clips: Sequence[Clip]) -> bool:
    """Whether the single clip was found inside the given folder."""
    return len(videos) == 1 and as_path(videos[0]).is_dir() and clips[0].path != as_path(videos[0])


def named(clip: Path, told: str) -> str:
    """Return a line that begins with the clip's name."""
    return told if told.startswith(f"{clip}: ") else f"{clip}: {told}"


def refuse_file(output: str) -> None:
    """Raise ParameterError if the folder of all outputs is named like a file."""
    meant = meant_by(output)
    if meant:
        typed = ", ".join(f"--{name} {output}" for name in meant)
        raise ParameterError(
            f"{output}: -o names a folder, but this is the name of a file: type {typed} or -o {output}/"
        )


def is_folder(path: str) -> bool:
    """Whether a path means a folder: an existing one, a name without suffix, or with a trailing slash."""
    return path.endswith(("/", os.sep)) or as_path(path).is_dir() or not Path(path).suffix


def within(output: str | None, suffix: str) -> str | None:
    """Return the pattern of the files of all clips, if the path means a folder."""
    if output is None or not output or not is_folder(output):
        return output
    return spelled(as_path(output) / f"{CLIP}{suffix}")


def own_place(output: str | None, clip: str) -> str | None:
    """Return a path with a single clip's name in it, and create its folder."""
    if output is None or CLIP not in output:
        return output
    place = as_path(for_clip(output, clip))
    place.parent.mkdir(parents=True, exist_ok=True)
    return spelled(place)


def run_each(
    clips: Sequence[Clip],
    function: Callable[..., object],
    options: Mapping[str, Any],
    outputs: Mapping[str, str | None],
    jobs: int,
    done: Callable[[Clip, Any], None],
) -> None:
    """Call a function for each clip in a process of its own; at the end report those that failed, and exit 1.

    `outputs` are options whose values are paths, in which {clip} becomes the clip's name; their folders are made.
    """
    from stillplate.rendering.jobs import Task, run_tasks

    each = [
        {name: None if path is None else for_clip(path, clip.name) for name, path in outputs.items()} for clip in clips
    ]
    tasks = [Task(function, {**options, **own, "video": clip.source}) for clip, own in zip(clips, each, strict=True)]
    errors: list[str] = []

    def begin(number: int) -> None:
        for path in filter(None, each[number].values()):
            as_path(path).parent.mkdir(parents=True, exist_ok=True)

    def end(number: int, result: Result) -> None:
        if not result.error:
            done(clips[number], result.value)
            return
        errors.append(named(clips[number].path, result.error))
        for path in filter(None, each[number].values()):
            remove_empty(as_path(path).parent)

    run_tasks(tasks, jobs, begin, end)
    for error in errors:
        complain(error, logging.ERROR)
    if errors:
        sys.exit(1)
