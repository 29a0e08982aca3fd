"""The walkers and vehicles of `synthetic.street`, drawn with antialiased edges."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import cos, pi, sin
from typing import Protocol

import numpy as np

from stillplate.arrays import Points
from stillplate.synthetic.pen import Cutout, Pen
from stillplate.synthetic.scenery import Perspective

__all__ = ["Actor", "Course", "Path", "Vehicle", "Walker", "cut_out"]

Colour = tuple[int, int, int]

SHOES = (40, 34, 32)  # RGB


class Course(Protocol):
    """Where an actor is, and in which posture."""

    @property
    def row(self) -> float:
        """Row of the feet or wheels, as a share of the image's height."""

    def travelled(self, index: float) -> float:
        """Metres travelled from frame 0 to frame `index`."""

    def across(self, index: float) -> float:
        """Position at frame `index`, in metres to the right of the middle of the street."""

    def heads_left(self, index: float) -> bool:
        """Whether the actor faces to the left in frame `index`."""

    def swings(self, index: float) -> tuple[float, float]:
        """How far legs and arms swing, as shares of a walker's swing."""

    def passes(self, index: float) -> int:
        """How often the actor has passed before frame `index`: who comes again is somebody new to whoever watches."""


@dataclass(frozen=True, slots=True)
class Path:
    """A periodic path along the street.

    Attributes
    ----------
    row : float
        Row of the feet or wheels, as a share of the image's height.
    start : float
        Position at frame 0, in metres to the right of the middle of the street.
    speed : float
        Metres per frame; negative to the left.
    loop : float
        Metres after which the path repeats; more than the street's visible length.
    pause : (int, int)
        First frame in which the actor stands still, and the first in which it moves again.
    """

    row: float
    start: float
    speed: float
    loop: float
    pause: tuple[int, int] = (0, 0)

    def travelled(self, index: float) -> float:
        """Metres travelled from frame 0 to frame `index`, or a time between two frames; negative to the left."""
        first, last = self.pause
        return self.speed * (index - min(max(index - first, 0), last - first))

    def across(self, index: float) -> float:
        """Position at frame `index`, in metres to the right of the middle of the street."""
        return (self.start + self.travelled(index) + self.loop / 2) % self.loop - self.loop / 2

    def passes(self, index: float) -> int:
        """How often the path has been walked before frame `index`."""
        return abs(int((self.start + self.travelled(index) + self.loop / 2) // self.loop))

    def stands(self, index: float) -> bool:
        """Whether frame `index` lies in the pause."""
        return self.pause[0] <= index < self.pause[1]

    def heads_left(self, index: float) -> bool:
        """Whether the actor faces to the left."""
        return self.speed < 0

    def swings(self, index: float) -> tuple[float, float]:
        """How far legs and arms swing: by a tenth in the pause."""
        return (0.1, 0.1) if self.stands(index) else (1.0, 1.0)


class Actor(Protocol):
    """A moving object that can be drawn."""

    @property
    def path(self) -> Course:
        """The path along which the actor moves."""

    @property
    def box(self) -> tuple[float, float]:
        """Half the largest length, and the largest height, in metres."""

    def draw(self, pen: Pen, index: float) -> None:
        """Draw the actor in its pose of frame `index`."""


def cut_out(actor: Actor, index: int, view: Perspective) -> Cutout | None:
    """Draw an actor as the camera sees it in frame `index`; None if it is outside the image."""
    path = actor.path
    row = path.row * view.height
    column, scale = view.column(path.across(index), row), view.scale(row)
    if abs(column - view.width / 2) > view.width / 2 + actor.box[0] * scale + 1:
        return None
    pen = Pen(column, row, -scale if path.heads_left(index) else scale, actor.box)
    actor.draw(pen, index)
    return pen.cutout()


@dataclass(frozen=True, slots=True)
class Walker:
    """A walking person.

    Attributes
    ----------
    path : Course
        The path of the feet.
    tall : float
        Height in metres.
    coat, trousers, skin, hair : (int, int, int)
        Colours, RGB.
    """

    path: Course
    tall: float
    coat: Colour
    trousers: Colour
    skin: Colour
    hair: Colour

    @property
    def box(self) -> tuple[float, float]:
        """Half the length of a stride, and the height, in metres."""
        return 0.42 * self.tall, 1.03 * self.tall

    def draw(self, pen: Pen, index: float) -> None:
        """Draw the parts from far to near: far arm and leg, near leg, body, head, near arm."""
        swing, gesture = self.path.swings(index)
        phase = 2 * pi * abs(self.path.travelled(index)) / (0.82 * self.tall)  # radians; two steps are a period
        bob = 0.012 * swing * cos(2 * phase)
        lift = np.array([0, bob])
        self._arm(pen, phase, gesture, _shaded(self.coat, 0.66))
        self._leg(pen, phase + pi, swing, _shaded(self.trousers, 0.7))
        self._leg(pen, phase, swing, self.trousers)
        self._area(pen, TORSO + lift, self.coat)
        self._area(pen, TORSO_BACK + lift, _shaded(self.coat, 0.84))
        self._line(pen, [(0.005, 0.84 + bob), (0.015, 0.89 + bob)], 0.055, _shaded(self.skin, 0.85))
        pen.disc(0.008 * self.tall, (0.932 + bob) * self.tall, 0.064 * self.tall, self.hair)
        self._area(pen, FACE + lift, self.skin)
        self._arm(pen, phase + pi, gesture, _shaded(self.coat, 1.12))

    def _leg(self, pen: Pen, phase: float, swing: float, colour: Colour) -> None:
        thigh = 0.46 * swing * sin(phase) + 0.05 * swing
        shin = thigh - swing * (0.12 + 0.42 * max(0.0, cos(phase)))  # the knee bends while the leg swings forward
        knee = (0.25 * sin(thigh), 0.49 - 0.25 * cos(thigh))
        ankle = (knee[0] + 0.22 * sin(shin), max(0.028, knee[1] - 0.22 * cos(shin)))
        self._line(pen, [(0.0, 0.50), knee], 0.098, colour)
        self._line(pen, [knee, ankle], 0.070, colour)
        self._line(pen, [(ankle[0], ankle[1] - 0.004), (ankle[0] + 0.065, max(0.018, ankle[1] - 0.012))], 0.036, SHOES)

    def _arm(self, pen: Pen, phase: float, swing: float, colour: Colour) -> None:
        upper = 0.42 * swing * sin(phase)
        elbow = (0.165 * sin(upper), 0.79 - 0.165 * cos(upper))
        wrist = (elbow[0] + 0.145 * sin(upper + 0.35), elbow[1] - 0.145 * cos(upper + 0.35))
        self._line(pen, [(0.0, 0.79), elbow, wrist], 0.058, colour)
        pen.disc(wrist[0] * self.tall, wrist[1] * self.tall, 0.024 * self.tall, self.skin)

    def _line(self, pen: Pen, points: list[tuple[float, float]], width: float, colour: Colour) -> None:
        pen.limb(np.array(points) * self.tall, width * self.tall, colour)

    def _area(self, pen: Pen, points: Points, colour: Colour) -> None:
        pen.area(points * self.tall, colour)


@dataclass(frozen=True, slots=True)
class Model:
    """The shape of a vehicle: outlines and distances in metres, forward and up from the road below its middle."""

    body: Points
    windows: tuple[Points, ...]
    doors: tuple[float, ...]
    axle: float
    nose: float
    roof: float


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A car or a van.

    Attributes
    ----------
    path : Path
        The path of the wheels.
    paint : (int, int, int)
        Colour of the body, RGB.
    van : bool
        Whether it is a van.
    """

    path: Path
    paint: Colour
    van: bool = False
    box: tuple[float, float] = field(init=False, default=(2.7, 2.2))

    def draw(self, pen: Pen, index: float) -> None:
        """Draw the parts from far to near: floor, body, windows, doors, lights, wheels."""
        model = VAN if self.van else CAR
        axle, nose, body = model.axle, model.nose, model.body
        pen.area(np.array([(-axle, 0.13), (axle, 0.13), (axle, 0.5), (-axle, 0.5)]), (28, 28, 30))
        pen.area(body, self.paint)
        pen.area(np.column_stack([body[:, 0] * 0.995, np.minimum(body[:, 1], 0.56)]), _shaded(self.paint, 0.78))
        pen.limb(np.array([(-nose + 0.2, 0.80), (nose - 0.35, 0.74)]), 0.035, _shaded(self.paint, 1.22))
        pen.limb(np.array([(-nose * 0.5, model.roof), (0.2, model.roof)]), 0.05, _shaded(self.paint, 1.18))
        for window in model.windows:
            self._window(pen, window)
        for door in model.doors:
            pen.limb(np.array([(door, 0.34), (door, 0.92)]), 0.018, _shaded(self.paint, 0.6))
        pen.limb(np.array([(nose - 0.12, 0.68), (nose, 0.64)]), 0.11, (250, 244, 214))
        pen.limb(np.array([(-nose - 0.02, 0.72), (-nose + 0.1, 0.74)]), 0.11, (186, 30, 28))
        for hub in (-axle, axle):
            self._wheel(pen, hub, abs(self.path.travelled(index)) / 0.33)

    def _window(self, pen: Pen, window: Points) -> None:
        """Draw a dark pane with a lighter upper half, the reflection of the sky."""
        pen.area(window, (38, 48, 58))
        half = window[:, 1].mean() + 0.08
        pen.area(np.column_stack([window[:, 0], np.maximum(window[:, 1], half)]), (86, 104, 120))

    def _wheel(self, pen: Pen, axle: float, turn: float) -> None:
        pen.disc(axle, 0.36, 0.41, (24, 24, 26))
        pen.disc(axle, 0.33, 0.33, (44, 44, 46))
        pen.disc(axle, 0.33, 0.205, (176, 178, 182))
        for spoke in range(5):
            angle = spoke * 2 * pi / 5 - turn
            reach = np.array([cos(angle), sin(angle)])
            pen.limb(np.array([axle, 0.33]) + np.outer([0.07, 0.17], reach), 0.055, (96, 98, 102))
        pen.disc(axle, 0.33, 0.05, (70, 72, 76))


def _shaded(colour: Colour, gain: float) -> Colour:
    red, green, blue = (min(255, round(level * gain)) for level in colour)
    return red, green, blue


def _rounded(forward: tuple[float, ...], up: tuple[float, ...], times: int = 2) -> Points:
    """A polygon with its corners cut `times` times, by Chaikin's algorithm."""
    points = np.column_stack([forward, up])
    for _ in range(times):
        ahead = np.roll(points, -1, axis=0)
        points = np.stack([0.78 * points + 0.22 * ahead, 0.22 * points + 0.78 * ahead], axis=1).reshape(-1, 2)
    return points


# outlines: of walkers in units of their height, of vehicles in metres
TORSO = _rounded((-0.075, 0.065, 0.085, 0.078, -0.085, -0.085), (0.84, 0.845, 0.70, 0.46, 0.46, 0.66))
TORSO_BACK = _rounded((-0.075, -0.03, -0.035, -0.082, -0.083), (0.83, 0.83, 0.47, 0.47, 0.66))
FACE = _rounded((0.0, 0.05, 0.072, 0.05, 0.01, -0.005), (0.955, 0.965, 0.92, 0.875, 0.88, 0.92))
CAR = Model(
    body=_rounded(
        (-2.15, -2.2, -2.02, -1.66, -1.0, 0.2, 1.1, 1.95, 2.2, 2.18),
        (0.26, 0.80, 1.0, 1.42, 1.49, 1.45, 0.98, 0.84, 0.62, 0.26),
    ),
    windows=(
        _rounded((-1.78, -1.5, -0.54, -0.54), (0.98, 1.35, 1.39, 0.98), 1),
        _rounded((-0.44, -0.44, 0.14, 0.88), (0.98, 1.39, 1.36, 0.98), 1),
    ),
    doors=(-0.48, 0.55),
    axle=1.33,
    nose=2.13,
    roof=1.40,
)
VAN = Model(
    body=_rounded(
        (-2.5, -2.56, -2.5, 0.9, 1.55, 2.02, 2.5, 2.62, 2.6), (0.28, 1.9, 2.12, 2.14, 1.98, 1.22, 1.0, 0.7, 0.28)
    ),
    windows=(_rounded((0.95, 0.95, 1.45, 1.86), (1.22, 1.9, 1.86, 1.22), 1),),
    doors=(0.85,),
    axle=1.65,
    nose=2.55,
    roof=2.05,
)
