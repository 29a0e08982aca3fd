"""Time spans of a clip, in exact seconds from the first frame, optionally without a start or an end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import Protocol, TypeVar

from stillplate.errors import ParameterError
from stillplate.io.source import VideoInfo

__all__ = ["Seconds", "Span", "frames_in", "parse_length", "parse_span", "parse_time", "within"]

Seconds = float | Fraction
UNITS = {"s": 1, "m": 60, "h": 3600}  # seconds of each


class _Timed(Protocol):
    @property
    def time(self) -> Fraction: ...


Timed = TypeVar("Timed", bound=_Timed)


@dataclass(frozen=True, slots=True)
class Span:
    """The times from `start` to `end`, both inclusive.

    Attributes
    ----------
    start, end : Fraction or None
        Seconds from the first frame; None for no limit.
    """

    start: Fraction | None = None
    end: Fraction | None = None

    @classmethod
    def of(cls, start: Seconds | None, end: Seconds | None, what: str = "") -> Span:
        """Make a span of checked bounds; a float means its shortest decimal, so that 0.12 is 3/25.

        `what` precedes the names of the bounds in errors.

        Raises
        ------
        ParameterError
            If a bound is negative or not a finite number, or the end comes before the start.
        """
        first, last = (_exact(seconds, f"{what}{name}") for seconds, name in ((start, "start"), (end, "end")))
        if first is not None and last is not None and last < first:
            raise ParameterError(
                f"{what}start is {_text(first)} and {what}end {_text(last)}, but the end may not come before the start"
            )
        return cls(first, last)

    def __contains__(self, time: Fraction) -> bool:
        return (self.start is None or time >= self.start) and (self.end is None or time <= self.end)

    def __bool__(self) -> bool:
        return self.start is not None or self.end is not None

    def __str__(self) -> str:
        start = "" if self.start is None else f"from {_text(self.start)}"
        end = "" if self.end is None else f"to {_text(self.end)}"
        return " ".join(filter(None, (start, end))) or "all along"

    def indices(self, frames: int, rate: Fraction) -> range:
        """Range of the frame numbers in the span, of `frames` in all, if frame i is shown at i / rate."""
        first = 0 if self.start is None else ceil(self.start * rate)
        beyond = frames if self.end is None else floor(self.end * rate) + 1
        return range(min(first, frames), min(beyond, frames))


def frames_in(info: VideoInfo, span: Span) -> int | None:
    """Number of a clip's frames in a span, by its rate; None if the clip's length is unknown."""
    return None if info.frames is None else len(span.indices(info.frames, info.rate))


def within(frames: Iterable[Timed], span: Span) -> Iterator[Timed]:
    """Yield the frames whose times lie in a span; reading stops at the first frame after it."""
    for frame in frames:
        if span.end is not None and frame.time > span.end:
            return
        if frame.time in span:
            yield frame


def parse_time(text: str) -> Fraction:
    """Parse seconds, MM:SS or HH:MM:SS; the seconds may have decimals.

    Raises
    ------
    ParameterError
        If the text is none of these.

    Examples
    --------
    >>> parse_time("1:10.5")
    Fraction(141, 2)
    """
    parts = text.split(":")
    digits = [*parts[:-1], *parts[-1].split(".", 1)]
    if len(parts) > 3 or not all(part.isascii() and part.isdigit() for part in digits):
        raise ParameterError(f"{text!r} is no time: seconds, MM:SS or HH:MM:SS, such as 70.5 or 1:10.5, are needed")
    numbers = [Fraction(part) for part in parts]
    if any(number >= 60 for number in numbers[1:]):
        raise ParameterError(f"{text!r} is no time: after a colon, 0 to 59 is needed")
    seconds = Fraction(0)
    for number in numbers:
        seconds = 60 * seconds + number
    return seconds


def parse_length(text: str) -> Fraction:
    """Parse a length of time: a time as in `parse_time`, or a number of seconds, minutes or hours: 90s, 15m, 2h.

    Raises
    ------
    ParameterError
        If the text is none of these.

    Examples
    --------
    >>> parse_length("15m"), parse_length("1.5h"), parse_length("10:00")
    (Fraction(900, 1), Fraction(5400, 1), Fraction(600, 1))
    """
    unit = UNITS.get(text[-1:], 0)
    try:
        return parse_time(text[:-1]) * unit if unit and ":" not in text else parse_time(text)
    except ParameterError:
        raise ParameterError(f"{text!r} is no length of time: 90, 90s, 15m, 2h or [HH:]MM:SS is needed") from None


def parse_span(text: str) -> Span:
    """Parse FROM-TO, each a time as in `parse_time` or empty: "0-12.5", "1:10-", "-30".

    Raises
    ------
    ParameterError
        If the text has another form, or the end comes before the start.
    """
    start, _, end = text.partition("-")
    return Span.of(parse_time(start) if start else None, parse_time(end) if end else None)


def _exact(seconds: Seconds | None, name: str) -> Fraction | None:
    if seconds is None:
        return None
    try:
        exact = Fraction(str(seconds))
    except ValueError:
        exact = Fraction(-1)
    if exact < 0:
        raise ParameterError(f"{name} is {seconds}, but a number of seconds, 0 or more, is needed")
    return exact


def _text(time: Fraction) -> str:
    return f"{float(time):.6f}".rstrip("0").rstrip(".") + " s"
