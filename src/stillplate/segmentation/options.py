"""The options of a mask, and the labels that it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import inf, isfinite, nan, pi
from typing import Any, Self, TypedDict

from stillplate.errors import ParameterError

__all__ = [
    "CLEANUPS", "EQUAL_WEIGHTS", "FOREGROUND", "LEAST_THRESHOLD", "SHADE", "SHADOWS", "MaskKeywords", "MaskOptions",
    "check_threshold", "normalised", "smallest_area",
]  # fmt: skip

SHADE, FOREGROUND = 127, 255  # the labels of CDnet and OpenCV
CLEANUPS = ("none", "light", "default")
SHADOWS = ("background", "foreground", "label")
LEAST_THRESHOLD = 1e-3  # levels: a threshold of 0 is taken as this
EQUAL_WEIGHTS: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)


class MaskKeywords(TypedDict, total=False):
    """The keywords of the methods that compute a mask: the fields of `MaskOptions`."""

    threshold: float | None
    weights: Sequence[float]
    sensitivity: float
    shadows: str
    cleanup: str
    min_size: float | str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskOptions:
    """How a frame is compared to the plate."""

    threshold: float | None = None
    """Difference to the plate, in 8-bit levels, above which a pixel is foreground; by default derived from the
    noise."""
    weights: Sequence[float] = EQUAL_WEIGHTS
    """Weights of red, green and blue in the difference; normalised to sum to 1."""
    sensitivity: float = 1.0
    """Divisor of the threshold: 1 is the default, 2 marks half the difference."""
    shadows: str = "background"
    """Label of shadows: "background", "foreground", or "label" for a grey of their own."""
    cleanup: str = "default"
    """Cleaning of the mask: "none" takes each pixel by itself, "light" drops specks, "default" makes objects solid."""
    min_size: float | str | None = None
    """Diameter of the smallest object, as a disc: in pixels, or "1%" of the width; by default, the noise decides."""

    @classmethod
    def of(cls, function: str, keywords: Mapping[str, Any]) -> Self:
        """Make checked options of the keywords of a public function.

        Raises
        ------
        TypeError
            If a keyword is no option of a mask.
        ParameterError
            If an option is outside its range.
        """
        known = [field.name for field in fields(cls)]
        for name in keywords:
            if name not in known:
                raise TypeError(f"{function}() has no option {name!r}: its options are {', '.join(known)}")
        return cls(**keywords).checked()

    @property
    def by_frame(self) -> bool:
        """Whether these options ask for each frame by itself: a given threshold, or a cleanup that finds no objects."""
        return self.threshold is not None or self.cleanup != "default"

    def checked(self) -> Self:
        """Return the same options with normalised weights; raise ParameterError if one is outside its range."""
        if not (self.sensitivity > 0 and isfinite(self.sensitivity)):
            raise ParameterError(
                f"sensitivity is {self.sensitivity:g}, but a finite number above 0 is needed: 1 is the default"
            )
        if self.shadows not in SHADOWS:
            raise ParameterError(f"shadows is {self.shadows!r}, but one of {', '.join(SHADOWS)} is needed")
        if self.cleanup not in CLEANUPS:
            raise ParameterError(f"cleanup is {self.cleanup!r}, but one of {', '.join(CLEANUPS)} is needed")
        if self.threshold is not None:
            check_threshold(self.threshold)
        self.least_area(1)
        return replace(self, weights=normalised(self.weights))

    def least_area(self, width: int) -> float | None:
        """Area of the smallest object, in pixels of a frame of that width; None where the noise decides."""
        return None if self.min_size is None else smallest_area(self.min_size, width)


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
    """Raise ParameterError if a threshold is negative, infinite or not a number."""
    if not (threshold >= 0 and isfinite(threshold)):
        raise ParameterError(f"threshold is {threshold:g}, but a finite number of 8-bit levels, 0 or more, is needed")


def smallest_area(min_size: float | str, width: int) -> float:
    """Area of the smallest region to keep, in pixels.

    Parameters
    ----------
    min_size : float or str
        Diameter of a disc of that area: in pixels of the frame, or "1%" of its width.
    width : int
        Of the frame, in pixels.

    Raises
    ------
    ParameterError
        If it is neither a number of pixels from 0 nor a percentage from 0 to 100.
    """
    text = str(min_size).strip()
    try:
        share = text.endswith("%")
        across = float(text.removesuffix("%")) * (width / 100 if share else 1)
    except ValueError:
        across = nan
    if not 0 <= across < inf or (share and across > width):
        raise ParameterError(
            f"min_size is {text!r}, but a diameter is needed: pixels from 0, such as 8, or a share of the width, "
            'such as "1%"'
        )
    return pi / 4 * across**2
