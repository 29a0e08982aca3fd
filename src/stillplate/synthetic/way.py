"""The way of the camera of `synthetic.park`, and of the walker that it follows."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, cos, pi, radians, sin, tan
from typing import Literal

import numpy as np

from stillplate.errors import ParameterError
from stillplate.synthetic.actors import Path

__all__ = ["FOREVER", "MOTIONS", "Motion", "Way", "Wish"]

Motion = Literal["walk", "follow", "turn", "stand"]

MOTIONS: tuple[Motion, ...] = ("walk", "follow", "turn", "stand")
FARTHEST = 16.0  # metres that a camera or the walker that it follows goes at most, unless told
LONGEST = 40.0  # metres, the most that may be told; the ground is painted in one piece
ASIDE = 16.0  # degrees by which a camera that follows looks aside, at most, but for its aim
WIDEST = 50.0  # degrees of the largest turn; with half of the lens's angle it stays well under a right angle
STEP = 0.075  # steps per frame, of a person who walks
FOREVER = 1e9  # metres after which paths repeat: never


@dataclass(frozen=True, slots=True)
class Wish:
    """What the user says of the camera's way; None is left to the seed.

    Attributes
    ----------
    motion : {"walk", "follow", "turn", "stand"} or None
    travel : float or None
        Metres that the camera goes in the clip.
    sweep : float or None
        Degrees that the camera turns in the clip.
    """

    motion: Motion | None
    travel: float | None
    sweep: float | None

    def checked(self) -> Wish:
        """Return itself if it can be had."""
        if self.motion is not None and self.motion not in MOTIONS:
            raise ParameterError(f"motion is {self.motion!r}, but must be one of {', '.join(MOTIONS)}")
        if self.travel is not None and not 0 <= self.travel <= LONGEST:
            raise ParameterError(f"travel is {self.travel}, but must lie in 0..{LONGEST:g} metres")
        if self.sweep is not None and not 0 <= self.sweep <= WIDEST:
            raise ParameterError(f"sweep is {self.sweep}, but must lie in 0..{WIDEST:g} degrees")
        if self.travel and self.motion in ("turn", "stand"):
            raise ParameterError(f"travel is {self.travel}, but with motion {self.motion!r} the camera stays in place")
        if self.sweep and self.motion != "turn":
            raise ParameterError(f"sweep is {self.sweep}, but only with motion 'turn' the camera turns by so much")
        return self


@dataclass(frozen=True, slots=True)
class Way:
    """The way of the camera.

    Attributes
    ----------
    frames : int
        Length of the clip.
    travel : float
        Metres to the right that the camera goes in the clip.
    sweep : float
        Degrees to the right that it turns.
    bob : float
        Metres by which each step lifts and lowers it.
    hero : Path or None
        The path of the walker whom it follows.
    depth : float
        Distance of that walker, in metres.
    aim : float
        Angle by which the camera looks past the walker, in radians.
    """

    frames: int
    travel: float = 0.0
    sweep: float = 0.0
    bob: float = 0.0
    hero: Path | None = None
    depth: float = 1.0
    aim: float = 0.0

    @classmethod
    def drawn(cls, wish: Wish, frames: int, depth: float, rng: np.random.Generator) -> Way:
        """Draw a way as is wished; a walker who is followed is `depth` metres away."""
        motion = wish.motion or ("follow" if rng.random() < 0.5 else "walk")
        to = rng.choice((-1.0, 1.0))
        pace, share, aim = rng.uniform(0.025, 0.06), rng.uniform(0.25, 1.0), rng.uniform(-0.07, 0.07)
        length, bob, sweep = min(FARTHEST, pace * frames), rng.uniform(0.0, 0.02), rng.uniform(12.0, 40.0)
        if motion == "stand":
            return cls(frames)
        if motion == "turn":
            return cls(frames, sweep=to * (min(sweep, 0.6 * frames) if wish.sweep is None else wish.sweep))
        if motion == "walk":
            travel = length if wish.travel is None else wish.travel
            return cls(frames, to * travel, bob=bob if travel else 0.0)
        ahead = 2 * depth * tan(radians(ASIDE))  # metres that the walker may gain on the camera
        travel = max(length * share, length - ahead) if wish.travel is None else wish.travel
        speed = to * min(max(length, travel - ahead), travel + ahead) / frames
        hero = Path(0.5, -speed * (frames - 1) / 2, speed, FOREVER)
        return cls(frames, to * travel, bob=bob if travel else 0.0, hero=hero, depth=depth, aim=aim)

    def place(self, time: float) -> tuple[float, float]:
        """Metres of the camera to the right of where it is in the middle of the clip, and below its height."""
        return self.travel * self._share(time), self.bob * sin(2 * pi * STEP * time)

    def gaze(self, time: float) -> float:
        """Angle by which the camera looks to the right, in radians."""
        if self.hero is None:
            return radians(self.sweep) * -cos(pi * (self._share(time) + 0.5)) / 2
        lag = 0.02 * sin(2 * pi * time / 90)  # nobody follows exactly
        return atan((self.hero.across(time) - self.place(time)[0]) / self.depth) + self.aim + lag

    def _share(self, time: float) -> float:
        """Share of the clip's time, from -1/2 at the first frame to 1/2 at the last one."""
        return time / max(1, self.frames - 1) - 0.5 if self.frames > 1 else 0.0
