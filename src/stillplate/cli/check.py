"""Commands that look into a clip: `check` and `pixel`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

import stillplate
from stillplate.background.doubts import find_doubts, shows_movement
from stillplate.cli.converters import whole_number
from stillplate.cli.many import clips_of, is_tree, own_place, run_each, within
from stillplate.cli.options import FIT_OPTIONS, Jobs, Output, Overwrite, Quiet, Video, Videos, typed_as, with_keywords
from stillplate.cli.progress import progress_bars
from stillplate.errors import ParameterError
from stillplate.io.address import as_path
from stillplate.io.atomic import PIPES, check_output
from stillplate.io.images import check_suffix
from stillplate.io.opening import SourceLike, opened
from stillplate.rendering.batch import check_apart
from stillplate.rendering.clips import Clip, check_names
from stillplate.sampling.gather import Progress
from stillplate.sampling.span import Span, frames_in

__all__ = ["check", "pixel"]


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
    **options: Any,
) -> None:
    """Run the command `check`; its help stands in `entry.COMMANDS`."""
    if output in PIPES:
        raise ParameterError("-: standard output has the findings already: name a file for the JSON")
    clips = clips_of(videos, output)
    output = within(output, ".json")
    if output is not None and Path(output).suffix.lower() != ".json":
        raise ParameterError(f"{output}: the figures are written as JSON: name a file in .json, or a folder")
    opening = {name: options.pop(name) for name in ("fps", "levels")}
    if len(clips) == 1 and not is_tree(videos, clips):
        with progress_bars(quiet) as progress:
            place = own_place(output, clips[0].name)
            print(
                *_check_one(clips[0].source, place, overwrite, opening, options, progress and progress("sample")),
                sep="\n",
            )
        return
    shown = 0

    def tell(clip: Clip, lines: list[str]) -> None:
        nonlocal shown
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
) -> list[str]:
    """Check one clip, write the figures if wanted, and return the lines to print."""
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
    return [*found.lines(), *map(str, background.stays), *(f"doubtful: {doubt}" for doubt in doubts)]


@with_keywords(stillplate.inspect_pixel, FIT_OPTIONS)
def pixel(
    video: Video,
    x: Annotated[int, Parameter(help="Column of the pixel, from 0 at the left.", converter=whole_number)],
    y: Annotated[int, Parameter(help="Row of the pixel, from 0 at the top.", converter=whole_number)],
    /,
    *,
    output: Annotated[str, typed_as("plate", "Image file for the drawing.", name=("--output", "-o"))],
    overwrite: Overwrite = False,
    **options: Any,
) -> None:
    """Run the command `pixel`; its help stands in `entry.COMMANDS`."""
    from stillplate.rendering.drawing import draw_pixel

    check_suffix(Path(output))
    with stillplate.open_video(video, fps=options.pop("fps"), levels=options.pop("levels")) as source:
        check_output(as_path(output), overwrite=overwrite, source=source.info.path)
        history = stillplate.inspect_pixel(source, x, y, **options)
    stillplate.write_image(output, draw_pixel(history), overwrite=overwrite)
