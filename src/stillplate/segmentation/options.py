"""The options of a mask, and their checks."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

from stillplate.errors import ParameterError

__all__ = ["CLEANUPS", "EQUAL_WEIGHTS", "check_options", "check_threshold", "normalised"]

CLEANUPS = ("none", "light", "default")
EQUAL_WEIGHTS: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)


def normalised(weights: Sequence[float]) -> tuple[float, float, float]:
    """Scale the weights of red, green and blue to sum to 1.

    Raises
    ------
    ParameterError
        If they are not three finite, non-negative numbers, at least one of them positive.
    """
    if len(weights) != 3 or not all(weight >= 0 and isfinite(weight) for weight in weights) or sum(weights) == 0:
        given = " ".join(f"{weight:g}" for weight in weights)
        raise ParameterError(f"weights are {given}, but three non-negative numbers, not all 0, are needed")
    red, green, blue = weights
    total = red + green + blue
    return red / total, green / total, blue / total


def check_threshold(threshold: float) -> None:
    """Refuse a threshold that is negative, infinite or not a number with a ParameterError."""
    if not (threshold >= 0 and isfinite(threshold)):
        raise ParameterError(f"threshold is {threshold:g}, but a finite number of 8-bit levels, 0 or more, is needed")


SHADOWS = ("background", "foreground", "label")


def check_options(sensitivity: float, shadows: str, cleanup: str) -> None:
    """Refuse what is outside its range with a ParameterError."""
    if not (sensitivity > 0 and isfinite(sensitivity)):
        raise ParameterError(f"sensitivity is {sensitivity:g}, but a finite number above 0 is needed: 1 is the default")
    if shadows not in SHADOWS:
        raise ParameterError(f"shadows is {shadows!r}, but one of {', '.join(SHADOWS)} is needed")
    if cleanup not in CLEANUPS:
        raise ParameterError(f"cleanup is {cleanup!r}, but one of {', '.join(CLEANUPS)} is needed")
