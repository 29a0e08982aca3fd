"""By what a report was made, so that it can be made again: the version, a command, and what tells the clip's file."""

from __future__ import annotations

import hashlib
import inspect
import os
import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from stillplate.io.address import Address, text_of
from stillplate.rendering.option_text import as_text
from stillplate.rendering.output_specs import OUTPUTS
from stillplate.rendering.request import IGNORED

__all__ = ["command_of", "fingerprint", "made_by"]

ENDS = 2**20  # bytes of a file's beginning and of its end that are read to tell it
TOGETHER = {"weights"}  # whose values one option takes; others are given once for each


def made_by(command: str | None) -> dict[str, Any]:
    """Return what the report says of the program."""
    return {"stillplate": version("stillplate"), "command": command}


def command_of(render: Callable[..., object], given: Mapping[str, Any]) -> str | None:
    """Return the command line that renders as a call of `render` does, wherever its outputs are written.

    Parameters
    ----------
    render : callable
        Whose signature has the defaults.
    given : mapping
        All its keywords.

    Returns
    -------
    str or None
        For a POSIX shell, without paths of outputs and secrets of addresses; None if something is given that has no
        text, such as an array.
    """
    words = ["stillplate", "render"]
    try:
        words.append(_text(given["source"]))
        for name, parameter in inspect.signature(render).parameters.items():
            value = given[name]
            if name not in IGNORED and name not in OUTPUTS and not _same(value, parameter.default):
                words += _typed(name, value)
    except TypeError:
        return None
    return shlex.join(words)


def _same(value: object, default: object) -> bool:
    if isinstance(value, np.ndarray):
        return False
    return value is default or bool(value == default) or (default is None and value == ())


def _typed(name: str, value: object) -> Iterator[str]:
    option = f"--{name.strip('_').replace('_', '-')}"
    if isinstance(value, bool):
        yield option if value else option.replace("--", "--no-", 1)
    elif name in TOGETHER and isinstance(value, Sequence):
        yield from (option, *map(_text, value))
    elif isinstance(value, (list, tuple)) and not _is_points(value):
        for one in value:
            yield from (option, _text(one))
    else:
        yield from (option, _text(value))


def _is_points(value: Sequence[object]) -> bool:
    """Whether a value is one polygon or line, or the two numbers of `levels`, which are one text."""
    return all(isinstance(one, (tuple, int, float)) for one in value)


def _text(value: object) -> str:
    """Return a value as it is typed; raise TypeError if it cannot be."""
    if isinstance(value, (str, os.PathLike)):
        return text_of(value)
    if isinstance(value, (tuple, list)) and value and all(isinstance(one, (int, float)) for one in value):
        return ",".join(as_text(one) for one in value)
    try:
        return as_text(value)
    except (AssertionError, ValueError) as err:
        raise TypeError from err


def fingerprint(files: Sequence[Path | None]) -> str | None:
    """Return what tells a clip from others, whatever its name and date.

    Returns
    -------
    str or None
        SHA-256, in hexadecimal digits, of each file's size and of its first and last MiB; None for what is no file on a
        disk.
    """
    digest, known = hashlib.sha256(), [path for path in files if path is not None and not isinstance(path, Address)]
    if not known or not all(path.is_file() for path in known):
        return None
    for path in known:
        size = path.stat().st_size
        digest.update(size.to_bytes(8, "little"))
        with path.open("rb") as file:
            digest.update(file.read(ENDS))
            file.seek(max(ENDS, size - ENDS))
            digest.update(file.read(ENDS))
    return digest.hexdigest()
