"""Options as text: TOML that `--config` reads back, and what one option is on the command line."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np

from stillplate.errors import ParameterError
from stillplate.imaging.rectangle import Rectangle
from stillplate.sampling.exclusion import Exclusion
from stillplate.sampling.line import Line

__all__ = ["as_text", "read_toml", "to_toml"]


def read_toml(path: Path) -> dict[str, object]:
    """Read a file of options; their meaning is defined where they are used.

    Raises
    ------
    ParameterError
        If it is no TOML, or a text in it is one that no path can be.
    """
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as err:  # of what is no TOML, no UTF-8, too deep, or a number too long
        raise ParameterError(f"{path}: is no TOML: {err}: lines such as samples = 64 are needed") from err
    for key, value in given.items():
        if any("\0" in text for text in _texts(value)):
            raise ParameterError(f"{path}: {key} holds a zero byte, which no path may")
    return given


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def to_toml(options: Mapping[str, object]) -> str:
    """Write options as TOML, one a line, each as its command-line option takes it.

    One that is not given is a comment.

    Parameters
    ----------
    options : mapping of str to value
        By keyword.

    Returns
    -------
    str
    """
    lines = []
    for name, value in options.items():
        key = name.strip("_").replace("_", "-")
        lines.append(f"# {key} =" if value is None or value == () else f"{key} = {_value(value)}")
    return "\n".join(lines) + "\n"


def as_text(value: object) -> str:
    """Return one value as the command line takes it: a number, a word, a path, an exclusion, a line or a polygon."""
    if isinstance(value, (bool, int)):
        return str(value).lower()
    if isinstance(value, (float, Fraction)):
        return repr(float(value))
    if isinstance(value, (str, os.PathLike)):
        return os.fspath(value)
    if isinstance(value, Exclusion):
        return _exclusion(value)
    if isinstance(value, (Line, Rectangle)):
        return str(value)
    assert isinstance(value, Sequence)
    return _polygon(value)


def _value(value: object) -> str:
    if isinstance(value, (bool, int, float, Fraction)):
        return as_text(value)
    if isinstance(value, Sequence) and not isinstance(value, (str, Rectangle)) and not _is_polygon(value):
        return "[" + ", ".join(_value(item) for item in value) + "]"
    return _quoted(as_text(value))


def _is_polygon(value: Sequence[object]) -> bool:
    return len(value) > 0 and all(isinstance(corner, tuple) for corner in value)


def _exclusion(exclusion: Exclusion) -> str:
    region = exclusion.region
    text = os.fspath(region) if isinstance(region, (str, os.PathLike)) else _polygon(np.asarray(region).tolist())
    start, end = exclusion.span.start, exclusion.span.end
    if start is None and end is None:
        return text
    return text + "@" + "-".join("" if time is None else _digits(float(time)) for time in (start, end))


def _polygon(corners: Sequence[Sequence[float]]) -> str:
    return " ".join(f"{_digits(float(x))},{_digits(float(y))}" for x, y in corners)


def _digits(number: float) -> str:
    """Return the shortest text that reads back as the same number, without an exponent."""
    return np.format_float_positional(number, trim="-")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # a TOML basic string is JSON's but for this
