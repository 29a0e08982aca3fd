"""Exclusions: regions, for all or part of the clip, whose samples get no vote."""

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
    """A region that is not ground, always or for a while.

    Attributes
    ----------
    region : polygon of shape (N, 2), bool array of shape (H, W), or path of a mask image
        Corners are (x, y) in pixels; a mask is true, its image white, where the region is.
    start, end : float or Fraction, optional
        Seconds from the first frame, both moments among them; all along where left out.

    Examples
    --------
    >>> stood = Exclusion([(120, 80), (160, 80), (160, 200), (120, 200)], end=12.5)
    """

    region: Region
    start: Seconds | None = None
    end: Seconds | None = None

    @property
    def span(self) -> Span:
        """From when to when. Raises ParameterError if these are no times."""
        return Span.of(self.start, self.end, "exclude's ")

    def describe(self) -> dict[str, object]:
        """Lay it out for a report."""
        start, end = (None if time is None else float(time) for time in (self.span.start, self.span.end))
        return {"region": describe(self.region), "start": start, "end": end}


Exclude = Exclusion | Region | Sequence[Any]
"""What is taken for exclusions: one, or several of any kind; a bare region means all along."""


def as_exclusions(exclude: Exclude | None) -> tuple[Exclusion, ...]:
    """Bring what was given to exclusions."""
    if exclude is None:
        return ()
    several: list[object] = [exclude]
    if not isinstance(exclude, Exclusion) and not is_region(exclude) and isinstance(exclude, Iterable):
        several = list(exclude)
    return tuple(one if isinstance(one, Exclusion) else Exclusion(_checked(one)) for one in several)


def _checked(region: object) -> Region:
    if not is_region(region):
        raise ParameterError(
            f"exclude holds a {type(region).__name__}, but Exclusion, a polygon (N, 2), a bool mask (H, W) "
            "or the path of a mask image is needed"
        )
    return region


def parse_exclusion(text: str) -> Exclusion:
    """Read a region as in `parse_region`, with @FROM-TO behind it or not: "mask.png@0-12.5".

    Raises
    ------
    ParameterError
        If it is nothing of the kind.
    """
    region, at, times = text.rpartition("@")
    if not at or not set(times) <= set("0123456789:.-") or "-" not in times:
        return Exclusion(parse_region(text))
    span = parse_span(times)
    return Exclusion(parse_region(region), span.start, span.end)


@dataclass(frozen=True, slots=True)
class Excluded:
    """Exclusions drawn for one clip.

    Attributes
    ----------
    regions : tuple of bool arrays of shape (H, W)
    spans : tuple of Span
    """

    regions: tuple[Flags, ...]
    spans: tuple[Span, ...]

    @classmethod
    def of(cls, exclude: Exclude | None, width: int, height: int) -> Excluded:
        """Draw them. Raises ParameterError where a region or a time is not as it must be."""
        exclusions = as_exclusions(exclude)
        spans = tuple(one.span for one in exclusions)
        return cls(tuple(rasterise(one.region, width, height, "exclude") for one in exclusions), spans)

    def outside(self, roi: Flags | None) -> Flags | None:
        """Take out of the region that masks are limited to what is excluded in all of the clip.

        Parameters
        ----------
        roi : bool array of shape (H, W), or None
            The whole picture if None.

        Returns
        -------
        bool array of shape (H, W), or None
        """
        always = [region for region, span in zip(self.regions, self.spans, strict=True) if not span]
        if not always:
            return roi
        left = np.asarray(~np.logical_or.reduce(always), np.bool_)
        return left if roi is None else left & roi

    def validity(self, times: Sequence[Fraction]) -> Validity | None:
        """Find the samples that have no vote; None if nothing is excluded. One that hits no sample is warned of."""
        covers = [np.array([time in span for time in times], np.bool_) for span in self.spans]
        for span, cover in zip(self.spans, covers, strict=True):
            if not cover.any():
                warnings.warn(
                    f"excluded {span}, where none of the {len(times)} sampled frames lies: it changes nothing",
                    StillplateWarning,
                    stacklevel=3,
                )
        return Validity(self.regions, tuple(covers)) if self.regions else None


class SampleValidity(Protocol):
    """Which samples may vote where: `Validity`, or what a moving camera's frames cover."""

    def rows(self, rows: slice) -> tuple[Flags, Flags]:
        """Tell it for a band of rows, as `Validity.rows` does."""

    def small(self, height: int, width: int) -> Flags:
        """Tell it for a picture brought down, as `Validity.small` does."""


@dataclass(frozen=True, slots=True)
class Validity:
    """Which samples may vote where.

    Attributes
    ----------
    regions : tuple of bool arrays of shape (H, W)
    covers : tuple of bool arrays of shape (T,)
        In which samples each region has no vote.
    """

    regions: tuple[Flags, ...]
    covers: tuple[Flags, ...]

    def select(self, numbers: Sequence[int]) -> Validity:
        """Tell it for some of the samples only."""
        return Validity(self.regions, tuple(cover[list(numbers)] for cover in self.covers))

    def rows(self, rows: slice) -> tuple[Flags, Flags]:
        """Tell it for a band of rows.

        Parameters
        ----------
        rows : slice
            Of the full picture.

        Returns
        -------
        valid : bool array of shape (T, rows, W)
            The samples with a vote. Where all would be without, all have theirs.
        known : bool array of shape (rows, W)
            False there.
        """
        return self._combined([region[rows] for region in self.regions])

    def small(self, height: int, width: int) -> Flags:
        """Tell it for a picture brought down: bool array of shape (T, height, width).

        A pixel of the small picture that covers an excluded one is excluded.
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
