"""Animals in an arena, seen from above, which cross and touch: a drawn clip in which each is known."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Image
from stillplate.errors import ParameterError
from stillplate.io.source import Frame
from stillplate.synthetic.drawn import DrawnClip, Sensor

__all__ = ["ArenaClip", "arena"]

FRACTION = 4  # fractional bits of OpenCV's fixed-point coordinates
FINE = 4  # canvas pixels per image pixel, in each direction
FREE = 0.1  # share of the picture's shorter side that is a border without animals
PACE = (0.02, 0.16)  # lengths of an animal per frame
TURN = 0.12  # radians by which the heading changes per frame, as standard deviation
PULL = 0.25  # of the way to what draws an animal, that its heading turns per frame
NEAR = 0.8  # lengths between two animals that have met
STAY = (5, 40)  # frames for which two that have met stay together
OUTLINE = np.array(
    [(0.5, 0.0), (0.42, 0.1), (0.25, 0.17), (0.0, 0.2), (-0.25, 0.15), (-0.42, 0.06), (-0.5, 0.0)]
)  # of half an animal, whose length is 1: forward, and aside


@dataclass(frozen=True, slots=True)
class _Ways:
    """Where each animal is: places (N, T, 2) in pixels, headings (N, T) in radians."""

    places: Doubles
    headings: Doubles


class ArenaClip(DrawnClip):
    """A drawn video of animals in an arena, as a `FrameSource`; made by `arena`.

    Attributes
    ----------
    info : VideoInfo
        Size, length and rate of the clip.
    plate : uint8 array of shape (H, W, 3), RGB
        The arena without animals and noise.
    """

    def __init__(self, plate: Image, ways: _Ways, lengths: Doubles, colours: Image, sensor: Sensor) -> None:
        super().__init__("arena", (plate.shape[1], plate.shape[0]), ways.places.shape[1], sensor)
        self.plate, self._ways, self._lengths, self._colours = plate, ways, lengths, colours

    def frame(self, index: int) -> Frame:
        """Draw one frame."""
        self._check(index)
        image = self.plate.copy()
        for number, colour in enumerate(self._colours):
            part, cover = self._cover(number, index)
            image[part] = np.rint(image[part] * (1 - cover[..., None]) + cover[..., None] * colour)
        return self._exposed(image, index)

    def mask(self, index: int) -> npt.NDArray[np.bool_]:
        """Return the true mask of one frame: bool (H, W), true if animals cover more than half of the pixel."""
        return np.asarray(self.owners(index) > 0)

    def owners(self, index: int) -> npt.NDArray[np.int32]:
        """Return who is seen in one frame: int32 (H, W), the number of the upper animal, from 1, or 0."""
        self._check(index)
        owners = np.zeros(self.plate.shape[:2], np.int32)
        for number in range(len(self._colours)):
            part, cover = self._cover(number, index)
            owners[part][cover > 0.5] = number + 1
        return owners

    def _cover(self, number: int, index: int) -> tuple[tuple[slice, slice], npt.NDArray[np.float32]]:
        """The part of the picture around an animal, and the animal's share of each pixel in it, 0..1."""
        half = np.vstack([OUTLINE, OUTLINE[-2:0:-1] * (1, -1)]) * self._lengths[number]
        heading, place = self._ways.headings[number, index], self._ways.places[number, index]
        turned = half @ np.array([[np.cos(heading), np.sin(heading)], [-np.sin(heading), np.cos(heading)]])
        left, top = np.maximum(0, np.floor(place - self._lengths[number])).astype(int).tolist()
        right, bottom = np.ceil(place + self._lengths[number]).astype(int).tolist()
        part = slice(top, min(bottom, self.info.height)), slice(left, min(right, self.info.width))
        shape = part[0].stop - top, part[1].stop - left
        corners = ((turned + place - (left, top) + 0.5) * FINE - 0.5) * 2**FRACTION
        canvas = np.zeros((shape[0] * FINE, shape[1] * FINE), np.uint8)
        cv2.fillPoly(canvas, [np.rint(corners).astype(np.int32)], 255, cv2.LINE_8, FRACTION)
        small = cv2.resize(canvas, shape[::-1], interpolation=cv2.INTER_AREA)
        return part, np.asarray(small / np.float32(255), np.float32)


def arena(
    width: int = 320,
    height: int = 240,
    frames: int = 300,
    *,
    seed: int = 0,
    animals: int = 4,
    length: float = 0.08,
    meetings: float = 0.5,
    noise: float = 2.0,
) -> ArenaClip:
    """Make a clip of animals that look alike, from above: they walk, stop, cross one another and touch.

    Parameters
    ----------
    width, height : int
        Size of the frames, in pixels.
    frames : int
        Length of the clip, at 25 frames per second.
    seed : int
        Seed of all random numbers; the same arguments give the same bytes.
    animals : int
        Number of animals, all of which are in the picture from the first frame to the last.
    length : float
        Mean length of an animal, as a share of the width; they differ by some 10 %.
    meetings : float
        Share of the time, 0..1, in which some two animals seek each other, or are together.
    noise : float
        As for `SyntheticClip`.

    Returns
    -------
    ArenaClip

    Examples
    --------
    >>> clip = arena(64, 48, frames=3, animals=2, length=0.2, noise=0)
    >>> sorted(set(clip.owners(0).ravel().tolist()))
    [0, 1, 2]
    """
    if animals < 1 or not 0 < length <= 0.5 or not 0 <= meetings <= 1:
        raise ParameterError(
            f"animals is {animals}, length {length}, meetings {meetings}, but 1 or more, above 0 to 0.5, and 0..1 are "
            "needed"
        )
    plate_rng, way_rng = np.random.default_rng(seed).spawn(2)
    lengths = length * width * way_rng.uniform(0.9, 1.1, animals)
    colours = np.clip(way_rng.normal((70, 60, 52), 8, (animals, 3)), 0, 255).astype(np.uint8)
    ways = _walk((width, height), frames, lengths, meetings, way_rng)
    return ArenaClip(_paint(width, height, plate_rng), ways, lengths, colours, Sensor(noise, 0.0, seed))


def _paint(width: int, height: int, rng: np.random.Generator) -> Image:
    """A pale floor with a grain, in the light of a lamp at the side."""
    grain = cv2.GaussianBlur(rng.standard_normal((height, width)).astype(np.float32), (0, 0), 1.2) * 14
    light = 190 + 25 * np.linspace(-1, 1, width, dtype=np.float32)
    floor = grain[..., None] + light[:, None] * np.array([1.0, 0.97, 0.9], np.float32)
    return np.asarray(np.clip(np.rint(floor), 0, 255), np.uint8)


def _walk(size: tuple[int, int], frames: int, lengths: Doubles, meetings: float, rng: np.random.Generator) -> _Ways:
    """Let the animals go: a wandering heading, a pace that varies down to a stop, borders and others that draw them."""
    count, border = len(lengths), FREE * min(size)
    low, high = np.array([border, border]), np.array(size) - border
    middle = (low + high) / 2
    place, heading = rng.uniform(low, high, (count, 2)), rng.uniform(-np.pi, np.pi, count)
    pace = rng.uniform(*PACE, count)
    places, headings = np.empty((count, frames, 2)), np.empty((count, frames))
    pair, left = (0, 0), 0
    for index in range(frames):
        places[:, index], headings[:, index] = place, heading
        pace = np.clip(pace + rng.normal(0, 0.01, count), 0, PACE[1])
        heading = heading + rng.normal(0, TURN, count)
        if not left and count > 1 and rng.random() < meetings / 25:
            first, second = rng.choice(count, 2, replace=False).tolist()
            pair, left = (first, second), int(rng.integers(*STAY))
        for number in range(count):
            away = (place[number] < low).any() or (place[number] > high).any()
            goal = middle if away else None
            if left and number in pair and not away:
                other = place[pair[1] if number == pair[0] else pair[0]]
                apart = np.hypot(*(other - place[number]))
                goal = other if apart > 0.5 * lengths[number] else None
                pace[number] = max(pace[number], 0.1) if apart > NEAR * lengths[number] else 0.03
            if goal is not None:
                wish = np.arctan2(*(goal - place[number])[::-1])
                heading[number] += PULL * ((wish - heading[number] + np.pi) % (2 * np.pi) - np.pi)
        if left and np.hypot(*(place[pair[0]] - place[pair[1]])) < NEAR * lengths.mean():
            left -= 1
            if not left:
                pace[list(pair)] = rng.uniform(0.06, PACE[1], 2)  # they part, across or back
        step = (pace * lengths)[:, None] * np.stack([np.cos(heading), np.sin(heading)], axis=1)
        place = np.clip(place + step, low - border / 2, high + border / 2)
    return _Ways(places, headings)
