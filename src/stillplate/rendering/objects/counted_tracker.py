"""Tracking of a known number of things, such as the animals of a cage: two that touch are two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, hypot, inf, log

import numpy as np

from stillplate.arrays import Doubles
from stillplate.errors import ParameterError
from stillplate.rendering.objects.parting import part, pixels_of
from stillplate.rendering.objects.regions import Region
from stillplate.rendering.objects.tracker import HIDDEN, LOST, PLACE, SPEED, Tracked, best_pairs

__all__ = ["CountedTracker"]

REACH = 1.5  # diagonals: how far a thing may be from where it is expected
UNLIKE = 0.5  # cost of a region whose area is e times the thing's, in diagonals of distance
STRANGER = 0.5  # the same, of a thing that has no id
TOGETHER = 0.5  # diagonals: who is expected so near to another's region may be in it
SHOWN = 0.25  # of its area: what a thing has to add to a region in order to be seen in it
MIXED = 0.4  # share of the prediction error that corrects the place of a thing in a region of several
CALM = 2.0  # seconds in which the speed of a thing among others falls to 1/e
MEMORY = 1.0  # seconds in which the weight of a thing that is gone falls to 1/e
LEARN = 0.2  # share of a new frame in what is known of a thing's size
SANE = 2.5  # ratio of areas beyond which a region is hardly the whole thing, or more than it
DOUBTED = 0.05  # share of such a frame


@dataclass(slots=True, eq=False)
class _Thing:
    """Something that is followed.

    `weight` is its mean area over the last second or so, `id` its number among those that are told, `expected` its
    place in the present frame by its speed, and `told` when and where it was told last under this number.
    """

    place: tuple[float, float]
    area: float
    size: float
    seen: float
    speed: tuple[float, float] = (0.0, 0.0)
    expected: tuple[float, float] = (0.0, 0.0)
    weight: float = 0.0
    id: int | None = None
    hidden: bool = False
    told: tuple[float, float, float] | None = None

    def expect(self, time: float, step: float) -> None:
        """Predict the place; one that is hidden was placed in the frame before."""
        elapsed = step if self.hidden else min(time - self.seen, LOST)
        self.expected = self.place[0] + self.speed[0] * elapsed, self.place[1] + self.speed[1] * elapsed

    def calm(self, step: float) -> None:
        """Slow down, since things that meet do."""
        self.speed = self.speed[0] * exp(-step / CALM), self.speed[1] * exp(-step / CALM)

    def correct(self, region: Region, time: float, place: float, speed: float) -> None:
        """Correct place and speed by a region that shows it: the shares of an α-β filter."""
        elapsed = max(time - self.seen, 1e-6)
        right, down = (region.centroid[axis] - self.expected[axis] for axis in (0, 1))
        if not self.hidden:
            self.speed = self.speed[0] + speed * right / elapsed, self.speed[1] + speed * down / elapsed
        self.place = self.expected[0] + place * right, self.expected[1] + place * down
        self.seen, self.hidden = time, False

    def learn(self, region: Region) -> None:
        """Learn its size from a region that shows it alone."""
        ratio = region.area / self.area
        self.area *= ratio ** (LEARN if 1 / SANE < ratio < SANE else DOUBTED)
        self.size += LEARN * (hypot(*region.box[2:]) - self.size)


class CountedTracker:
    """Assigns ids from 1 to a given number to the regions of each frame; a region of several things is parted.

    Parameters
    ----------
    number : int
        How many things there are at most.

    Raises
    ------
    ParameterError
        If the number is below 1.

    Notes
    -----
    Things are expected where their speed takes them, and assigned to regions by distance and area, the likeliest pair
    first. Who has no region of its own, but is expected in that of another, is in it: the region is parted
    between them, by a mixture of Gaussians, if it is large enough to show both; else the one is hidden, and not told.
    The ids belong to the things that cover most over the last second or so:
    something new takes the id of one that is gone when it outweighs it.
    """

    def __init__(self, number: int) -> None:
        if number < 1:
            raise ParameterError(f"count is {number}, but the number of things, 1 or more, is needed")
        self._number, self._time = number, 0.0
        self._things: list[_Thing] = []

    def update(self, regions: Sequence[Region], time: float) -> tuple[Tracked, ...]:
        """Return the things of the next frame, in the order of their ids, each once; arguments as for `Tracker`."""
        step, self._time = time - self._time, time
        for thing in self._things:
            thing.expect(time, step)
        holders = self._assigned(regions)
        self._join(holders, regions, step)
        shown: list[tuple[_Thing, Region]] = []
        for number, region in enumerate(regions):
            shown += self._shown(region, holders.get(number, []), step)
        self._weigh(shown, step)
        self._number_things(shown)
        self._things = [one for one in self._things if one.id is not None or time - one.seen < LOST]
        told = [self._told(thing, region) for thing, region in shown if thing.id is not None]
        return tuple(sorted(told, key=lambda one: one.id))

    def _assigned(self, regions: Sequence[Region]) -> dict[int, list[_Thing]]:
        """Return the thing that has each region, by its number, in a list for those that join it."""
        costs = (
            (_cost(thing, region), row, column)
            for row, thing in enumerate(self._things)
            for column, region in enumerate(regions)
        )
        pairs = best_pairs(candidate for candidate in costs if candidate[0] < inf)
        return {region: [self._things[thing]] for thing, region in pairs.items()}

    def _join(self, holders: dict[int, list[_Thing]], regions: Sequence[Region], step: float) -> None:
        """Let those that have no region join others in theirs, or hide there."""
        placed = {id(thing) for things in holders.values() for thing in things}
        for thing in self._things:
            if id(thing) in placed or thing.id is None or self._time - thing.seen > HIDDEN:
                continue
            near = [
                (*_nearest(thing, regions[number]), number)
                for number, things in holders.items()
                if any(one.id is not None for one in things) and _gap(thing, regions[number]) <= TOGETHER * thing.size
            ]
            distance, place, number = min(near, default=(inf, thing.place, -1))
            if distance > TOGETHER * thing.size:
                continue
            others = sum(one.area for one in holders[number] if one.id is not None)
            if regions[number].area >= others + SHOWN * thing.area:
                holders[number].append(thing)
            else:
                thing.place, thing.hidden = place, True
                thing.calm(step)

    def _shown(self, region: Region, things: Sequence[_Thing], step: float) -> list[tuple[_Thing, Region]]:
        """Return what a region shows of each of its things; if it has none, one is new."""
        if not things:
            thing = _Thing(region.centroid, region.area, hypot(*region.box[2:]), self._time)
            self._things.append(thing)
            return [(thing, region)]
        things = [thing for thing in things if thing.id is not None] or things
        if len(things) == 1:
            things[0].correct(region, self._time, PLACE, SPEED)
            things[0].learn(region)
            return [(things[0], region)]
        centres = np.array([thing.expected for thing in things])
        shown = []
        for thing, own in zip(things, part(region, centres, [thing.area for thing in things]), strict=True):
            if own is None:
                thing.hidden = True
            else:
                thing.correct(own, self._time, MIXED, 0.0)
                thing.calm(step)
                shown.append((thing, own))
        return shown

    def _weigh(self, shown: Sequence[tuple[_Thing, Region]], step: float) -> None:
        """Bring weights up to date; one that is hidden keeps its own for a while."""
        areas, kept = {id(thing): region.area for thing, region in shown}, exp(-step / MEMORY)
        for thing in self._things:
            if not thing.hidden or self._time - thing.seen > HIDDEN:
                thing.weight = kept * thing.weight + (1 - kept) * areas.get(id(thing), 0)

    def _number_things(self, shown: Sequence[tuple[_Thing, Region]]) -> None:
        """Give ids to those that have none: those that are free, and those of things that they outweigh."""
        new = sorted((pair for pair in shown if pair[0].id is None), key=lambda pair: -pair[1].area)
        for thing, _ in new:
            owners = {one.id: one for one in self._things if one.id is not None}
            free = min(set(range(1, self._number + 1)) - owners.keys(), default=None)
            if free is None:
                weakest = min(owners.values(), key=lambda one: one.weight)
                if thing.weight <= weakest.weight:
                    continue
                free, weakest.id = weakest.id, None
            thing.id, thing.told = free, None

    def _told(self, thing: _Thing, region: Region) -> Tracked:
        assert thing.id is not None
        (x, y), before = region.centroid, thing.told
        thing.told = self._time, x, y
        if before is None:
            return Tracked(thing.id, region)
        elapsed = max(self._time - before[0], 1e-6)
        return Tracked(thing.id, region, ((x - before[1]) / elapsed, (y - before[2]) / elapsed))


def _gap(thing: _Thing, region: Region) -> float:
    """Return the distance of the expected place from the region's box."""
    (x, y), (left, top, width, height) = thing.expected, region.box
    return hypot(max(left - x, 0, x - left - width), max(top - y, 0, y - top - height))


def _nearest(thing: _Thing, region: Region) -> tuple[float, tuple[float, float]]:
    """Return the distance of the expected place from the region's nearest pixel, and that pixel."""
    places = pixels_of(region)
    distances: Doubles = np.hypot(*(places - thing.expected).T)
    nearest = int(distances.argmin())
    return float(distances[nearest]), (float(places[nearest, 0]), float(places[nearest, 1]))


def _cost(thing: _Thing, region: Region) -> float:
    """Return how unlikely it is that the region shows the thing; infinite if it cannot be."""
    away = hypot(region.centroid[0] - thing.expected[0], region.centroid[1] - thing.expected[1])
    if _gap(thing, region) > REACH * thing.size or away > REACH * (thing.size + hypot(*region.box[2:])) / 2:
        return inf
    stranger = STRANGER if thing.id is None else 0.0
    return away / thing.size + UNLIKE * abs(log(region.area / thing.area)) + stranger
