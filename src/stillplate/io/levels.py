"""Black and white levels of a file's samples, where these do not fill the range of their type."""

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
REACH = 1 / 4  # share of the range that the brightest sample reaches at least, if the file fills its range
SPAN = 1 / 16  # share of the range between darkest and brightest sample at least, if the file fills its range
FILLED = 1 / 2  # share of a range of n bits that the samples span at least, if the camera has n bits
MARGIN = 1 / 8  # share of the span added on both sides, for values that the sampled images do not have
OUTLIERS = 1e-4  # share of pixels ignored at both ends, as sensor defects
BEYOND = 0.05  # largest share of pixels above 1.0 that may be highlights of floats whose white is 1.0
MOST_SAMPLES = 2**20  # largest number of samples examined in an image


@dataclass(frozen=True, slots=True)
class Levels:
    """The sample values of black and white, in the file's own numbers.

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
        """Return a pair of numbers as `Levels`; None and `Levels` pass through."""
        if levels is None or isinstance(levels, cls):
            return levels
        try:
            black, white = levels  # type: ignore[misc]  # the other case of the union
            return cls(float(black), float(white))
        except (TypeError, ValueError):
            raise ParameterError(f"levels are {levels!r}, but a pair of numbers, black and white, is needed") from None

    def image(self, samples: AnyArray) -> Image:
        """Map samples to 0..255."""
        return np.asarray(self._scaled(samples, WHITE), np.uint8)

    def deep_image(self, samples: AnyArray) -> DeepImage:
        """Map samples to 0..65535."""
        return np.asarray(self._scaled(samples, DEEP_WHITE), np.uint16)

    def samples(self, image: DeepImage) -> DeepImage:
        """Map 0..65535 back to the file's own numbers, rounded to integers."""
        step = (self.white - self.black) / DEEP_WHITE
        table = np.clip(np.rint(np.arange(DEEP_WHITE + 1) * step + self.black), 0, DEEP_WHITE).astype(np.uint16)
        return np.asarray(table[image], np.uint16)

    def _scaled(self, samples: AnyArray, white_level: int) -> AnyArray:
        """Map samples to 0..white_level; integers by a look-up table."""
        if samples.dtype in (np.uint8, np.uint16):
            numbers = np.arange(np.iinfo(samples.dtype).max + 1, dtype=np.float64)
            table = self._formula(numbers, white_level).astype(np.uint8 if white_level == WHITE else np.uint16)
            return table[samples]
        return self._formula(np.nan_to_num(samples.astype(np.float64)), white_level)

    def _formula(self, numbers: npt.NDArray[np.float64], white_level: int) -> npt.NDArray[np.float64]:
        return np.clip(np.rint((numbers - self.black) * (white_level / (self.white - self.black))), 0, white_level)


@dataclass(slots=True)
class _Extremes:
    """Darkest and brightest sample of images, outliers ignored, and the largest share of samples above 1 in one."""

    low: float = math.inf
    high: float = -math.inf
    above_one: float = 0.0

    def add(self, samples: AnyArray) -> None:
        step = math.ceil(math.sqrt(samples.size / MOST_SAMPLES))
        some = samples[::step, ::step].ravel()
        some = some[np.isfinite(some)]
        if some.size == 0:
            return
        ignored = int(some.size * OUTLIERS)
        ordered = np.partition(some, (ignored, some.size - 1 - ignored))
        self.low = min(self.low, float(ordered[ignored]))
        self.high = max(self.high, float(ordered[some.size - 1 - ignored]))
        self.above_one = max(self.above_one, float((some > 1).mean()))


def find_levels(pictures: Iterable[AnyArray]) -> Levels | None:
    """Estimate black and white of images whose samples do not fill their range.

    Parameters
    ----------
    pictures : iterable of arrays of shape (H, W, 3)
        uint16, with white at 65535 if they fill their range, or another type, with white at 1.

    Returns
    -------
    Levels or None
        None if the range is filled. The range of n bits, such as 0..4095, if the samples span at least half of it; else
        from the darkest to the brightest sample, with a margin.
    """
    seen = _Extremes()
    for picture in pictures:
        integer = picture.dtype == np.uint16
        seen.add(picture)
        if integer and _fills(seen, DEEP_WHITE):
            return None
    if not math.isfinite(seen.low):
        return None
    if not integer and seen.low >= -SPAN and seen.above_one <= BEYOND and _fills(seen, 1.0):
        return None
    return _estimated_levels(seen, integer=integer)


def _fills(seen: _Extremes, white: float) -> bool:
    return seen.high >= REACH * white and seen.high - seen.low >= SPAN * white


def _estimated_levels(seen: _Extremes, *, integer: bool) -> Levels:
    """Levels of samples that do not fill their range; `integer` says that they are integers."""
    span = seen.high - seen.low
    bits = max(8, int(seen.high).bit_length()) if seen.high >= 1 else 0
    top = (1 << bits) - 1
    if bits and seen.low >= 0 and span >= FILLED * top and (integer or seen.high > REACH * WHITE):
        return Levels(0.0, float(top))
    margin = MARGIN * span or (1.0 if integer else 1e-6 + abs(seen.high) * SPAN)
    low, high = seen.low - margin, seen.high + margin
    if integer:
        low, high = math.floor(max(0.0, low)), math.ceil(min(float(DEEP_WHITE), high))
    return Levels(float(f"{low:.6g}"), float(f"{high:.6g}"))
