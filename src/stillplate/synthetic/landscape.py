"""What stands in the park of `synthetic.park`: where, at what depth, of which kind, drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan, ceil, floor, tan

import numpy as np

from stillplate.errors import ParameterError
from stillplate.synthetic.backdrop import BACKDROPS, Foot, Stretch, ground, hedge
from stillplate.synthetic.posts import POSTS
from stillplate.synthetic.rig import EYE, Plane, Rig
from stillplate.synthetic.surface import Surface

__all__ = ["Plan", "landscape", "spot"]

WIDEST = 32000  # pixels; OpenCV warps no wider image
SLIM = ("trunk", "trunk", "mast", "post", "pillar")  # what may stand close to the camera
NEAR, SLIM_UNTIL = 2.2, 4.0  # metres, the nearest depth, and that up to which only slim things stand
SHARES = (0.5, 0.3, 0.2)  # of the posts, before the path, on it, and behind path and road
FARTHEST = 22.0  # metres, the largest depth of a post


@dataclass(frozen=True, slots=True)
class Plan:
    """The depths of a park, in metres.

    Attributes
    ----------
    kind : str
        What is farthest: "wall", "hillside" or "wood".
    far : float
        Its depth.
    path : (float, float)
        Nearest and farthest depth of the path.
    road : (float, float) or None
        The same of the road, if there is one.
    """

    kind: str
    far: float
    path: tuple[float, float]
    road: tuple[float, float] | None

    @classmethod
    def drawn(cls, road: bool, rng: np.random.Generator) -> Plan:
        """Draw a plan, with a road or without."""
        kind = sorted(BACKDROPS)[rng.integers(len(BACKDROPS))]
        _, low, high = BACKDROPS[kind]
        path = (rng.uniform(4.2, 5.4), rng.uniform(7.0, 9.0))
        return cls(kind, rng.uniform(low, high), path, (path[1] + 0.8, path[1] + 4.6) if road else None)

    @property
    def behind(self) -> float:
        """The depth behind path and road."""
        return (self.road or self.path)[1] + 0.5


def landscape(
    rig: Rig, plan: Plan, frames: int, posts: int | None, softness: float, rng: np.random.Generator
) -> tuple[Surface, ...]:
    """Draw all that does not move, the farthest first."""
    near_rng, far_rng, ground_rng = rng.spawn(3)
    left, _, right, _ = rig.reach(Plane((0, 1, 0), EYE), frames)
    if right - left > WIDEST:
        raise ParameterError(
            f"the ground would be {right - left} pixels wide, but {WIDEST} at most can be drawn: give less travel or "
            "a smaller size"
        )
    top = rig.reach(Plane((0, 0, 1), plan.far), frames)[1]
    number = int(near_rng.integers(4, 11)) if posts is None else posts
    near = [_post(rig, plan, top, (index, number, frames), near_rng) for index in range(number)]
    hedges = _hedges(rig, plan, frames, far_rng)
    feet = tuple(foot for _, foot in near)
    wide = (_far(rig, plan, frames, far_rng), _ground(rig, plan, frames, feet, ground_rng))
    standing = sorted([*hedges, *(surface for surface, _ in near)], key=lambda surface: -surface.depth)
    return tuple(surface.softened(softness) for surface in (*wide, *standing))


def spot(rig: Rig, depth: float, time: float, share: float) -> float:
    """Metres to the right at which a thing is, `depth` away, that is seen at a time at a share of the width, ±1/2."""
    return rig.place(time)[0] + depth * tan(rig.gaze(time) + atan(share * rig.width / rig.focal))


def _post(rig: Rig, plan: Plan, top: int, turn: tuple[int, int, int], rng: np.random.Generator) -> tuple[Surface, Foot]:
    """A near thing, the `turn[0]`th of `turn[1]`, each of which is seen in its part of the clip's `turn[2]` frames."""
    index, number, frames = turn
    places = ((NEAR, SLIM_UNTIL), plan.path, (plan.behind, min(0.8 * plan.far, FARTHEST)))  # before, among, behind
    low, high = places[rng.choice(3, p=SHARES)]
    depth = float(low * (high / low) ** rng.random())
    kinds = SLIM if depth < SLIM_UNTIL else tuple(POSTS)
    kind = kinds[rng.integers(len(kinds))]
    metres = depth / rig.focal
    paint = POSTS[kind](metres, EYE - top * metres, rng)
    x = spot(rig, depth, (index + rng.random()) / number * (frames - 1), rng.uniform(-0.5, 0.5))
    height, width = paint.shape[:2]
    left, first = round(x / metres - (width - 1) / 2), round(EYE / metres - 0.5) - height + 1
    surface = Surface(kind, Plane((0, 0, 1), depth), depth, left, first, paint)
    return surface, (x, depth, 0.35 * width * metres)


def _far(rig: Rig, plan: Plan, frames: int, rng: np.random.Generator) -> Surface:
    painter = BACKDROPS[plan.kind][0]
    part = _stretch(rig, plan.far, frames)
    return Surface(plan.kind, Plane((0, 0, 1), plan.far), plan.far, part.left, part.top, painter(part, rng))


def _hedges(rig: Rig, plan: Plan, frames: int, rng: np.random.Generator) -> list[Surface]:
    """Up to two hedges between the path, or the road, and what is farthest."""
    low, high = plan.behind, min(0.85 * plan.far, 26.0)
    result = []
    for _ in range(int(rng.integers(0, 3)) if low < high else 0):
        depth, tall = rng.uniform(low, high), rng.uniform(0.6, 1.8)
        part = _stretch(rig, depth, frames)
        first = max(part.top, floor((EYE - tall - 0.3) / part.metres))
        part = Stretch(part.left, part.right, first, part.foot, part.metres)
        paint = hedge(part, tall, rng)
        foot = round(part.foot - 0.5) - len(paint) + 1
        left = round((part.left + part.right - paint.shape[1]) / 2)
        result.append(Surface("hedge", Plane((0, 0, 1), depth), depth, left, foot, paint))
    return result


def _ground(rig: Rig, plan: Plan, frames: int, feet: tuple[Foot, ...], rng: np.random.Generator) -> Surface:
    plane = Plane((0, 1, 0), EYE)
    left, _, right, bottom = rig.reach(plane, frames)
    top = floor(EYE * rig.focal / plan.far)
    part = Stretch(left, right, top, max(bottom, top + 1), EYE)
    bands = (plan.path,) if plan.road is None else (plan.path, plan.road)
    return Surface("ground", plane, plan.far, left, top, ground(part, rig.focal, bands, feet, rng))


def _stretch(rig: Rig, depth: float, frames: int) -> Stretch:
    left, top, right, _ = rig.reach(Plane((0, 0, 1), depth), frames)
    metres = depth / rig.focal
    return Stretch(left, right, min(top, ceil(EYE / metres) - 4), EYE / metres, metres)
