"""The calls that differ between versions of PyAV: opening a file, and reading rates and time bases."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from numbers import Rational
from typing import Any

import av
from av.container import InputContainer
from av.stream import Stream

from stillplate.io.address import Address, as_path
from stillplate.io.ranges import RangeFile

__all__ = ["as_fraction", "open_input", "time_base_of"]

# up to PyAV 18, tags that are not UTF-8 are an error without this option; from 19 on, the option does not exist
TAGS: Mapping[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.partition(".")[0]) < 19 else {}


def open_input(
    path: str | os.PathLike[str], form: str | None = None, options: dict[str, str] | None = None
) -> InputContainer:
    """Open a file, or an object by ranges, for reading, also if its tags are not UTF-8.

    Parameters
    ----------
    path : path
        A file or an address; FFmpeg gets no URL to open.
    form : str, optional
        FFmpeg's name of the container, if it cannot be detected from the content.
    options : dict of str to str, optional
        FFmpeg's options of the container and its decoders.

    Returns
    -------
    InputContainer
    """
    place = as_path(path)
    file = RangeFile(place.ranges(), str(place)) if isinstance(place, Address) else f"file:{os.fspath(path)}"
    container: InputContainer = av.open(file, "r", format=form, options=options, **TAGS)
    return container


def as_fraction(number: Rational | None, otherwise: Fraction) -> Fraction:
    """Convert a rate, time base or aspect ratio to a Fraction; `otherwise` if it is unknown.

    An unknown number is None up to PyAV 18, and 0/1 or 0/0 of PyAV's own type from 19 on.
    """
    return Fraction(number) if number else otherwise


def time_base_of(stream: Stream) -> Fraction:
    """Seconds per unit of a stream's time stamps."""
    assert stream.time_base
    return Fraction(stream.time_base)
