"""A part of the plate, as it is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from stillplate.errors import ParameterError
from stillplate.imaging.rectangle import Rectangle

__all__ = ["FULL", "Crop", "parse_crop"]

FULL = "full"
Crop = Sequence[int] | str
"""A rectangle as (x, y, width, height), in pixels of the plate, or as text; or "full", the largest one without empty
corners."""


def parse_crop(given: Crop) -> Rectangle | str:
    """Return a rectangle, or "full".

    Raises
    ------
    ParameterError
        If it is neither.

    Examples
    --------
    >>> parse_crop("10,0,640,360")
    Rectangle(x=10, y=0, width=640, height=360)
    """
    if given == FULL:
        return FULL
    try:
        x, y, width, height = map(int, given.split(",") if isinstance(given, str) else given)
    except (ValueError, TypeError):
        width = 0
    if width < 1 or height < 1 or min(x, y) < 0:
        raise ParameterError(f"crop is {given}, but X,Y,WIDTH,HEIGHT in whole pixels, or {FULL}, is needed")
    return Rectangle(x, y, width, height)
