"""Rain and snow that are drawn over any clip, which is then the truth without them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from stillplate.arrays import Doubles, Floats, Image
from stillplate.errors import ParameterError
from stillplate.io.source import Frame, FrameSource, NoOpClose

__all__ = ["Precipitation", "precipitation"]

KINDS = ("rain", "snow")
MARGIN = 0.1  # share of the picture on each side beyond which particles come and go
NEAR = 4.0  # distance of the farthest particles, as a multiple of that of the nearest
TURN = 0.618034  # share of the width by which a particle's place shifts from fall to fall: the golden ratio mixes best


@dataclass(frozen=True, slots=True, eq=False)
class Weather:
    """Particles that fall, one to an entry of each array of shape (N,).

    Attributes
    ----------
    start : float64 array of shape (N, 2)
        Places (x, y) at frame 0, in pixels.
    speed : float64 array of shape (N, 2)
        Pixels to the right and down, per frame.
    sway, phase, beat : float64 arrays
        How far a particle swings to the side, in pixels, its angle at frame 0, and the angle per frame, in radians.
    radius, soft : float64 arrays
        Half the width, and half the width of the edge, in pixels.
    opacity : float64 array
        Share of the light behind it that a particle replaces, 0 to 1.
    light : float64 array of shape (N, 3)
        Its own colour, in 8-bit levels.
    shutter : float
        Share of a frame's time in which the shutter is open, 0 to 1.
    """

    start: Doubles
    speed: Doubles
    sway: Doubles
    phase: Doubles
    beat: Doubles
    radius: Doubles
    soft: Doubles
    opacity: Doubles
    light: Doubles
    shutter: float

    @classmethod
    def rain(cls, width: int, height: int, amount: float, rng: np.random.Generator) -> Self:
        """Draw streaks: fast, thin and long, the near ones wider, longer and faster."""
        count = round(amount * rng.uniform(120, 320) * width / height)
        distance = rng.uniform(1, NEAR, count)
        wind, fall = np.tan(np.radians(rng.uniform(-22, 22))), rng.uniform(0.25, 0.5) * height
        slant = wind + rng.normal(0, 0.03, count)
        speed = fall / distance * rng.uniform(0.85, 1.15, count)
        radius = np.maximum(0.45, rng.uniform(0.0022, 0.0042) * width / distance * rng.uniform(0.7, 1.3, count))
        bright = rng.uniform(170, 240)
        return cls._of(
            width, height, rng,
            speed=np.stack([slant * speed, speed], axis=1),
            sway=np.zeros(count),
            radius=radius,
            soft=0.5 + 0.3 * radius,
            opacity=np.clip(rng.uniform(0.25, 0.6) * rng.uniform(0.4, 1.2, count), 0, 0.9),
            bright=bright,
            shutter=rng.uniform(0.2, 0.6),
        )  # fmt: skip

    @classmethod
    def snow(cls, width: int, height: int, amount: float, rng: np.random.Generator) -> Self:
        """Draw flakes: soft discs of several sizes that drift and sway, the near ones larger and faster."""
        count = round(amount * rng.uniform(150, 450) * width / height)
        distance = rng.uniform(1, NEAR, count)
        radius = np.maximum(0.7, rng.uniform(0.004, 0.009) * width / distance * rng.uniform(0.6, 1.2, count))
        wind, fall = rng.uniform(-0.8, 0.8), rng.uniform(0.016, 0.045) * height
        speed = fall / distance * rng.uniform(0.8, 1.3, count)
        return cls._of(
            width, height, rng,
            speed=np.stack([(wind + rng.normal(0, 0.15, count)) * speed, speed], axis=1),
            sway=radius * rng.uniform(0, 1.5, count),
            radius=radius,
            soft=0.5 + rng.uniform(0.1, 0.6, count) * radius,
            opacity=np.clip(rng.uniform(0.5, 0.9) * rng.uniform(0.6, 1.2, count), 0, 0.95),
            bright=rng.uniform(205, 250),
            shutter=rng.uniform(0.2, 0.7),
        )  # fmt: skip

    @classmethod
    def _of(
        cls, width: int, height: int, rng: np.random.Generator, *, speed: Doubles, sway: Doubles, radius: Doubles,
        soft: Doubles, opacity: Doubles, bright: float, shutter: float,
    ) -> Self:  # fmt: skip
        count = len(radius)
        light = np.clip(bright + rng.normal(0, 8, (count, 1)) + rng.normal(0, 2, (count, 3)), 0, 255)
        return cls(
            start=rng.uniform(-MARGIN, 1 + MARGIN, (count, 2)) * [width, height], speed=speed, sway=sway,
            phase=rng.uniform(0, 2 * np.pi, count), beat=rng.uniform(0.05, 0.3, count), radius=radius, soft=soft,
            opacity=opacity, light=light, shutter=shutter,
        )  # fmt: skip

    def ends(self, index: int, width: int, height: int) -> tuple[Doubles, Doubles]:
        """Where each particle is when the shutter opens and closes in frame `index`: two arrays of shape (N, 2)."""
        span = (1 + 2 * MARGIN) * np.array([width, height])
        fallen = self.start[:, 1] + MARGIN * height + self.speed[:, 1] * index
        falls = np.floor(fallen / span[1])
        across = self.start[:, 0] + MARGIN * width + self.speed[:, 0] * index + TURN * width * falls
        corner = np.array([MARGIN * width, MARGIN * height])
        first = np.stack([across % span[0], fallen % span[1]], axis=1) - corner
        angle = self.phase + self.beat * index
        first[:, 0] += self.sway * np.sin(angle)
        drift = self.speed.copy()
        drift[:, 0] += self.sway * self.beat * np.cos(angle)
        return first, first + self.shutter * drift

    def drawn(self, image: Image, index: int) -> Image:
        """Draw the particles of frame `index` over an image."""
        height, width = image.shape[:2]
        first, last = self.ends(index, width, height)
        result = image.astype(np.float32)
        for number in range(len(first)):
            self._draw(result, number, first[number], last[number])
        return np.asarray(np.clip(np.rint(result), 0, 255), np.uint8)

    def _draw(self, image: Floats, number: int, first: Doubles, last: Doubles) -> None:
        """Draw one particle, blurred along its way, in place."""
        radius, soft = self.radius[number], self.soft[number]
        reach = radius + soft + 1
        left, top = np.maximum(0, np.floor(np.minimum(first, last) - reach)).astype(int)
        right, bottom = np.minimum(image.shape[1::-1], np.ceil(np.maximum(first, last) + reach)).astype(int)
        if left >= right or top >= bottom:
            return
        x, y = np.arange(left, right) - first[0], np.arange(top, bottom)[:, None] - first[1]
        way = last - first
        along = np.clip((x * way[0] + y * way[1]) / max(1e-9, float(way @ way)), 0, 1)
        away = np.hypot(x - along * way[0], y - along * way[1])
        cover = np.clip((radius + soft - away) / (2 * soft), 0, 1) * self.opacity[number]
        part = image[top:bottom, left:right]
        part += cover.astype(np.float32)[:, :, None] * (self.light[number].astype(np.float32) - part)


class Precipitation(NoOpClose):
    """A clip with rain or snow before it, as a `FrameSource`.

    Parameters
    ----------
    clip : FrameSource
    weather : Weather

    Attributes
    ----------
    clip : FrameSource
        The truth: the clip without them.
    info : VideoInfo
        That of the clip.
    """

    def __init__(self, clip: FrameSource, weather: Weather) -> None:
        self.clip, self.info, self._weather = clip, clip.info, weather

    def __iter__(self) -> Iterator[Frame]:
        return map(self._before, self.clip)

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these indices; those past the end are left out."""
        return map(self._before, self.clip.take(indices))

    def _before(self, frame: Frame) -> Frame:
        return Frame(self._weather.drawn(frame.image, frame.index), frame.index, frame.time)


def precipitation(clip: FrameSource, kind: str = "rain", *, amount: float = 1.0, seed: int = 0) -> Precipitation:
    """Let rain or snow fall before a clip.

    Number, size, opacity and light of the particles, the wind and the shutter are drawn from the seed.

    Parameters
    ----------
    clip : FrameSource
        Any, such as `street`; its frames are the truth, with their noise.
    kind : "rain" or "snow"
        Semi-transparent streaks, blurred by their motion; or soft flakes that drift, and cover a pixel for one to some
        four frames.
    amount : float
        Multiplies the number of particles.
    seed : int
        The same arguments give the same bytes.

    Returns
    -------
    Precipitation

    Examples
    --------
    >>> from stillplate.synthetic import street
    >>> clip = precipitation(street(64, 36, frames=3, noise=0), "snow")
    >>> bool((next(iter(clip)).image >= next(iter(clip.clip)).image).mean() > 0.9)
    True
    """
    if kind not in KINDS:
        raise ParameterError(f"kind is {kind!r}, but {' or '.join(KINDS)} is needed")
    if amount < 0 or seed < 0:
        raise ParameterError(f"amount is {amount} and seed {seed}, but neither may be negative")
    rng = np.random.default_rng(seed)
    make = Weather.rain if kind == "rain" else Weather.snow
    return Precipitation(clip, make(clip.info.width, clip.info.height, amount, rng))
