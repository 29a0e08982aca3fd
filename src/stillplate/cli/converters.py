"""Converters from typed text to the value of an option; errors name what was typed and what is needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

from cyclopts import Token

from stillplate.errors import ParameterError
from stillplate.imaging.rectangle import Rectangle
from stillplate.sampling.crop import parse_crop
from stillplate.sampling.exclusion import Exclusion, parse_exclusion
from stillplate.sampling.line import Line, parse_line
from stillplate.sampling.region import Region, parse_region
from stillplate.sampling.span import parse_length, parse_time

__all__ = [
    "crop_of",
    "exclusions",
    "fps_of",
    "levels_of",
    "lines_of",
    "roi_of",
    "shard_of",
    "size",
    "time",
    "weights_of",
    "whole_number",
]

T = TypeVar("T")
UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}


def size(_: object, tokens: Sequence[Token]) -> int:
    """Bytes: a number, or one with K, M or G."""
    text = tokens[0].value.upper().removesuffix("B")
    unit = UNITS.get(text[-1:], 1)
    try:
        return int(float(text[:-1] if unit > 1 else text) * unit)
    except (ValueError, OverflowError):
        raise ParameterError(f"--memory is {tokens[0].value!r}, but a size such as 512M or 2G is needed") from None


def whole_number(_: object, tokens: Sequence[Token]) -> int:
    """A whole number."""
    try:
        return int(tokens[0].value)
    except ValueError:
        name = tokens[0].keyword or "the pixel's place"
        raise ParameterError(f"{name} is {tokens[0].value!r}, but a whole number is needed") from None


def time(_: object, tokens: Sequence[Token]) -> Fraction:
    """Seconds from the first frame, or [HH:]MM:SS."""
    return _naming(tokens[0], parse_time)


def length(_: object, tokens: Sequence[Token]) -> Fraction:
    """A length of time: seconds, [HH:]MM:SS, 15m or 2h."""
    return _naming(tokens[0], parse_length)


def exclusions(_: object, tokens: Sequence[Token]) -> tuple[Exclusion, ...]:
    """Regions that are excluded."""
    return tuple(_naming(token, parse_exclusion) for token in tokens)


def roi_of(_: object, tokens: Sequence[Token]) -> Region:
    """The region that masks are limited to."""
    return _naming(tokens[0], parse_region)


def lines_of(_: object, tokens: Sequence[Token]) -> tuple[Line, ...]:
    """Lines that things are counted at."""
    return tuple(parse_line(token.value) for token in tokens)


def _naming(token: Token, parse: Callable[[str], T]) -> T:
    """Parse an option's value; an error names the option."""
    try:
        return parse(token.value)
    except ParameterError as err:
        raise ParameterError(f"{token.keyword}: {err}") from err


def fps_of(_: object, tokens: Sequence[Token]) -> Fraction:
    """Pictures per second: a number or a fraction."""
    text = tokens[0].value
    try:
        return Fraction(_number(text)).limit_denominator(1_000_000)
    except (ValueError, ZeroDivisionError, OverflowError):
        raise ParameterError(f"--fps is {text!r}, but a number such as 25, 0.2 or 30000/1001 is needed") from None


def levels_of(_: object, tokens: Sequence[Token]) -> tuple[float, float]:
    """Two numbers with a comma between."""
    text = ",".join(token.value for token in tokens)
    try:
        black, white = (float(part) for part in text.split(","))
    except ValueError:
        raise ParameterError(f"--levels is {text!r}, but two numbers such as 0,4095 are needed") from None
    return black, white


def crop_of(_: object, tokens: Sequence[Token]) -> Rectangle | str:
    """A rectangle, or the word for the largest one."""
    return parse_crop(tokens[0].value)


def shard_of(_: object, tokens: Sequence[Token]) -> tuple[int, int]:
    """Number of a shard and how many there are, with a slash between."""
    number, slash, count = tokens[0].value.partition("/")
    if not (slash and number.isdecimal() and count.isdecimal()):
        raise ParameterError(f"--shard is {tokens[0].value!r}, but I/N with I from 1 to N is needed, such as 1/8")
    return int(number), int(count)


def weights_of(_: object, tokens: Sequence[Token]) -> tuple[float, ...]:
    """Three weights, as numbers or fractions."""
    try:
        return tuple(_number(token.value) for token in tokens)
    except (ValueError, ZeroDivisionError):
        given = " ".join(token.value for token in tokens)
        raise ParameterError(f"--weights is {given!r}, but three numbers such as 1/3 1/3 1/3 are needed") from None


def _number(text: str) -> float:
    """A number or a fraction; without `Fraction`, which would expand 1e999999999 to all its digits."""
    above, slash, below = text.partition("/")
    return float(above) / (float(below) if slash else 1.0)
