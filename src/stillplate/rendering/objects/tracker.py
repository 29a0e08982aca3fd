"""Which region is which, from frame to frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import hypot

from stillplate.rendering.objects.regions import Region

__all__ = ["Tracked", "Tracker"]

Box = tuple[float, float, float, float]  # left, top, right, bottom

OVERLAP = 0.1  # intersection over union with where it was expected: so much makes a region the same thing
NEAR = 2.0  # mean diagonals: a thing too small or quick to overlap is at most so far from where it was expected
ALIKE = 4.0  # and at most so many times as large, or as small
LOST = 1.0  # seconds that a thing may be out of sight ...
HIDDEN = 5.0  # ... or behind another, and come back as the same
PLACE, SPEED = 0.7, 0.3  # α and β: how far each sighting corrects the place and, over the time between, the speed
MERGED = 1.5  # times as large, or as small, as it was: it has met another, or parted; its speed is not to be seen


@dataclass(frozen=True, slots=True, eq=False)
class Tracked:
    """A region and the number of the thing that it is.

    Attributes
    ----------
    id : int
        From 1, in the order of appearance; never given twice.
    region : Region
    """

    id: int
    region: Region


@dataclass(frozen=True, slots=True)
class _Track:
    id: int
    x: float
    y: float
    width: float
    height: float
    seen: float
    speed: tuple[float, float] = (0.0, 0.0)

    def at(self, time: float) -> Box:
        gone = min(time - self.seen, LOST)
        x, y = self.x + self.speed[0] * gone, self.y + self.speed[1] * gone
        return x - self.width / 2, y - self.height / 2, x + self.width / 2, y + self.height / 2

    def corrected(self, box: Box, time: float) -> _Track:
        """Take up a sighting: an α-β filter, the steady state of Kalman's for constant speed."""
        width, height, gone = box[2] - box[0], box[3] - box[1], max(time - self.seen, 1e-6)
        expected, seen = _centre(self.at(time)), _centre(box)
        error = (seen[0] - expected[0], seen[1] - expected[1])
        ratio = (width * height) / max(self.width * self.height, 1e-6)
        learning = SPEED if 1 / MERGED < ratio < MERGED else 0.0
        return replace(
            self,
            x=expected[0] + PLACE * error[0],
            y=expected[1] + PLACE * error[1],
            width=width,
            height=height,
            seen=time,
            speed=(self.speed[0] + learning * error[0] / gone, self.speed[1] + learning * error[1] / gone),
        )


class Tracker:
    """Gives the regions of each frame the numbers of the things that they are.

    Notes
    -----
    A thing is expected where its speed takes it. The region that overlaps this place most, over all pairs, is the same
    thing; of what is left, the nearest of like size. A thing out of sight is remembered for a second, one that was last
    expected within another's box, which hides it, for five. Things that touch are one region, which bears the number of
    the one that it overlaps most; when they part, the other is found again where it is expected.

    References
    ----------
    A. Bewley et al., "Simple online and realtime tracking", ICIP 2016 (overlap with a constant-speed prediction).
    :doi:`10.1109/ICIP.2016.7533003`
    """

    def __init__(self) -> None:
        self._tracks: list[_Track] = []
        self._next = 1

    @property
    def count(self) -> int:
        """How many numbers were given."""
        return self._next - 1

    def update(self, regions: Sequence[Region], time: float) -> tuple[Tracked, ...]:
        """Take the regions of the next frame.

        Parameters
        ----------
        regions : sequence of Region
        time : float
            Seconds; later than the frame before.

        Returns
        -------
        tuple of Tracked
            One for each region, in their order.
        """
        boxes = [_corners(region) for region in regions]
        expected = [track.at(time) for track in self._tracks]
        pairs = _best(expected, boxes, _overlap, {}, OVERLAP)
        pairs = _best(expected, boxes, _nearness, pairs, 1 - NEAR)
        found = {region: self._tracks[track].corrected(boxes[region], time) for track, region in pairs.items()}
        for number, box in enumerate(boxes):
            if number not in found:
                found[number] = _Track(self._next, *_centre(box), box[2] - box[0], box[3] - box[1], time)
                self._next += 1
        missed = [track for number, track in enumerate(self._tracks) if number not in pairs]
        self._tracks = [*found.values(), *(track for track in missed if _remembered(track, boxes, time))]
        return tuple(Tracked(found[number].id, region) for number, region in enumerate(regions))


def _best(
    expected: Sequence[Box], boxes: Sequence[Box], likeness: Callable[[Box, Box], float], known: dict[int, int],
    least: float,
) -> dict[int, int]:  # fmt: skip
    """Pair what is most alike, then what is most alike of the rest, and so on: track number to region number."""
    taken = set(known.values())
    candidates = sorted(
        (-likeness(place, box), track, region)
        for track, place in enumerate(expected)
        if track not in known
        for region, box in enumerate(boxes)
        if region not in taken
    )
    pairs = dict(known)
    for unlikeness, track, region in candidates:
        if -unlikeness > least and track not in pairs and region not in taken:
            pairs[track] = region
            taken.add(region)
    return pairs


def _remembered(track: _Track, boxes: Sequence[Box], time: float) -> bool:
    x, y = _centre(track.at(time))
    behind = any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in boxes)
    return time - track.seen <= (HIDDEN if behind else LOST)


def _corners(region: Region) -> Box:
    x, y, width, height = region.box
    return x, y, x + width, y + height


def _centre(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _overlap(one: Box, other: Box) -> float:
    """Intersection over union."""
    common = _area((max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])))
    return common / max(_area(one) + _area(other) - common, 1e-6)


def _nearness(one: Box, other: Box) -> float:
    """Less the more mean diagonals the centres are apart, from 1; far below 0 for what is not alike in size."""
    ratio = _area(one) / max(_area(other), 1e-6)
    if not 1 / ALIKE <= ratio <= ALIKE:
        return -1e6
    (x, y), (u, v) = _centre(one), _centre(other)
    diagonals = [hypot(box[2] - box[0], box[3] - box[1]) for box in (one, other)]
    return 1 - hypot(x - u, y - v) / max(sum(diagonals) / 2, 1e-6)
