"""Options that several commands have. Their help is that of the library's keywords."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Annotated, Any, Literal

from cyclopts import Parameter

import stillplate
from stillplate.cli.converters import exclusions, fps_of, levels_of, size, time, whole_number

__all__ = [
    "Camera",
    "Clusters",
    "Depth",
    "End",
    "Exclude",
    "Fps",
    "Jobs",
    "Levels",
    "Light",
    "Memory",
    "MotionFrom",
    "Output",
    "Overwrite",
    "Quiet",
    "Samples",
    "Seed",
    "Start",
    "Video",
    "Videos",
    "Vote",
    "of_batch",
    "of_render",
]


def _help(function: Callable[..., Any]) -> Callable[..., Parameter]:
    """Take the help of an option from the docstring of the library function that bears it."""
    lines = (function.__doc__ or "").splitlines()

    def option(name: str, /, **settings: Any) -> Parameter:
        at = next(number for number, line in enumerate(lines) if line.strip().startswith(f"{name} : "))
        return Parameter(help=lines[at + 1].strip(), **settings)

    return option


of_render = _help(stillplate.render)
of_batch = _help(stillplate.render_many)

Video = Annotated[str, Parameter(help="The clip: a video file, a folder or glob of images, or - for a pipe.")]
Videos = Annotated[
    str,
    Parameter(
        help="The clip, or several: video files, folders, globs or patterns of images, folders of clips, - for a pipe."
    ),
]
Jobs = Annotated[int, of_batch("jobs", converter=whole_number)]
Samples = Annotated[int, of_render("samples", converter=whole_number)]
Clusters = Annotated[int, of_render("clusters", converter=whole_number)]
Vote = Annotated[Literal["calm", "majority"], of_render("vote")]
Light = Annotated[Literal["auto", "fixed", "varying"], of_render("light")]
Camera = Annotated[Literal["auto", "static", "moving"], of_render("camera")]
MotionFrom = Annotated[str | None, of_render("motion_from", show_default=False)]
Depth = Annotated[Literal["auto", "8", "16"], of_render("depth")]
Seed = Annotated[int, of_render("seed", converter=whole_number)]
Memory = Annotated[int, of_render("memory", converter=size, n_tokens=1, show_default=lambda size: f"{size >> 20}M")]
Start = Annotated[Fraction | None, of_render("start", converter=time, n_tokens=1, show_default=False)]
End = Annotated[Fraction | None, of_render("end", converter=time, n_tokens=1, show_default=False)]
Exclude = Annotated[
    tuple[stillplate.Exclusion, ...], of_render("exclude", converter=exclusions, n_tokens=1, show_default=False)
]
Fps = Annotated[Fraction | None, of_render("fps", converter=fps_of, n_tokens=1, show_default=False)]
Levels = Annotated[tuple[float, float] | None, of_render("levels", converter=levels_of, n_tokens=1, show_default=False)]
Overwrite = Annotated[bool, of_render("overwrite")]
Quiet = Annotated[bool, Parameter(help="Show no progress and no summary.")]
Output = Annotated[str | None, Parameter(show_default=False)]
