"""The command `render`, of one clip or many."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from time import monotonic
from typing import Annotated, Any, Literal

from cyclopts import Parameter

import stillplate
from stillplate.cli.config import to_toml
from stillplate.cli.converters import roi_of, weights_of
from stillplate.cli.many import clips_of, is_tree, named, refuse_file
from stillplate.cli.options import (
    Camera,
    Clusters,
    Depth,
    End,
    Exclude,
    Fps,
    Jobs,
    Levels,
    Light,
    Memory,
    MotionFrom,
    Output,
    Overwrite,
    Quiet,
    Samples,
    Seed,
    Start,
    Videos,
    Vote,
    of_batch,
    of_render,
)
from stillplate.cli.progress import progress_bars
from stillplate.cli.summary import summary, tell_doubts
from stillplate.errors import ParameterError
from stillplate.io.atomic import PIPES
from stillplate.rendering.batch import for_clip
from stillplate.rendering.clips import Clip
from stillplate.rendering.output_specs import OUTPUTS

__all__ = ["render"]


def render(
    *videos: Videos,
    output: Annotated[Output, of_render("folder", name=("--output", "-o"))] = None,
    plate: Annotated[Output, of_render("plate")] = None,
    mask: Annotated[Output, of_render("mask")] = None,
    foreground: Annotated[Output, of_render("foreground")] = None,
    cutout: Annotated[Output, of_render("cutout")] = None,
    comparison: Annotated[Output, of_render("comparison")] = None,
    report: Annotated[Output, of_render("report")] = None,
    page: Annotated[Output, of_render("page")] = None,
    composite: Annotated[Output, of_render("composite")] = None,
    clean: Annotated[Output, of_render("clean")] = None,
    layers: Annotated[Output, of_render("layers")] = None,
    stabilized: Annotated[Output, of_render("stabilized")] = None,
    motion: Annotated[Output, of_render("motion")] = None,
    objects: Annotated[Output, of_render("objects")] = None,
    coco: Annotated[Output, of_render("coco")] = None,
    yolo: Annotated[Output, of_render("yolo")] = None,
    timeline: Annotated[Output, of_render("timeline")] = None,
    events: Annotated[Output, of_render("events")] = None,
    frames: Annotated[Output, of_render("frames")] = None,
    plate_from: Annotated[Output, of_render("plate_from")] = None,
    depth: Depth = "auto",
    samples: Samples = 64,
    clusters: Clusters = 2,
    vote: Vote = "calm",
    light: Light = "auto",
    camera: Camera = "auto",
    motion_from: MotionFrom = None,
    threshold: Annotated[float | None, of_render("threshold")] = None,
    weights: Annotated[
        tuple[float, float, float],
        of_render("weights", converter=weights_of, n_tokens=3, show_default=lambda _: "1/3 1/3 1/3"),
    ] = (1 / 3, 1 / 3, 1 / 3),
    sensitivity: Annotated[float, of_render("sensitivity")] = 1.0,
    shadows: Annotated[Literal["background", "foreground", "label"], of_render("shadows")] = "background",
    cleanup: Annotated[Literal["none", "light", "default"], of_render("cleanup")] = "default",
    min_size: Annotated[str | None, of_render("min_size")] = None,
    clean_shadows: Annotated[bool, of_render("clean_shadows", negative="--no-clean-shadows")] = True,
    memory: Memory = 2**30,
    seed: Seed = 0,
    start: Start = None,
    end: End = None,
    trim: Annotated[bool, of_render("trim")] = False,
    exclude: Exclude = (),
    fps: Fps = None,
    levels: Levels = None,
    roi: Annotated[Any, of_render("roi", converter=roi_of, n_tokens=1, show_default=False)] = None,
    quality: Annotated[str | None, of_render("quality")] = None,
    audio: Annotated[bool, of_render("audio", negative="--no-audio")] = True,
    jobs: Jobs = 1,
    resume: Annotated[bool, of_batch("resume")] = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    print_config: Annotated[
        bool, Parameter(help="Print the options in force as a file for --config, and do no more.")
    ] = False,
) -> None:
    """Write plate, mask, foreground, comparison and reports: all of them with -o DIR, or each by its own option.

    Of several clips each has a folder of its own in DIR, and DIR/summary.csv a row; the path of a further output needs
    {clip} in it, which stands for the clip's name: --clean 'DIR/{clip}/clean.mp4'.
    """
    options: dict[str, Any] = {
        "plate": plate, "mask": mask, "foreground": foreground, "cutout": cutout, "comparison": comparison,
        "report": report, "page": page, "composite": composite, "clean": clean, "layers": layers,
        "stabilized": stabilized, "motion": motion, "objects": objects, "coco": coco, "yolo": yolo,
        "timeline": timeline, "events": events, "frames": frames,
        "samples": samples, "clusters": clusters, "vote": vote, "light": light, "camera": camera,
        "motion_from": motion_from, "threshold": threshold, "weights": weights, "sensitivity": sensitivity,
        "shadows": shadows, "cleanup": cleanup, "min_size": min_size, "clean_shadows": clean_shadows,
        "memory": memory, "seed": seed, "start": start, "end": end, "trim": trim, "exclude": exclude, "roi": roi,
        "plate_from": plate_from, "depth": depth, "quality": quality, "audio": audio, "overwrite": overwrite,
        "fps": fps, "levels": levels,
    }  # fmt: skip
    if print_config:
        typed = None if levels is None else ",".join(map(repr, levels))
        print(
            to_toml({"output": output, **options, "levels": typed, "jobs": jobs, "resume": resume, "quiet": quiet}),
            end="",
        )
        return
    if not videos:
        raise ParameterError("no clip is given: name a video file, or a folder or glob of images")
    if output is not None:
        refuse_file(output)
    clips = clips_of(videos, output)
    if len(clips) > 1 or jobs != 1 or resume or is_tree(videos, clips):
        _render_many(videos, output, clips, jobs=jobs, resume=resume, quiet=quiet, **options)
        return
    options.update(
        {name: for_clip(options[name], clips[0].name) for name in OUTPUTS.keys() & options.keys() if options[name]}
    )
    since = monotonic()
    with progress_bars(quiet) as progress:
        result = stillplate.render(clips[0].source, output, progress=progress, **options)
    if quiet:
        return
    tell_doubts(result.doubts)
    if not any(path in PIPES for path in result.outputs.values()):
        print(*summary(result, monotonic() - since), sep="\n")


def _render_many(
    videos: Sequence[str], output: str | None, clips: Sequence[Clip], *, quiet: bool, **options: Any
) -> None:
    """Render many clips, tell of each as it is done, and exit 1 if one failed."""
    if output is None:
        raise ParameterError(
            f"{len(clips)} clips need a folder for their outputs: give it with -o DIR"
            if len(clips) > 1
            else "a folder for the outputs is needed: give it with -o DIR"
        )
    count = 0

    def tell(outcome: stillplate.Outcome, clips: int) -> None:
        nonlocal count
        count += 1
        if not quiet:
            ending = outcome.error or (f"{outcome.seconds:.1f} s" if outcome.state == "done" else "whole already")
            ending += f"; made anew: {outcome.reason}" if outcome.reason else ""
            print(f"[{count}/{clips}] {outcome.state}: {named(outcome.clip, ending)}", flush=True)
            tell_doubts(outcome.doubts, f"{outcome.clip}: ")

    outcomes = stillplate.render_many(videos, output, done=tell, **options)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    for outcome in failed:
        print(f"stillplate: {named(outcome.clip, outcome.error)}", file=sys.stderr)
    if failed:
        sys.exit(1)
