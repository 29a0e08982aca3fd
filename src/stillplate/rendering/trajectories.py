"""The ways of the things of a clip: the list of tracks, and their drawing over the plate."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import hypot
from typing import Any

import cv2
import numpy as np

from stillplate.arrays import Image
from stillplate.imaging.homography import project
from stillplate.imaging.transform import Transform
from stillplate.rendering.objects import Tracked
from stillplate.rendering.overlay import COLOURS

__all__ = ["Trajectories", "Trajectory"]

CLEAR = 0.1  # of a thing's diagonal: a step of its centroid that is no flicker of its outline
POINTS = 2000  # most places that are kept of a way, for its drawing: of more, every other one goes
FINE = 480  # pixels of width to a pixel of a line's thickness
FLEETING = 1.0  # seconds: who goes nowhere within less is a speck of the mask, as a rule
PALE = 0.6  # share of white in the plate behind the ways


@dataclass(slots=True)
class Trajectory:
    """The way of one thing, or of those that have had an id one after the other.

    Attributes
    ----------
    id : int
    start, end : float
        When it was seen first and last, in seconds.
    frames : int
        In how many frames it was seen.
    length : float
        Of its way, in pixels of the plate: steps of a tenth of its diagonal or more are summed. From one thing to the
        next of the id it is no way.
    """

    id: int
    start: float
    end: float
    frames: int = 0
    length: float = 0.0
    _places: array[float] = field(default_factory=lambda: array("f"))  # x and y, one after the other
    _owners: array[int] = field(default_factory=lambda: array("L"))  # of each place, whose it is: 0, 1 and so on
    _owner: int = -1
    _stride: int = 1  # frames from one place that is kept to the next
    _last: tuple[float, float] | None = None  # from where the next step is measured

    @property
    def speed(self) -> float:
        """Mean speed, in pixels a second, over the time from first to last; 0 if that is one frame."""
        return self.length / (self.end - self.start) if self.end > self.start else 0.0

    @property
    def fleeting(self) -> bool:
        """Whether it was seen for less than a second and went nowhere."""
        return self.length == 0 and self.end - self.start < FLEETING

    def add(self, place: tuple[float, float], size: float, time: float, *, new: bool) -> None:
        """Add where it is in the next frame that shows it; `size` is the diagonal of its box, `new` a new thing."""
        if self._last is None or new:
            self._last, self._owner = place, self._owner + 1
        step = hypot(place[0] - self._last[0], place[1] - self._last[1])
        if step >= CLEAR * size:
            self.length, self._last = self.length + step, place
        if self.frames % self._stride == 0:
            self._places.extend(place)
            self._owners.append(self._owner)
            if len(self._owners) > POINTS:
                kept = self.places[::2].ravel()
                self._places, self._owners = array("f", kept.tolist()), self._owners[::2]
                self._stride *= 2
        self.end, self.frames = time, self.frames + 1

    @property
    def places(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Where it was, float32 of shape (P, 2): x and y on the plate; of a long way, at even distances of time."""
        return np.array(self._places, np.float32).reshape(-1, 2)

    @property
    def parts(self) -> list[np.ndarray[Any, np.dtype[np.float32]]]:
        """The places of each thing that has had the id, float32 arrays of shape (P, 2)."""
        return np.split(self.places, 1 + np.flatnonzero(np.diff(self._owners)))


class Trajectories:
    """The ways of the things of a clip, which is told frame by frame."""

    def __init__(self) -> None:
        self._by_id: dict[int, Trajectory] = {}

    def __len__(self) -> int:
        return len(self._by_id)

    def update(self, objects: Sequence[Tracked], time: float, motion: Transform | None) -> None:
        """Look at the things of the next frame; `motion` is that from the frame to the plate, where it is known."""
        for one in objects:
            x, y = one.region.centroid
            if motion is not None:
                x, y = project(motion.matrix, np.array([(x, y)]))[0].tolist()
            way = self._by_id.setdefault(one.id, Trajectory(one.id, time, time))
            way.add((x, y), hypot(*one.region.box[2:]), time, new=one.speed is None)

    @property
    def each(self) -> list[Trajectory]:
        """All ways, by id."""
        return [self._by_id[number] for number in sorted(self._by_id)]

    @property
    def shown(self) -> list[Trajectory]:
        """Those for people to look at, by id: without what was fleeting."""
        return [way for way in self.each if not way.fleeting]

    def to_dicts(self) -> list[dict[str, Any]]:
        """Return the list of tracks as JSON values, in seconds, pixels, and pixels a second."""
        return [
            {
                "id": way.id, "from": round(way.start, 3), "to": round(way.end, 3), "frames": way.frames,
                "length": round(way.length, 1), "mean_speed": round(way.speed, 2),
            }
            for way in self.each
        ]  # fmt: skip

    def draw(self, plate: Image) -> Image:
        """Return the ways that are shown over the paled plate, in the overlay's colours: a disc where each begins.

        Parameters
        ----------
        plate : uint8 array of shape (H, W, 3), RGB

        Returns
        -------
        uint8 array of shape (H, W, 3), RGB
        """
        drawn: Image = np.rint(255 * PALE + (1 - PALE) * plate.astype(np.float32)).astype(np.uint8)
        thick = max(1, round(plate.shape[1] / FINE))
        for way in self.shown:
            parts = [np.rint(places).astype(np.int32) for places in way.parts]
            cv2.polylines(drawn, parts, False, (60, 60, 60), thick + 2, cv2.LINE_AA)
            cv2.polylines(drawn, parts, False, COLOURS[(way.id - 1) % len(COLOURS)], thick, cv2.LINE_AA)
        for way in self.shown:
            colour = COLOURS[(way.id - 1) % len(COLOURS)]
            for places in way.parts:
                x, y = np.rint(places[0]).astype(int).tolist()
                cv2.circle(drawn, (x, y), 2 * thick + 1, (60, 60, 60), cv2.FILLED, cv2.LINE_AA)
                cv2.circle(drawn, (x, y), 2 * thick, colour, cv2.FILLED, cv2.LINE_AA)
        return drawn
