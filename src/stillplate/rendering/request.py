"""The request of a render in its report, by which `render_many` finds out whether it has to be repeated."""

from __future__ import annotations

import hashlib
import inspect
import json
import os
import pickle
from collections.abc import Callable, Mapping, Sequence, Set
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from stillplate.io.address import as_path, is_address, text_of
from stillplate.io.atomic import readable
from stillplate.sampling.exclusion import Exclusion
from stillplate.sampling.span import Seconds

__all__ = ["IGNORED", "differences", "settings", "stamp", "with_defaults", "with_period"]

IGNORED = {"source", "folder", "memory", "overwrite", "progress"}  # none of them changes what is written


def with_defaults(function: Callable[..., object], given: Mapping[str, object]) -> dict[str, object]:
    """Return the keywords of a call with the defaults of those that are not given."""
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.default is not parameter.empty
    }
    return {**defaults, **given}


def with_period(period: Seconds | None) -> dict[str, float]:
    """Return the length of a period as a request has it; empty where there is none."""
    return {} if period is None else {"period": float(period)}


def settings(options: Mapping[str, object], outputs: Set[str]) -> dict[str, Any]:
    """Return the options of a render as JSON values, without output paths and options that change no output.

    Parameters
    ----------
    options : mapping
        All keywords.
    outputs : set of str
        Which of them are paths of outputs.

    Returns
    -------
    dict
        Of files that are named, also the size and the date; of arrays and other objects, a digest.
    """
    wanted = {name: value for name, value in options.items() if name not in IGNORED and name not in outputs}
    values = {name: _as_json_value(value) for name, value in wanted.items()}
    return dict(json.loads(readable(json.dumps(values, ensure_ascii=False))))


def _as_json_value(value: object) -> object:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, (str, os.PathLike)):
        text = text_of(value)
        if is_address(value):
            return [text, stamp([as_path(value)])]
        return [text, stamp([Path(text)])] if os.path.isfile(text) else text  # noqa: PTH113  never raises
    if isinstance(value, Exclusion):
        return [_as_json_value(value.region), _as_json_value(value.span.start), _as_json_value(value.span.end)]
    if isinstance(value, Sequence):
        return [_as_json_value(one) for one in value] or None
    data = np.ascontiguousarray(value).tobytes() if isinstance(value, np.ndarray) else pickle.dumps(value)
    return f"{type(value).__name__} {hashlib.sha256(data).hexdigest()[:16]}"


def stamp(files: Sequence[Path | None]) -> dict[str, Any]:
    """Return the size of all files in bytes and the newest change in seconds since 1970; None if there is no file."""
    found = [path.stat() for path in files if path is not None and path.is_file()]
    if not found:
        return {"bytes": None, "changed": None}
    return {"bytes": sum(one.st_size for one in found), "changed": round(max(one.st_mtime for one in found), 3)}


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Return which options have changed; empty if none has."""
    names = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    return ", ".join(f"{name} was {_short(then.get(name))}, is {_short(now.get(name))}" for name in names)


def _short(value: object) -> str:
    text = "not given" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
