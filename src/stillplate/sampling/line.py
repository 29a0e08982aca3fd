"""Lines in the picture, given as points or as text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot
from typing import Any

import numpy as np

from stillplate.errors import ParameterError

__all__ = ["Line", "Point", "lines_of", "parse_line"]

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """A line from one point to another, in pixels."""

    start: Point
    end: Point

    def __str__(self) -> str:
        return " ".join(f"{_digits(x)},{_digits(y)}" for x, y in (self.start, self.end))

    def side(self, point: Point) -> float:
        """How far a point is to the right of the line, in pixels, seen from its start to its end; left is below 0."""
        (x, y), (u, v) = self.start, self.end
        return ((u - x) * (point[1] - y) - (v - y) * (point[0] - x)) / hypot(u - x, v - y)

    def is_crossed(self, one: Point, other: Point) -> bool:
        """Whether the way between two points on either side leads through the line, and not past one of its ends."""
        way = Line(one, other)
        return one != other and way.side(self.start) * way.side(self.end) <= 0

    def meets(self, width: int, height: int) -> bool:
        """Whether a part of the line lies in a picture of this size."""
        (x, y), (u, v) = self.start, self.end
        beside = max(x, u) < 0 or max(y, v) < 0 or min(x, u) > width or min(y, v) > height
        sides = [self.side(corner) for corner in ((0, 0), (width, 0), (0, height), (width, height))]
        return not beside and min(sides) <= 0 <= max(sides)


def lines_of(given: Any) -> tuple[Line, ...]:
    """Return lines as they are given to `render`: one, or several, each as text or as two points.

    Raises
    ------
    ParameterError
        If one is neither, or has no length.
    """
    if given is None:
        return ()
    if isinstance(given, (str, Line)) or _is_pair(given):
        given = [given]
    if not isinstance(given, (Sequence, np.ndarray)):
        raise ParameterError(f"crossings is {given!r}, but lines of two points are needed")
    return tuple(_line(one) for one in given)


def parse_line(text: str) -> Line:
    """Return the line of a text such as "320,40 320,340"."""
    try:
        points = [[float(number) for number in point.split(",")] for point in text.split()]
    except ValueError:
        points = []
    return _line(points, text)


def _line(given: Any, text: str | None = None) -> Line:
    if isinstance(given, Line):
        return given
    if isinstance(given, str):
        return parse_line(given)
    if not _is_pair(given):
        shown = repr(given if text is None else text)
        raise ParameterError(f'crossings is {shown}, but a line of two points is needed, such as "320,40 320,340"')
    (x, y), (u, v) = given
    if (x, y) == (u, v):
        raise ParameterError(f"crossings has a line from {x:g},{y:g} to itself: two different points are needed")
    return Line((float(x), float(y)), (float(u), float(v)))


def _digits(number: float) -> str:
    """Return the shortest text that reads back as the same number."""
    return np.format_float_positional(number, trim="-")


def _is_pair(given: Any) -> bool:
    """Whether something is two points."""
    try:
        points = np.asarray(given, np.float64)
    except (TypeError, ValueError):
        return False
    return points.shape == (2, 2) and bool(np.isfinite(points).all())
