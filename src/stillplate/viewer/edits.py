"""What was drawn on a clip: regions that are not ground, that are ground, and where masks are wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from typing import Literal

import numpy as np

from stillplate.arrays import Mask
from stillplate.errors import ParameterError
from stillplate.sampling.exclusion import Exclusion
from stillplate.sampling.region import rasterise
from stillplate.sampling.span import Span

__all__ = ["Drawn", "Edits", "Kind", "outline"]

Kind = Literal["not ground", "ground", "roi"]
Corner = tuple[int, int]
KINDS = ("not ground", "ground", "roi")
MOST_CORNERS = 4000  # of one region
ROUGH = 1.0  # pixels by which the outline of a stroke may be off
HISTORY = 200  # states that undo goes back through


@dataclass(frozen=True, slots=True)
class Drawn:
    """One region that was drawn.

    Attributes
    ----------
    id : int
    kind : "not ground", "ground" or "roi"
    corners : tuple of (int, int)
        The polygon, in pixels of the plate.
    start, end : float or None
        Seconds from the first frame between which it holds; no limit by default. Ground needs one.
    """

    id: int
    kind: Kind
    corners: tuple[Corner, ...]
    start: float | None = None
    end: float | None = None

    @property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """The exclusions that say this: what is ground for a time is none before and after it."""
        if self.kind == "not ground":
            return (Exclusion(self.corners, self.start, self.end),)
        if self.kind == "roi":
            return ()
        before = () if self.start is None else (Exclusion(self.corners, None, self.start),)
        after = () if self.end is None else (Exclusion(self.corners, self.end, None),)
        return (*before, *after)


class Edits:
    """What was drawn, in order, with undo and redo.

    Parameters
    ----------
    width, height : int
        Size of the plate, in pixels.
    """

    def __init__(self, width: int, height: int) -> None:
        self._size = (width, height)
        self._states: list[tuple[Drawn, ...]] = [()]
        self._at = 0
        self._ids = count(1)

    @property
    def drawn(self) -> tuple[Drawn, ...]:
        """The regions that hold now."""
        return self._states[self._at]

    @property
    def can_undo(self) -> bool:
        """Whether there is a state before."""
        return self._at > 0

    @property
    def can_redo(self) -> bool:
        """Whether a state was undone."""
        return self._at + 1 < len(self._states)

    @property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """All exclusions that were drawn."""
        return tuple(one for drawn in self.drawn for one in drawn.exclusions)

    @property
    def roi(self) -> tuple[Corner, ...] | None:
        """The region that masks are limited to; None if none was drawn."""
        return next((one.corners for one in self.drawn if one.kind == "roi"), None)

    def add(
        self, kind: Kind, corners: Sequence[Sequence[float]], start: float | None = None, end: float | None = None
    ) -> Drawn:
        """Add a region; a region of interest takes the place of an earlier one.

        Raises
        ------
        ParameterError
            If it is no polygon inside the plate, a time is wrong, or ground has no time.
        """
        if kind not in KINDS:
            raise ParameterError(f"kind is {kind!r}, but one of {', '.join(KINDS)} is needed")
        if len(corners) > MOST_CORNERS:
            raise ParameterError(f"the region has {len(corners)} corners, but {MOST_CORNERS} at most are allowed")
        whole = tuple((round(x), round(y)) for x, y in corners)
        if not rasterise(np.array(whole).reshape(-1, 2), *self._size, "the region").any():
            raise ParameterError("the region is empty: draw it inside the picture")
        span = Span.of(start, end)
        if kind == "ground" and not span:
            raise ParameterError("ground has no time: say from when, or to when, the ground is seen there")
        new = Drawn(next(self._ids), kind, whole, start, end)
        others = tuple(one for one in self.drawn if kind != "roi" or one.kind != "roi")
        self._push((*others, new))
        return new

    def change(self, number: int, start: float | None, end: float | None) -> None:
        """Give a region another time."""
        old = self._find(number)
        if old.kind == "ground" and not Span.of(start, end):
            raise ParameterError("ground has no time: say from when, or to when, the ground is seen there")
        Span.of(start, end)
        new = Drawn(old.id, old.kind, old.corners, start, end)
        self._push(tuple(new if one.id == number else one for one in self.drawn))

    def remove(self, number: int) -> None:
        """Take a region away."""
        self._find(number)
        self._push(tuple(one for one in self.drawn if one.id != number))

    def undo(self) -> None:
        """Go back to the state before, if there is one."""
        self._at = max(0, self._at - 1)

    def redo(self) -> None:
        """Go to the state that was undone, if there is one."""
        self._at = min(len(self._states) - 1, self._at + 1)

    def mask(self, number: int) -> Mask:
        """Return a region as a mask of the plate's size: bool of shape (H, W)."""
        return rasterise(np.array(self._find(number).corners), *self._size, "the region")

    def _find(self, number: int) -> Drawn:
        for one in self.drawn:
            if one.id == number:
                return one
        raise ParameterError(f"there is no region {number}")

    def _push(self, state: tuple[Drawn, ...]) -> None:
        del self._states[self._at + 1 :]
        self._states = [*self._states, state][-HISTORY:]
        self._at = len(self._states) - 1


def outline(stroke: Sequence[Sequence[float]], radius: float, width: int, height: int) -> list[Corner]:
    """Return the polygon around the stroke of a brush, holes filled.

    Parameters
    ----------
    stroke : sequence of (x, y)
        Where the brush went, in pixels of the plate.
    radius : float
        Of the brush, in pixels.
    width, height : int
        Size of the plate.

    Raises
    ------
    ParameterError
        If the stroke is empty or does not touch the picture.
    """
    import cv2

    if not stroke or len(stroke) > MOST_CORNERS:
        raise ParameterError(f"the stroke has {len(stroke)} points, but 1 to {MOST_CORNERS} are needed")
    canvas = np.zeros((height, width), np.uint8)
    points = np.rint(np.clip(np.array(stroke, np.float64), -1e5, 1e5)).astype(np.int32)
    size = max(1, round(radius))
    cv2.polylines(canvas, [points], False, 1, 2 * size)
    for x, y in points.tolist():
        cv2.circle(canvas, (x, y), size, 1, cv2.FILLED)
    contours, _ = cv2.findContours(canvas, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    if not contours:
        raise ParameterError("the stroke does not touch the picture: draw inside it")
    largest = max(contours, key=cv2.contourArea)
    corners = np.asarray(cv2.approxPolyDP(largest, ROUGH, True)).reshape(-1, 2)
    if len(corners) < 3:  # a brush of one pixel
        x, y = corners[0].tolist()
        return [(x, y), (min(width, x + 1), y), (x, min(height, y + 1))]
    return [(int(x), int(y)) for x, y in corners.tolist()]
