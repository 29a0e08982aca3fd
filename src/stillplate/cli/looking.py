"""Commands that look into a clip: `check` and `pixel`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import stillplate
from stillplate.cli.bars import progress_bars
from stillplate.cli.converters import whole
from stillplate.cli.options import (
    Camera,
    Clusters,
    End,
    Exclude,
    Fps,
    Levels,
    Light,
    Memory,
    MotionFrom,
    Output,
    Overwrite,
    Samples,
    Seed,
    Start,
    Video,
    Vote,
)
from stillplate.errors import ParameterError
from stillplate.files import PIPES, check_output
from stillplate.video.images import check_suffix

__all__ = ["check", "pixel"]


def check(
    video: Video,
    /,
    *,
    output: Annotated[Output, Parameter(("--output", "-o"), help="JSON file for the same figures.")] = None,
    samples: Samples = 64,
    clusters: Clusters = 2,
    vote: Vote = "calm",
    light: Light = "auto",
    camera: Camera = "auto",
    motion_from: MotionFrom = None,
    memory: Memory = 2**30,
    seed: Seed = 0,
    start: Start = None,
    end: End = None,
    exclude: Exclude = (),
    fps: Fps = None,
    levels: Levels = None,
    overwrite: Overwrite = False,
) -> None:
    """Tell how far the clip is what the method takes it for: movement, light, camera, samples, what stood still."""
    with stillplate.open_video(video, fps=fps, levels=levels) as source:
        if output in PIPES:
            raise ParameterError("-: standard output has the findings already: name a file for the JSON")
        if output is not None:
            check_output(Path(output), overwrite=overwrite, source=source.info.path)
        with progress_bars(quiet=False) as progress:
            background = stillplate.fit(
                source, samples=samples, clusters=clusters, vote=vote, light=light, camera=camera,
                motion_from=motion_from, memory=memory, seed=seed, start=start, end=end, exclude=exclude,
                progress=progress and progress("sample"),
            )  # fmt: skip
    found = background.assumptions
    assert found is not None  # a new background has them
    if output is not None:
        found.save(Path(output), overwrite=overwrite)
    print(*found.lines(), *background.stays, sep="\n")


def pixel(
    video: Video,
    x: Annotated[int, Parameter(help="Column of the pixel, from 0 at the left.", converter=whole)],
    y: Annotated[int, Parameter(help="Row of the pixel, from 0 at the top.", converter=whole)],
    /,
    *,
    output: Annotated[str, Parameter(("--output", "-o"), help="Image file for the drawing.")],
    samples: Samples = 64,
    clusters: Clusters = 2,
    vote: Vote = "calm",
    light: Light = "auto",
    camera: Camera = "auto",
    motion_from: MotionFrom = None,
    memory: Memory = 2**30,
    seed: Seed = 0,
    start: Start = None,
    end: End = None,
    exclude: Exclude = (),
    fps: Fps = None,
    levels: Levels = None,
    overwrite: Overwrite = False,
) -> None:
    """Draw one pixel's samples, their clusters and the colour chosen."""
    from stillplate.drawing import draw_pixel

    check_suffix(Path(output))
    with stillplate.open_video(video, fps=fps, levels=levels) as source:
        check_output(Path(output), overwrite=overwrite, source=source.info.path)
        history = stillplate.inspect_pixel(
            source, x, y, samples=samples, clusters=clusters, vote=vote, light=light, camera=camera,
            motion_from=motion_from, memory=memory, seed=seed, start=start, end=end, exclude=exclude,
        )  # fmt: skip
    stillplate.write_image(output, draw_pixel(history), overwrite=overwrite)
