"""The command `check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

import stillplate
from stillplate.background.doubts import find_doubts, shows_movement
from stillplate.cli.log import say_json
from stillplate.cli.many import clips_of, is_tree, own_place, run_each, within
from stillplate.cli.options import FIT_OPTIONS, Jobs, Json, Output, Overwrite, Quiet, Videos, typed_as, with_keywords
from stillplate.cli.progress import progress_bars
from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.atomic import PIPES, check_output
from stillplate.io.opening import SourceLike, opened
from stillplate.rendering.batch import check_apart
from stillplate.rendering.clips import Clip, check_names
from stillplate.sampling.gather import Progress
from stillplate.sampling.span import Span, frames_in

__all__ = ["check"]


@with_keywords(stillplate.fit, FIT_OPTIONS)
def check(
    *videos: Videos,
    output: Annotated[
        Output,
        typed_as(
            "report", "JSON file for the same figures; of several clips, a folder of them.", name=("--output", "-o")
        ),
    ] = None,
    jobs: Jobs = 1,
    overwrite: Overwrite = False,
    quiet: Annotated[Quiet, Parameter(help="Show no progress.")] = False,
    json: Json = False,
    **options: Any,
) -> None:
    """Run the command `check`; its help stands in `entry.COMMANDS`."""
    if output in PIPES:
        raise ParameterError("-: standard output has the findings already: give --json, or name a file for the JSON")
    clips = clips_of(videos, output)
    output = within(output, ".json")
    if output is not None and Path(output).suffix.lower() != ".json":
        raise ParameterError(f"{output}: the figures are written as JSON: name a file in .json, or a folder")
    opening = {name: options.pop(name) for name in ("fps", "levels")}
    if len(clips) == 1 and not is_tree(videos, clips):
        with progress_bars(quiet) as progress:
            place = own_place(output, clips[0].name)
            found = _check_one(clips[0].source, place, overwrite, opening, options, progress and progress("sample"))
            if json:
                say_json({"clip": clips[0].path, **found[1]})
            else:
                print(*found[0], sep="\n")
        return
    shown = 0

    def tell(clip: Clip, found: tuple[list[str], dict[str, Any]]) -> None:
        nonlocal shown
        lines, figures = found
        if json:
            say_json({"clip": clip.path, **figures})
            return
        print(*([""] if shown else []), f"{clip.path}:", *(f"  {line}" for line in lines), sep="\n", flush=True)
        shown += 1

    if output is not None:
        check_names(clips)
    check_apart({"output": output}, clips)
    more = {"overwrite": overwrite, "opening": opening, "options": options}
    run_each(clips, _check_one, more, {"output": output}, jobs, tell)


def _check_one(
    video: SourceLike,
    output: str | None,
    overwrite: bool,
    opening: dict[str, Any],
    options: dict[str, Any],
    progress: Progress | None = None,
) -> tuple[list[str], dict[str, Any]]:
    """Check one clip, write the figures if wanted, and return the lines to print and the figures."""
    with opened(video, **opening) as source:
        if output is not None:
            check_output(as_path(output), overwrite=overwrite, source=source.info.path)
        background = stillplate.fit(source, **options, progress=progress)
        frames = frames_in(source.info, Span.of(options["start"], options["end"]))
        doubts = find_doubts(background, shows_movement(background, source, progress), frames=frames)
    found = background.assumptions
    assert found is not None  # a new background has them
    if output is not None:
        found.save(as_path(output), overwrite=overwrite, doubts=doubts)
    lines = [*found.lines(), *map(str, background.stays), *(f"doubtful: {doubt}" for doubt in doubts)]
    return lines, {**found.to_dict(), "doubts": list(doubts)}
