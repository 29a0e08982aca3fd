"""What is seen, as a command line and as a file of options."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from stillplate.rendering.option_text import as_text, to_toml
from stillplate.sampling.region import Region
from stillplate.viewer.knobs import Knobs
from stillplate.viewer.session import Session

__all__ = ["command_line", "keywords", "option_file"]

SWITCHED_OFF = {"temporal": "--no-temporal", "clean_shadows": "--no-clean-shadows"}
SEVERAL = ("exclude", "also")  # options that are given once for each value


def keywords(session: Session, knobs: Knobs) -> dict[str, Any]:
    """Return the keywords of `render` that make what is seen, without those that are its defaults.

    Parameters
    ----------
    session : Session
    knobs : Knobs
        As the page has turned them.
    """
    start = session.start
    given = {name: value for name, value in start.fit.items() if name not in session.plate_knobs.__slots__}
    found: dict[str, Any] = {**given, **session.plate_knobs.keywords(), **start.opening}
    if session.exclusions:
        found["exclude"] = session.exclusions
    if session.roi is not None:
        found["roi"] = _corners(session.roi)
    found.update(knobs.keywords())
    return {name: value for name, value in found.items() if value is not None and value != ()}


def command_line(session: Session, knobs: Knobs) -> str:
    """Return the command that renders what is seen, as a shell takes it."""
    words = ["stillplate", "render", session.source.info.name, "-o", str(session.start.folder)]
    for name, value in keywords(session, knobs).items():
        option = f"--{name.replace('_', '-')}"
        if name in SWITCHED_OFF:
            words.append(SWITCHED_OFF[name])
        elif name in SEVERAL:
            words += [word for one in value for word in (option, as_text(one))]
        elif name in ("weights", "levels"):
            numbers = [repr(float(number)) for number in value]
            words += [option, *(numbers if name == "weights" else [",".join(numbers)])]
        else:
            words += [option, as_text(value)]
    return shlex.join(words)


def option_file(session: Session, knobs: Knobs) -> str:
    """Return the same as TOML for `--config`."""
    given: Mapping[str, Any] = {"output": str(session.start.folder), **keywords(session, knobs)}
    levels = given.get("levels")
    if levels is not None:
        given = {**given, "levels": ",".join(repr(float(number)) for number in levels)}
    return to_toml(given)


def _corners(region: Region) -> object:
    """Return a polygon as tuples of its corners; a path as it is."""
    if isinstance(region, (str, Path)):
        return str(region)
    return tuple(tuple(corner) for corner in np.asarray(region).tolist())
