"""The options of the commands: names, defaults and help are those of the library's keywords.

A command takes its options from the library function that it calls, by `with_keywords`; the table in typed.py adds how
each is typed.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from fractions import Fraction
from functools import cache, wraps
from itertools import takewhile
from typing import Annotated, Any, TypeVar

from cyclopts import Parameter

import stillplate
from stillplate.cli.groups import OUTPUTS
from stillplate.cli.typed import TYPED, Typed

__all__ = [
    "FIT_OPTIONS",
    "Cluster",
    "Jobs",
    "Json",
    "Output",
    "Overwrite",
    "Period",
    "Quiet",
    "Resume",
    "Seed",
    "Shard",
    "Spans",
    "Video",
    "Videos",
    "help_of",
    "typed_as",
    "with_keywords",
]

Command = TypeVar("Command", bound=Callable[..., None])


def help_of(function: Callable[..., Any], name: str) -> str:
    """A keyword's description in the docstring of a library function, in one line."""
    lines = _docstring(function)
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{name} : "))
    return " ".join(line.strip() for line in takewhile(lambda line: line.startswith(" "), lines[at + 1 :]))


@cache
def _docstring(function: Callable[..., Any]) -> list[str]:
    return (inspect.getdoc(function) or "").splitlines()


def typed_as(name: str, text: str, /, **settings: Any) -> Parameter:
    """Return how an option is typed, with a help text; further settings replace those of its line in the table."""
    typed = TYPED.get(name, Typed(OUTPUTS, "FILE"))
    return Parameter(**{"group": typed.group, "metavar": typed.value, "help": text, **typed.settings, **settings})


def _of_batch(name: str) -> Parameter:
    return typed_as(name, help_of(stillplate.render_many, name))


def _of_render(name: str) -> Parameter:
    return typed_as(name, help_of(stillplate.render, name))


Video = Annotated[
    str,
    Parameter(
        metavar="CLIP",
        help="The clip: a video file, a folder or glob of images, - for a pipe; or its address, such as s3://bucket/clip.mp4.",
    ),
]
Videos = Annotated[
    str,
    Parameter(
        metavar="CLIP",
        help="The clip, or several: video files, folders, globs or patterns of images, folders of clips, - for a pipe; "
        "or their addresses, such as s3://bucket/*.mp4.",
    ),
]
Jobs = Annotated[int, _of_batch("jobs")]
Resume = Annotated[bool, _of_batch("resume")]
Shard = Annotated[tuple[int, int] | None, _of_batch("shard")]
Cluster = Annotated[str | None, _of_batch("cluster")]
Spans = Annotated[Fraction | None, _of_batch("spans")]
Period = Annotated[Fraction | None, _of_batch("period")]
Seed = Annotated[int, _of_render("seed")]
Overwrite = Annotated[bool, _of_render("overwrite")]
Quiet = Annotated[bool, typed_as("quiet", "Show no progress and no summary.")]
Json = Annotated[
    bool,
    typed_as("json", "Print what was found as JSON, a line for each clip, in place of text."),
]
Output = Annotated[str | None, Parameter(show_default=False)]
DEFAULTS = {"exclude": (), "crossings": ()}  # where the command line's differs from the library's
LAST = ("jobs", "overwrite")  # options of a command's own from which on the help page follows the keywords
FIT_OPTIONS = (
    "samples", "clusters", "vote", "light", "camera", "motion_from", "memory", "seed", "start", "end", "exclude",
    "also", "fps", "levels",
)  # fmt: skip
"""The keywords of `fit` that every command has that samples a clip."""


def with_keywords(function: Callable[..., Any], names: Collection[str]) -> Callable[[Command], Command]:
    """Give a command, in place of its `**options`, the keywords of a library function.

    Parameters
    ----------
    function : callable
        Whose signature has the defaults; the help is that of `render`, whose docstring has all keywords.
    names : collection of str
        Of its keywords, in the order of the help page.
    """

    def decorate(command: Command) -> Command:
        signature, own = inspect.signature(function), inspect.signature(command, eval_str=True)
        before = [part for part in own.parameters.values() if part.kind is not part.VAR_KEYWORD]
        added = [_parameter(signature.parameters[name]) for name in names]
        first = [part for part in before if part.kind is not part.KEYWORD_ONLY]
        last = [part for part in before if part.kind is part.KEYWORD_ONLY]
        place = next((number for number, part in enumerate(last) if part.name in LAST), len(last))
        parameters = [*first, *last[:place], *added, *last[place:]]
        defaults = {part.name: part.default for part in added}

        @wraps(command)
        def complete(*arguments: Any, **options: Any) -> None:
            command(*arguments, **{**defaults, **options})  # cyclopts passes what was typed

        complete.__signature__ = own.replace(parameters=parameters)  # type: ignore[attr-defined]
        complete.__annotations__ = {part.name: part.annotation for part in parameters}
        return complete  # type: ignore[return-value]  # the same parameters, but for the kind of the keywords

    return decorate


def _parameter(keyword: inspect.Parameter) -> inspect.Parameter:
    """A keyword of a library function as an option of a command."""
    name = keyword.name
    kind = TYPED.get(name, Typed(OUTPUTS)).kind
    default = DEFAULTS.get(name, keyword.default)
    annotation: Any = Annotated[kind, _of_render(name)]  # a type that is known only at run time
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
