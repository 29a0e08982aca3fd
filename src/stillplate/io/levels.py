"""Which samples are black and white: what a file's numbers mean where they do not fill their range."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import AnyArray, DeepImage, Image
from stillplate.errors import ParameterError

__all__ = ["Levels", "find_levels"]

WHITE, DEEP_WHITE = 255, 65535
REACH = 1 / 4  # of the range: what is brightest in a picture that is exposed as its file is meant
SPAN = 1 / 16  # of the range: between darkest and brightest there
FILLED = 1 / 2  # of the range of whole bits, that the samples of a camera with so many bits fill
MARGIN = 1 / 8  # of the span, on both sides, for what the sampled pictures do not show
OUTLIERS = 1e-4  # share of pixels on both ends that may be defects of a sensor
BEYOND = 0.05  # share of pixels above 1.0 that are highlights of a picture whose white is 1.0
MOST_SAMPLES = 2**20  # of a picture, to look at


@dataclass(frozen=True, slots=True)
class Levels:
    """The samples that are shown black and white, in the file's own numbers.

    Attributes
    ----------
    black, white : float

    Raises
    ------
    ParameterError
        If they are not finite, or white is not above black.
    """

    black: float
    white: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.black) and math.isfinite(self.white) and self.black < self.white):
            raise ParameterError(
                f"levels are {self.black:g},{self.white:g}, but two numbers are needed, black below white: 0,4095 say"
            )

    @classmethod
    def of(cls, levels: Self | tuple[float, float] | None) -> Self | None:
        """Take a pair of numbers for levels."""
        if levels is None or isinstance(levels, cls):
            return levels
        try:
            black, white = levels  # type: ignore[misc]  # the other case of the union
            return cls(float(black), float(white))
        except (TypeError, ValueError):
            raise ParameterError(f"levels are {levels!r}, but a pair of numbers, black and white, is needed") from None

    def image(self, samples: AnyArray) -> Image:
        """Bring samples to 0..255."""
        return np.asarray(self._scaled(samples, WHITE), np.uint8)

    def deep_image(self, samples: AnyArray) -> DeepImage:
        """Bring samples to 0..65535."""
        return np.asarray(self._scaled(samples, DEEP_WHITE), np.uint16)

    def samples(self, image: DeepImage) -> DeepImage:
        """Bring 0..65535 back to the file's own numbers, as near as 16 bits come."""
        step = (self.white - self.black) / DEEP_WHITE
        table = np.clip(np.rint(np.arange(DEEP_WHITE + 1) * step + self.black), 0, DEEP_WHITE).astype(np.uint16)
        return np.asarray(table[image], np.uint16)

    def _scaled(self, samples: AnyArray, most: int) -> AnyArray:
        """Scale samples, those of few bits by a table."""
        if samples.dtype in (np.uint8, np.uint16):
            numbers = np.arange(np.iinfo(samples.dtype).max + 1, dtype=np.float64)
            table = self._formula(numbers, most).astype(np.uint8 if most == WHITE else np.uint16)
            return table[samples]
        return self._formula(np.nan_to_num(samples.astype(np.float64)), most)

    def _formula(self, numbers: npt.NDArray[np.float64], most: int) -> npt.NDArray[np.float64]:
        return np.clip(np.rint((numbers - self.black) * (most / (self.white - self.black))), 0, most)


@dataclass(slots=True)
class _Extremes:
    """The darkest and brightest of pictures, defects apart, and the least share of them that is at most 1."""

    low: float = math.inf
    high: float = -math.inf
    beyond: float = 0.0

    def add(self, samples: AnyArray) -> None:
        step = math.ceil(math.sqrt(samples.size / MOST_SAMPLES))
        some = samples[::step, ::step].ravel()
        some = some[np.isfinite(some)]
        if some.size == 0:
            return
        aside = int(some.size * OUTLIERS)
        ordered = np.partition(some, (aside, some.size - 1 - aside))
        self.low = min(self.low, float(ordered[aside]))
        self.high = max(self.high, float(ordered[some.size - 1 - aside]))
        self.beyond = max(self.beyond, float((some > 1).mean()))


def find_levels(pictures: Iterable[AnyArray]) -> Levels | None:
    """Tell what is black and white in pictures whose samples do not fill their range.

    Parameters
    ----------
    pictures : iterable of arrays of shape (H, W, 3)
        uint16, whose white is 65535 if they fill their range; or of another type, whose white is then 1.

    Returns
    -------
    Levels or None
        None where the range is filled. All bits that a camera has, such as 0..4095, where the samples fill at least
        half of these; else from the darkest to the brightest sample, with some room.
    """
    seen = _Extremes()
    for picture in pictures:
        whole = picture.dtype == np.uint16
        seen.add(picture)
        if whole and _fills(seen, DEEP_WHITE):
            return None
    if not math.isfinite(seen.low):
        return None
    if not whole and seen.low >= -SPAN and seen.beyond <= BEYOND and _fills(seen, 1.0):
        return None
    return _levels(seen, whole=whole)


def _fills(seen: _Extremes, white: float) -> bool:
    return seen.high >= REACH * white and seen.high - seen.low >= SPAN * white


def _levels(seen: _Extremes, *, whole: bool) -> Levels:
    span = seen.high - seen.low
    bits = max(8, int(seen.high).bit_length()) if seen.high >= 1 else 0
    top = (1 << bits) - 1
    if bits and seen.low >= 0 and span >= FILLED * top and (whole or seen.high > REACH * WHITE):
        return Levels(0.0, float(top))
    room = MARGIN * span or (1.0 if whole else 1e-6 + abs(seen.high) * SPAN)
    low, high = seen.low - room, seen.high + room
    if whole:
        low, high = math.floor(max(0.0, low)), math.ceil(min(float(DEEP_WHITE), high))
    return Levels(float(f"{low:.6g}"), float(f"{high:.6g}"))
