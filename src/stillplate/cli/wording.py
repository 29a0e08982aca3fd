"""Errors in the words of the command line: of cyclopts, and of the library, which names keywords."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from cyclopts import (
    CoercionError,
    CycloptsError,
    MissingArgumentError,
    RepeatArgumentError,
    UnknownCommandError,
    UnknownOptionError,
    UnusedCliTokensError,
)

from stillplate.cli.hints import hint

__all__ = ["as_options", "complaint"]

TYPES = {"float": "a number", "int": "a whole number", "bool": "yes or no"}


def as_options(text: str, known: Collection[str]) -> str:
    """Name options where an error of the library names keywords: `samples is 1`, `overwrite=True`, `plate_from`."""
    names = {name.lstrip("-").replace("-", "_"): name for name in known if name.startswith("--")} | {"folder": "-o"}
    either = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    said = re.sub(
        rf"^(--[\w-]+: )?({either})(?= (?:is|are|has|holds)\b)", lambda found: (found[1] or "") + names[found[2]], text
    )
    said = re.sub(
        rf"\b({either})=(True|False|'[^']*'|[\w.]+|(?=\W))", lambda found: _set(names[found[1]], found[2]), said
    )
    spelled = [name for name in names if "_" in name]
    return re.sub(rf"(?<![\w./-])({'|'.join(spelled)})(?![\w/.])", lambda found: names[found[1]], said)


def _set(option: str, value: str) -> str:
    if value in ("True", "False"):
        return option if value == "True" else option.replace("--", "--no-", 1)
    return f"{option} {value.strip(chr(39))}".strip()


def complaint(err: CycloptsError, known: Mapping[str, Collection[str]]) -> str:
    """Say in one line what is wrong with the command line: what was given, what is needed.

    Parameters
    ----------
    err : CycloptsError
    known : mapping of str to collection of str
        The options of each command.
    """
    command = err.command_chain[-1] if err.command_chain else ""
    match err:
        case UnknownCommandError():
            return _no_command((err.unused_tokens or [""])[0], list(known))
        case UnknownOptionError():
            return _no_option(err.token.keyword or err.token.value, command, known)
        case UnusedCliTokensError():
            return _too_much(err.unused_tokens or [], command)
        case MissingArgumentError():
            return _too_little(err, command)
        case CoercionError() if err.token is not None:
            return _no_such_value(err)
        case RepeatArgumentError():
            return f"{err.token.keyword} is given twice, but takes one value: leave one out"
        case _:
            err.verbose = False
            return str(err)


def _no_command(word: str, commands: list[str]) -> str:
    listed = ", ".join(commands)
    if Path(word).suffix or Path(word).exists() or re.search(r"[/\\*?%]", word):
        return (
            f"{word} is no command: to render a clip, write stillplate render {word} -o DIR; the commands are {listed}"
        )
    if word.startswith("-"):
        return f"{word} is given, but no command: write stillplate COMMAND {word}; the commands are {listed}"
    close = [name for name in commands if len(word) > 1 and (name.startswith(word) or word.startswith(name))]
    close = close or get_close_matches(word, commands, n=1)
    meant = f"did you mean {close[0]}? " if close else ""
    return f"{word} is no command: {meant}the commands are {listed}"


def _no_option(option: str, command: str, known: Mapping[str, Collection[str]]) -> str:
    name = option.split("=", 1)[0]
    others = [other for other, options in known.items() if name in options and other != command]
    if not command:
        return f"{name} stands before a command, but its options come after it: stillplate render CLIP -o DIR"
    if name in ("-i", "--input", "--video", "--source"):
        return f"{name} is no option of {command}: name the clip by itself, as in stillplate {command} clip.mp4"
    if others:
        return f"{name} is no option of {command}, but of {', '.join(others)}"
    meant = hint(name, known.get(command, ()))
    return f"{name} is no option of {command}. {meant or f'stillplate {command} --help lists them.'}"


def _too_much(words: list[str], command: str) -> str:
    listed = " ".join(words)
    return (
        f"{command}: {listed} is left over: quote names with blanks in them and patterns such as '*.png', "
        f"and see stillplate {command} --help for what it takes"
    )


def _too_little(err: MissingArgumentError, command: str) -> str:
    argument = err.argument
    assert argument is not None
    count, _ = argument.token_count()
    wanted = (argument.parameter.help or "").rstrip(".")
    wanted = f": {wanted[:1].lower()}{wanted[1:]}" if wanted else ""
    named = err.keyword or next((token.keyword for token in reversed(argument.tokens) if token.keyword), None)
    if named is None:
        short = min((name for name in argument.names if name.startswith("-")), key=len, default=argument.name)
        return f"{command} needs {short if short.startswith('-') else short.upper()}, which is not given{wanted}"
    if count > 1:
        return f"{named} needs {count} values, but {len(err.tokens_so_far) % count} are given{wanted}"
    return f"{named} needs a value after it, but none is given{wanted}"


def _no_such_value(err: CoercionError) -> str:
    assert err.token is not None
    argument = err.argument
    name = err.token.keyword or (argument.name.lstrip("-").upper() if argument is not None else "the value")
    file = f"{err.token.source}: " if err.token.source not in ("", "cli") else ""
    return f"{file}{name} is {err.token.value!r}, but {_needed(err.target_type)} is needed"


def _needed(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    found = [word for name, word in TYPES.items() if name in str(getattr(kind, "__name__", kind))]
    return found[0] if found else "another value"
