"""The command `summary`, which joins the tables of shards."""

from __future__ import annotations

import logging
import sys
from typing import Annotated

from cyclopts import Parameter

import stillplate
from stillplate.cli.log import complain, say_json
from stillplate.cli.many import named
from stillplate.cli.options import Json
from stillplate.io.address import as_path

__all__ = ["summary"]

STATES = ("done", "skipped", "failed")


def summary(
    folder: Annotated[str, Parameter(metavar="DIR", help="Folder of the outputs: what -o of render was.")],
    /,
    *,
    json: Json = False,
) -> None:
    """Run the command `summary`; its help stands in `front_page.COMMANDS`."""
    joined = stillplate.join_summaries(folder)
    if json:
        say_json({"table": joined.path, "clips": joined.states, "failed": joined.failed, "missing": joined.missing})
    else:
        counts = ", ".join(f"{joined.states[state]} {state}" for state in STATES if state in joined.states)
        clips = f"{sum(joined.states.values())} clip{'' if sum(joined.states.values()) == 1 else 's'}"
        print(f"{joined.path}: {clips} of {joined.shards} shards{counts and ': '}{counts}")
    for clip, error in joined.failed.items():
        complain(named(as_path(clip), error), logging.ERROR)
    for number in joined.missing:
        complain(f"shard {number}/{joined.shards} has left no table: run it, or again", logging.ERROR)
    if joined.failed or joined.missing:
        sys.exit(1)
