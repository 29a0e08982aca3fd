"""The command `render`, of one clip or many."""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from inspect import signature
from json import loads
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

from cyclopts import Parameter

import stillplate
from stillplate.cli.groups import RUN
from stillplate.cli.log import complain, say, say_json
from stillplate.cli.many import clips_of, is_tree, named, refuse_file
from stillplate.cli.options import (
    Cluster,
    Jobs,
    Json,
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
from stillplate.io.address import as_path, text_of
from stillplate.io.atomic import PIPES
from stillplate.rendering.clip_plan import for_clip
from stillplate.rendering.clips import SUMMARY, Clip
from stillplate.rendering.contact_page import CONTACT, is_ours
from stillplate.rendering.option_text import to_toml
from stillplate.rendering.output_specs import IN_FOLDER, OUTPUTS
from stillplate.rendering.summary import figures_in, figures_of

__all__ = ["render"]

OWN = {"source", "folder", "overwrite", "progress"}  # keywords that are no options of their own
KEYWORDS = [name for name in signature(stillplate.render).parameters if name not in OWN]
UNASKED = "Without it, and without a path for any output, it is CLIP-stillplate, here."


@with_keywords(stillplate.render, KEYWORDS)
def render(  # noqa: PLR0913  its options
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
    json: Json = False,
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
        own |= {"resume": resume, "json": json, "quiet": quiet}
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
        _render_many(videos, output, clips, quiet=quiet, json=json, **many, **options)
        return
    if output is None and all(options[name] is None for name in OUTPUTS) and videos[0] not in PIPES:
        output = f"{clips[0].name}-stillplate"
    options.update(
        {name: for_clip(options[name], clips[0].name) for name in OUTPUTS.keys() & options.keys() if options[name]}
    )
    if json and any(options[name] in PIPES for name in OUTPUTS):
        raise ParameterError("both a video and JSON are to go to standard output: name a file for the video")
    since = monotonic()
    with progress_bars(quiet) as progress:
        result = stillplate.render(clips[0].source, output, progress=progress, **options)
    if json:
        seconds, figures = round(monotonic() - since, 1), figures_of(loads(result.to_json()))
        told = {"doubts": result.doubts, "outputs": result.outputs}
        say_json({"clip": clips[0].path, "state": "done", "seconds": seconds, **figures, **told})
        return
    if quiet:
        return
    tell_doubts(result.doubts)
    if options["only_with_events"] and not result.events:
        say("nothing moved: no videos and no tables are written")
    if not any(path in PIPES for path in result.outputs.values()):
        say(*summary(result, monotonic() - since))


def _render_many(
    videos: Sequence[str], output: str | None, clips: Sequence[Clip], *, quiet: bool, json: bool, **options: Any
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
        if json:
            say_json(_figures(outcome))
        elif not quiet:
            ending = _told(outcome) or (f"{outcome.seconds:.1f} s" if outcome.state == "done" else "whole already")
            ending += f"; made anew: {outcome.reason}" if outcome.reason else ""
            say(f"[{count}/{clips}] {outcome.state}: {named(outcome.clip, ending)}")
            tell_doubts(outcome.doubts, f"{outcome.clip}: ")

    def tell_part(clip: Path, name: str, done: int, parts: int) -> None:
        if quiet or json:
            return
        part = f"{name} {done} of {parts}" if name == "span" or parts > 1 else "background"
        say(f"[{count}/{len(clips)}] {part}{' fitted' if name == 'period' else ''}: {clip}")

    outcomes = stillplate.render_many(videos, output, done=tell, part_done=tell_part, **options)
    failed = [outcome for outcome in outcomes if outcome.state == "failed"]
    if not (quiet or json or options["shard"]):
        counts = f"{len(outcomes)} clip{'' if len(outcomes) == 1 else 's'}, {len(failed)} failed"
        say(f"{counts}: {text_of(as_path(output) / SUMMARY)} has a row for each")
        if is_ours(page := as_path(output) / CONTACT):
            say(f"open {text_of(page)} in a browser")
    for outcome in failed:
        complain(named(outcome.clip, _told(outcome)), logging.ERROR)
    if failed:
        sys.exit(1)


def _figures(outcome: stillplate.Outcome) -> dict[str, Any]:
    """Return what is known of a clip of a batch, as the table has it, and what makes it doubtful."""
    told = {name: getattr(outcome, name) for name in ("clip", "folder", "state", "reason", "doubts")}
    told |= {"seconds": round(outcome.seconds, 1), "error": _told(outcome)}
    report = outcome.report or outcome.folder / IN_FOLDER["report"]
    return {**told, **({} if outcome.state == "failed" else figures_in(report))}


def _told(outcome: stillplate.Outcome) -> str:
    """Return why a clip failed, in the words of the command line."""
    from stillplate.cli.parsing import in_options

    return in_options(outcome.error) if outcome.error else ""
