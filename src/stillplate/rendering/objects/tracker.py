"""Tracking of regions from frame to frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import hypot

import numpy as np

from stillplate.rendering.objects.regions import Region

__all__ = ["Tracked", "Tracker", "best_pairs"]

Box = tuple[float, float, float, float]  # left, top, right, bottom

OVERLAP = 0.1  # least intersection over union of a region with the predicted box of the same object
NEAR = 2.0  # mean diagonals: largest distance from the predicted box without overlap, for small or fast objects
ALIKE = 4.0  # largest ratio of areas of the same object without overlap
LOST = 1.0  # seconds after which an undetected object is dropped
HIDDEN = 5.0  # seconds after which an object predicted behind another is dropped
PLACE = 0.7  # α of the α-β filter: share of the prediction error that corrects the position
SPEED = 0.3  # β of the α-β filter: share of the prediction error, per time elapsed, that corrects the speed
MERGED = 1.5  # ratio of areas from which objects merged or separated; the speed is then not corrected


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """A region and the number of its object.

    Attributes
    ----------
    id : int
        Number of the object, from 1 in the order of appearance; of a counted object, passed on when it has left.
    region : Region
    speed : (float, float) or None
        By how many pixels a second its centroid has moved to the right and down since it was last detected; None the
        first time, also of another object that has taken over its number.
    """

    id: int
    region: Region
    speed: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class _Track:
    """The state of an object: centre, size, time of the last detection and speed, in pixels and seconds."""

    id: int
    x: float
    y: float
    width: float
    height: float
    seen: float
    speed: tuple[float, float] = (0.0, 0.0)

    def at(self, time: float) -> Box:
        """Return the predicted box at a time."""
        elapsed = min(time - self.seen, LOST)
        x, y = self.x + self.speed[0] * elapsed, self.y + self.speed[1] * elapsed
        return x - self.width / 2, y - self.height / 2, x + self.width / 2, y + self.height / 2

    def corrected(self, box: Box, time: float) -> _Track:
        """Return the track updated by a detection (α-β filter: the steady state of a constant-speed Kalman filter)."""
        width, height, elapsed = box[2] - box[0], box[3] - box[1], max(time - self.seen, 1e-6)
        expected, seen = _centre(self.at(time)), _centre(box)
        error = (seen[0] - expected[0], seen[1] - expected[1])
        ratio = (width * height) / max(self.width * self.height, 1e-6)
        learning = SPEED if 1 / MERGED < ratio < MERGED else 0.0
        speed = (self.speed[0] + learning * error[0] / elapsed, self.speed[1] + learning * error[1] / elapsed)
        return _Track(
            self.id, expected[0] + PLACE * error[0], expected[1] + PLACE * error[1], width, height, time, speed
        )


class Tracker:
    """Assigns object numbers to the regions of each frame.

    Notes
    -----
    The box of each object is predicted by its speed. Pairs of predicted box and region are matched in the order of
    their overlap; the rest are matched by distance, if of similar size. An undetected object is kept for one second,
    or for five if its prediction lies in the box of another region, which may hide it. Objects that touch are one
    region, with the number of the object that it overlaps most; when they separate, the other is matched again by its
    prediction.

    References
    ----------
    A. Bewley et al., "Simple online and realtime tracking", ICIP 2016 (overlap with a constant-speed prediction).
    :doi:`10.1109/ICIP.2016.7533003`
    """

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._places: dict[int, tuple[float, float, float]] = {}  # when and where each was detected last
        self._next = 1

    @property
    def count(self) -> int:
        """The number of objects so far."""
        return self._next - 1

    def update(self, regions: Sequence[Region], time: float) -> tuple[Tracked, ...]:
        """Return the tracked regions of the next frame.

        Parameters
        ----------
        regions : sequence of Region
        time : float
            Time in seconds, later than that of the previous frame.

        Returns
        -------
        tuple of Tracked
            One for each region, in their order.
        """
        boxes = {number: _corners(region) for number, region in enumerate(regions)}
        expected = {number: track.at(time) for number, track in enumerate(self._tracks)}
        pairs = _match(_meeting(expected, boxes), expected, boxes, _overlap, OVERLAP)
        taken = set(pairs.values())
        lost = {track: _around(box) for track, box in expected.items() if track not in pairs}
        free = {region: _around(box) for region, box in boxes.items() if region not in taken}
        pairs |= _match(_meeting(lost, free), expected, boxes, _nearness, 1 - NEAR)
        found = {region: self._tracks[track].corrected(boxes[region], time) for track, region in pairs.items()}
        for number, box in boxes.items():
            if number not in found:
                found[number] = _Track(self._next, *_centre(box), box[2] - box[0], box[3] - box[1], time)
                self._next += 1
        missed = [track for number, track in enumerate(self._tracks) if number not in pairs]
        self._tracks = [*found.values(), *(track for track in missed if _is_kept(track, boxes.values(), time))]
        kept = {track.id for track in self._tracks}
        self._places = {number: place for number, place in self._places.items() if number in kept}
        return tuple(self._told(found[number].id, region, time) for number, region in enumerate(regions))

    def _told(self, number: int, region: Region, time: float) -> Tracked:
        """Return a region with its object's number and speed."""
        before, self._places[number] = self._places.get(number), (time, *region.centroid)
        if before is None:
            return Tracked(number, region)
        elapsed, (x, y) = max(time - before[0], 1e-6), region.centroid
        return Tracked(number, region, ((x - before[1]) / elapsed, (y - before[2]) / elapsed))


def _meeting(expected: Mapping[int, Box], boxes: Mapping[int, Box]) -> Iterable[tuple[int, int]]:
    """Return the numbers of tracks and of regions whose boxes have points in common."""
    if not expected or not boxes:
        return ()
    first, second = np.array([*expected.values()])[:, None], np.array([*boxes.values()])
    meet = (first[..., 0] <= second[:, 2]) & (second[:, 0] <= first[..., 2])
    meet &= (first[..., 1] <= second[:, 3]) & (second[:, 1] <= first[..., 3])
    tracks, regions = [*expected], [*boxes]
    return [(tracks[row], regions[column]) for row, column in np.argwhere(meet).tolist()]


def _match(
    likely: Iterable[tuple[int, int]], expected: Mapping[int, Box], boxes: Mapping[int, Box],
    likeness: Callable[[Box, Box], float], least: float,
) -> dict[int, int]:  # fmt: skip
    """Return the region number of each matched track number; likely pairs are matched in falling order of likeness."""
    likenesses = ((likeness(expected[track], boxes[region]), track, region) for track, region in likely)
    return best_pairs((-like, track, region) for like, track, region in likenesses if like > least)


def best_pairs(candidates: Iterable[tuple[float, int, int]]) -> dict[int, int]:
    """Return pairs of numbers, of which each is in one at most, taken by rising cost.

    Parameters
    ----------
    candidates : iterable of (float, int, int)
        The cost of each possible pair, and its two numbers.
    """
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, first, second in sorted(candidates):
        if first not in pairs and second not in taken:
            pairs[first] = second
            taken.add(second)
    return pairs


def _is_kept(track: _Track, boxes: Iterable[Box], time: float) -> bool:
    """Return whether an undetected object is kept."""
    unseen = time - track.seen
    if unseen <= LOST or unseen > HIDDEN:
        return unseen <= LOST
    x, y = _centre(track.at(time))
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)


def _corners(region: Region) -> Box:
    x, y, width, height = region.box
    return x, y, x + width, y + height


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _around(box: Box) -> Box:
    """Return a box around another which has points in common with all that are near."""
    (x, y), reach = _centre(box), NEAR / 2 * _diagonal(box)
    return x - reach, y - reach, x + reach, y + reach


def _diagonal(box: Box) -> float:
    return hypot(box[2] - box[0], box[3] - box[1])


def _area(box: Box) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _overlap(one: Box, other: Box) -> float:
    """Return intersection over union."""
    across, down = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    common = across * down if across > 0 and down > 0 else 0.0
    return common / max(_area(one) + _area(other) - common, 1e-6)


def _nearness(one: Box, other: Box) -> float:
    """Return 1 minus the distance of the centres in mean diagonals; far below 0 for boxes of dissimilar size."""
    ratio = _area(one) / max(_area(other), 1e-6)
    if not 1 / ALIKE <= ratio <= ALIKE:
        return -1e6
    (x, y), (u, v) = _centre(one), _centre(other)
    return 1 - hypot(x - u, y - v) / max((_diagonal(one) + _diagonal(other)) / 2, 1e-6)
