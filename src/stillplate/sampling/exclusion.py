"""Exclusions: regions whose samples have no weight in the plate, for all or part of the clip."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Protocol

import numpy as np

from stillplate.arrays import Flags
from stillplate.errors import ParameterError, StillplateWarning
from stillplate.sampling.region import Region, describe, is_region, parse_region, rasterise
from stillplate.sampling.span import Seconds, Span, parse_span

__all__ = ["Exclude", "Excluded", "Exclusion", "SampleValidity", "Validity", "as_exclusions", "parse_exclusion"]


@dataclass(frozen=True, slots=True, eq=False)
class Exclusion:
    """A region that does not show the background, for all or part of the clip.

    Attributes
    ----------
    region : polygon of shape (N, 2), bool array of shape (H, W), or path of a mask image
        Corners are (x, y) in pixels. Inside the region, a mask is true and a mask image white.
    start, end : float or Fraction, optional
        Seconds from the first frame, both inclusive; no limit by default.

    Examples
    --------
    >>> parked_car = Exclusion([(120, 80), (160, 80), (160, 200), (120, 200)], end=12.5)
    """

    region: Region
    start: Seconds | None = None
    end: Seconds | None = None

    @property
    def span(self) -> Span:
        """The exclusion's time span. Raises ParameterError if `start` or `end` is not a valid time."""
        return Span.of(self.start, self.end, "exclude's ")

    def describe(self) -> dict[str, object]:
        """The exclusion's entry in a report."""
        start, end = (None if time is None else float(time) for time in (self.span.start, self.span.end))
        return {"region": describe(self.region), "start": start, "end": end}


Exclude = Exclusion | Region | Sequence[Any]
"""One exclusion or several; a region without a time span is excluded in the whole clip."""


def as_exclusions(exclude: Exclude | None) -> tuple[Exclusion, ...]:
    """Convert the argument `exclude` to a tuple of exclusions."""
    if exclude is None:
        return ()
    items: list[object] = [exclude]
    if not isinstance(exclude, Exclusion) and not is_region(exclude) and isinstance(exclude, Iterable):
        items = list(exclude)
    return tuple(item if isinstance(item, Exclusion) else Exclusion(_check_region(item)) for item in items)


def _check_region(region: object) -> Region:
    if not is_region(region):
        raise ParameterError(
            f"exclude holds a {type(region).__name__}, but Exclusion, a polygon (N, 2), a bool mask (H, W) "
            "or the path of a mask image is needed"
        )
    return region


def parse_exclusion(text: str) -> Exclusion:
    """Parse a region as in `parse_region`, optionally followed by @FROM-TO: "mask.png@0-12.5".

    Raises
    ------
    ParameterError
        If the region or the time span is not valid.
    """
    region, at, times = text.rpartition("@")
    if not at or not set(times) <= set("0123456789:.-") or "-" not in times:
        return Exclusion(parse_region(text))
    span = parse_span(times)
    return Exclusion(parse_region(region), span.start, span.end)


@dataclass(frozen=True, slots=True)
class Excluded:
    """The exclusions of one clip, as masks and time spans.

    Attributes
    ----------
    regions : tuple of bool arrays of shape (H, W)
        True in the excluded region.
    spans : tuple of Span
        Time span of each region.
    """

    regions: tuple[Flags, ...]
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, exclude: Exclude | None, width: int, height: int) -> Excluded:
        """Rasterise exclusions for a frame size. Raises ParameterError if a region or a time is not valid."""
        exclusions = as_exclusions(exclude)
        spans = tuple(exclusion.span for exclusion in exclusions)
        return cls(tuple(rasterise(exclusion.region, width, height, "exclude") for exclusion in exclusions), spans)

    def outside(self, roi: Flags | None) -> Flags | None:
        """Remove the regions that are excluded in the whole clip from the region of interest.

        Parameters
        ----------
        roi : bool array of shape (H, W), or None
            The region of interest; the whole frame if None.

        Returns
        -------
        bool array of shape (H, W), or None
            The remaining region; `roi` itself if nothing is removed.
        """
        always = [region for region, span in zip(self.regions, self.spans, strict=True) if not span]
        if not always:
            return roi
        left = np.asarray(~np.logical_or.reduce(always), np.bool_)
        return left if roi is None else left & roi

    def validity(self, times: Sequence[Fraction], *, warn: bool = True) -> Validity | None:
        """The validity of samples at some times; None if nothing is excluded.

        Warns, unless `warn` is false, of an exclusion whose span contains none of the times.
        """
        covers = [np.array([time in span for time in times], np.bool_) for span in self.spans]
        for span, cover in zip(self.spans, covers, strict=True):
            if warn and not cover.any():
                warnings.warn(
                    f"excluded {span}, where none of the {len(times)} sampled frames lies: it changes nothing",
                    StillplateWarning,
                    stacklevel=3,
                )
        return Validity(self.regions, tuple(covers)) if self.regions else None


class SampleValidity(Protocol):
    """The valid samples of each pixel: a `Validity`, or the coverage of a moving camera's frames."""

    def rows(self, rows: slice) -> tuple[Flags, Flags]:
        """Validity of a band of rows, as from `Validity.rows`."""

    def small(self, height: int, width: int) -> Flags:
        """Validity at a reduced size, as from `Validity.small`."""


@dataclass(frozen=True, slots=True)
class Validity:
    """The valid samples of each pixel: those in which it is not excluded.

    Attributes
    ----------
    regions : tuple of bool arrays of shape (H, W)
        True in the excluded region.
    covers : tuple of bool arrays of shape (T,)
        True for the samples in which each region is excluded.
    """

    regions: tuple[Flags, ...]
    covers: tuple[Flags, ...]

    def select(self, numbers: Sequence[int]) -> Validity:
        """Validity of some of the samples."""
        return Validity(self.regions, tuple(cover[list(numbers)] for cover in self.covers))

    def joined(self, other: Validity | None) -> Validity:
        """Validity with the exclusions of another one, of the first samples, beside its own."""
        if other is None:
            return self
        count = len(self.covers[0])
        padded = tuple(np.pad(cover, (0, count - len(cover))) for cover in other.covers)
        return Validity((*other.regions, *self.regions), (*padded, *self.covers))

    def followed_by(self, other: Validity | None, count: int) -> Validity:
        """Validity of these samples and then so many others; of these, all are valid if `other` is None."""
        regions, covers = (other.regions, other.covers) if other is not None else ((), ())
        own = len(self.covers[0])
        return Validity(
            (*self.regions, *regions),
            (*(np.pad(cover, (0, count)) for cover in self.covers), *(np.pad(cover, (own, 0)) for cover in covers)),
        )

    def rows(self, rows: slice) -> tuple[Flags, Flags]:
        """Validity of a band of rows.

        Parameters
        ----------
        rows : slice
            Rows of the full-size frame.

        Returns
        -------
        valid : bool array of shape (T, rows, W)
            True for valid samples. Pixels without any valid sample have all samples set valid.
        known : bool array of shape (rows, W)
            False for pixels without any valid sample.
        """
        return self._combined([region[rows] for region in self.regions])

    def small(self, height: int, width: int) -> Flags:
        """Validity at a reduced size: bool array of shape (T, height, width).

        A small pixel is excluded if it covers any excluded pixel.
        """
        import cv2

        def touched(region: Flags) -> Flags:
            share = cv2.resize(region.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
            return np.asarray(share > 0)

        return self._combined([touched(region) for region in self.regions])[0]

    def _combined(self, regions: Sequence[Flags]) -> tuple[Flags, Flags]:
        valid = np.ones((len(self.covers[0]), *regions[0].shape), np.bool_)
        for region, cover in zip(regions, self.covers, strict=True):
            if region.any():
                valid[cover] &= ~region
        known = np.asarray(valid.any(axis=0))
        return valid | ~known, known
