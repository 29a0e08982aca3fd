"""What the report says of a clip that has a background for each period, and where their plates are written."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Self

import numpy as np

from stillplate.arrays import Flags
from stillplate.background.background import Background
from stillplate.background.cross_check import cross_checked, differing, end_checked
from stillplate.background.sureness import Sureness
from stillplate.errors import EncodeError
from stillplate.io.address import as_path, spelled
from stillplate.rendering.pieces import Piece

__all__ = ["Periods", "checked", "former_plates", "plate_path", "remove_plates"]


@dataclass(frozen=True, slots=True)
class Periods:
    """The figures of a clip's periods.

    Attributes
    ----------
    starts : tuple of int
        The first frame of each period, and the number of frames.
    jumps : callable
        Takes a frame, and returns its number, its time, and how much more of the picture is foreground, on average, in
        the second from it on than in the second before.
    rate : Fraction
        Frames per second.
    plates, borders : list of dict
        Those of each period, and of each border between two.
    doubts : list of str
        What is doubtful about the backgrounds.
    """

    starts: tuple[int, ...]
    jumps: Callable[[int], dict[str, Any]]
    rate: Fraction
    plates: list[dict[str, Any]] = field(default_factory=list)
    borders: list[dict[str, Any]] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, pieces: Sequence[Piece], numbers: Sequence[int], shares: Sequence[float], rate: Fraction) -> Self:
        """Begin with the pieces of a clip, and number and share of foreground of each frame that was rendered."""

        def jump(frame: int) -> dict[str, Any]:
            at, few = bisect_left(numbers, frame), max(1, round(rate))
            sides = [np.mean(side) if side else 0.0 for side in (shares[max(0, at - few) : at], shares[at : at + few])]
            more = round(float(sides[1] - sides[0]), 6)
            return {"frame": frame, "time": round(float(frame / rate), 3), "foreground_jump": more}

        borders = (0, *(b.frames.start for a, b in pairwise(pieces) if a.period != b.period))
        return cls((*borders, pieces[-1].frames.stop), jump, rate)

    def add(self, background: Background, former: Background | None, taken: float, doubts: Sequence[str]) -> None:
        """Add the background of the next period, of whose plate a share was taken from a neighbour."""
        number = len(self.plates)
        start, end = (round(float(frame / self.rate), 3) for frame in self.starts[number : number + 2])
        sureness = Sureness.of(background.plate, None)
        self.plates.append(
            {
                "from": start,
                "to": end,
                "mean_support": round(sureness.support, 4),
                "never_seen_share": round(sureness.never_seen, 4),
                "taken_share": round(taken, 6),
            }
        )
        if former is not None:
            share = round(float(differing(former, background).mean()), 6)
            self.borders.append({**self.jumps(self.starts[number]), "plate_differs_share": share})
        self.doubts.extend(doubt for doubt in doubts if doubt not in self.doubts)

    def to_dict(self) -> dict[str, Any]:
        """Return them as the report has them."""
        return {"plates": self.plates, "borders": self.borders}


def checked(backgrounds: Iterable[Background], count: int) -> Iterator[tuple[Background, Flags]]:
    """Yield each of the `count` backgrounds of a clip's periods, mended by its neighbours; three are held at a time.

    Two are not enough to tell what is wrong in one of them.
    """
    known = list[Background]()
    for number, background in enumerate(backgrounds):
        known.append(background)
        if count < 3:
            yield background, np.zeros(background.plate.seen.shape, np.bool_)
        elif len(known) == 3:
            if number == 2:
                yield end_checked(known[0], known[1], known[2], last=False)
            yield cross_checked(known[1], known[0], known[2])
            if number == count - 1:
                yield end_checked(known[2], known[1], known[0], last=True)
            known.pop(0)


def plate_path(path: str, number: int) -> str:
    """Return the path of the plate of a period, numbered from 0: plate-0001.png beside plate.png is the first."""
    place = as_path(path)
    return spelled(place.with_name(f"{place.stem}-{number + 1:04d}{place.suffix}"))


def former_plates(outputs: Mapping[str, str], periods: int) -> list[Path]:
    """Return the plates of an earlier render to the same outputs that had more periods, as its report tells."""
    if not {"plate", "report"} <= outputs.keys():
        return []
    further = as_path(plate_path(outputs["plate"], periods))
    if not further.exists():
        return []
    try:
        told = json.loads(as_path(outputs["report"]).read_text(encoding="utf-8"))
        count = len(told["periods"]["plates"])
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [as_path(plate_path(outputs["plate"], number)) for number in range(periods, count)]


def remove_plates(plates: Iterable[Path]) -> None:
    """Remove plates that no report tells of any more."""
    for path in plates:
        try:
            path.unlink(missing_ok=True)
        except OSError as err:
            raise EncodeError(f"{path}: is of an earlier render, and cannot be removed: {err.strerror}") from err
