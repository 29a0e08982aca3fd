"""How sure a plate is, in figures that every report shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np

from stillplate.arrays import Flags
from stillplate.camera.canvas import filmed
from stillplate.camera.path import CameraPath
from stillplate.plate.plate import CERTAIN, Plate

__all__ = ["Sureness", "filmed_part"]


@dataclass(frozen=True, slots=True)
class Sureness:
    """How sure a plate is: figures of the part of it that any frame shows.

    A moving camera's frames leave corners of the plate empty, which count for nothing.

    Attributes
    ----------
    certain : float
        Share with a support of 0.6 or more that was seen, 0..1.
    never_seen : float
        Share that no two samples show alike, so that the plate is a guess, 0..1.
    support, noise : float
        Mean of the support, and median of the noise in 8-bit levels.

    Examples
    --------
    >>> str(Sureness(certain=0.75, never_seen=0.125, support=0.8, noise=1.5))
    '75.0% of it is certain, 12.5% guessed (never seen)'
    """

    certain: float
    never_seen: float
    support: float
    noise: float

    @classmethod
    def of(cls, plate: Plate, path: CameraPath | None) -> Self:
        """Measure a plate, and the path of the camera if it moves."""
        shown = filmed_part(plate, path)
        if not shown.any():
            return cls(0.0, 0.0, 0.0, 0.0)
        support, seen = plate.support[shown], plate.seen[shown]
        certain = float(((support >= CERTAIN) & seen).mean())
        return cls(certain, float(1 - seen.mean()), float(support.mean()), float(np.median(plate.noise[shown])))

    def __str__(self) -> str:
        return f"{self.certain:.1%} of it is certain, {self.never_seen:.1%} guessed (never seen)"


def filmed_part(plate: Plate, path: CameraPath | None) -> Flags:
    """Where any frame shows the plate, bool of shape (H, W): all of it, unless the camera moves."""
    return np.ones(plate.seen.shape, np.bool_) if path is None else filmed(path)
