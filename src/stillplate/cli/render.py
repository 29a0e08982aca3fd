"""The command `render`, of one clip or many."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from inspect import signature
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

from cyclopts import Parameter

import stillplate
from stillplate.cli.groups import RUN
from stillplate.cli.log import complain, say
from stillplate.cli.many import clips_of, is_tree, named, refuse_file
from stillplate.cli.options import (
    Cluster,
    Jobs,
    Output,
    Overwrite,
    Period,
    Quiet,
    Resume,
    Shard,
    Spans,
    Videos,
    help_of,
    typed_as,
    with_keywords,
)
from stillplate.cli.progress import progress_bars
from stillplate.cli.summary import summary, tell_doubts
from stillplate.errors import ParameterError
from stillplate.io.atomic import PIPES
from stillplate.rendering.clip_plan import for_clip
from stillplate.rendering.clips import Clip
from stillplate.rendering.option_text import to_toml
from stillplate.rendering.output_specs import OUTPUTS

__all__ = ["render"]

OWN = {"source", "folder", "overwrite", "progress"}  # keywords that are no options of their own
KEYWORDS = [name for name in signature(stillplate.render).parameters if name not in OWN]
UNASKED = "Without it, and without a path for any output, it is CLIP-stillplate, here."


@with_keywords(stillplate.render, KEYWORDS)
def render(
    *videos: Videos,
    output: Annotated[
        Output, typed_as("output", f"{help_of(stillplate.render, 'folder')} {UNASKED}", name=("--output", "-o"))
    ] = None,
    jobs: Jobs = 1,
    shard: Shard = None,
    cluster: Cluster = None,
    spans: Spans = None,
    period: Period = None,
    resume: Resume = False,
    overwrite: Overwrite = False,
    quiet: Quiet = False,
    print_config: Annotated[
        bool,
        Parameter(
            group=RUN, help="Print the options in force as a file for --config, and do no more.", show_default=False
        ),
    ] = False,
    **options: Any,
) -> None:
    """Run the command `render`; its help stands in `entry.COMMANDS`."""
    options["overwrite"] = overwrite
    levels = options["levels"]
    if print_config:
        typed = None if levels is None else ",".join(map(repr, levels))
        own = {"jobs": jobs, "shard": shard and f"{shard[0]}/{shard[1]}", "cluster": cluster}
        lengths = {"spans": spans, "period": period}
        own |= {name: None if length is None else str(float(length)) for name, length in lengths.items()}
        own |= {"resume": resume, "quiet": quiet}
        print(to_toml({"output": output, **options, "levels": typed, **own}), end="")
        return
    if not videos:
        raise ParameterError("no clip is given: name a video file, or a folder or glob of images")
    if output is not None:
        refuse_file(output)
    clips = clips_of(videos, output)
    if (
        len(clips) > 1
        or jobs != 1
        or shard
        or cluster
        or (spans, period) != (None, None)
        or resume
        or is_tree(videos, clips)
    ):
        many = {"jobs": jobs, "shard": shard, "cluster": cluster, "spans": spans, "period": period, "resume": resume}
        _render_many(videos, output, clips, quiet=quiet, **many, **options)
        return
    if output is None and all(options[name] is None for name in OUTPUTS) and videos[0] not in PIPES:
        output = f"{clips[0].name}-stillplate"
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
        say(*summary(result, monotonic() - since))


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
            ending = _told(outcome) or (f"{outcome.seconds:.1f} s" if outcome.state == "done" else "whole already")
            ending += f"; made anew: {outcome.reason}" if outcome.reason else ""
            say(f"[{count}/{clips}] {outcome.state}: {named(outcome.clip, ending)}")
            tell_doubts(outcome.doubts, f"{outcome.clip}: ")

    def tell_span(clip: Path, whole: int, spans: int) -> None:
        if not quiet:
            say(f"[{count}/{len(clips)}] span {whole} of {spans}: {clip}")

    outcomes = stillplate.render_many(videos, output, done=tell, span_done=tell_span, **options)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    for outcome in failed:
        complain(named(outcome.clip, _told(outcome)), logging.ERROR)
    if failed:
        sys.exit(1)


def _told(outcome: stillplate.Outcome) -> str:
    """Return why a clip failed, in the words of the command line."""
    from stillplate.cli.parsing import in_options

    return in_options(outcome.error) if outcome.error else ""
