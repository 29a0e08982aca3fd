"""What differs from one version of PyAV to another: how a file is opened, and the type of its rates."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from numbers import Rational
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream

__all__ = ["as_fraction", "open_input", "tick_of"]

# until PyAV 18, a tag that is not UTF-8 is an error unless this is given; from 19 on it is none, and this is refused
TAGS: Mapping[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}


def open_input(
    path: str | os.PathLike[str], form: str | None = None, options: dict[str, str] | None = None
) -> InputContainer:
    """Open a file for reading, whatever its tags hold.

    Parameters
    ----------
    path : path
        A file, never an address.
    form : str, optional
        FFmpeg's name of the container, where its content does not tell.
    options : dict of str to str, optional
        FFmpeg's, of the container and its decoders.

    Returns
    -------
    InputContainer
    """
    container: InputContainer = av.open(f"file:{os.fspath(path)}", "r", format=form, options=options, **TAGS)
    return container


def as_fraction(number: Rational | None, otherwise: Fraction) -> Fraction:
    """Take a rate, time base or aspect as a Fraction; `otherwise` where it is not known.

    That is None until PyAV 18, and 0/1 or 0/0 of a type of its own from 19 on.
    """
    return Fraction(number) if number else otherwise


def tick_of(stream: Stream) -> Fraction:
    """Tell the seconds for each unit of a stream's time stamps."""
    assert stream.time_base
    return Fraction(stream.time_base)
