"""The park: things at several depths, and a camera that walks past them, all drawn from a seed."""

from __future__ import annotations

import numpy as np

from stillplate.errors import ParameterError
from stillplate.synthetic.actors import Path
from stillplate.synthetic.camera import shake as shaken
from stillplate.synthetic.depth import DeepScene, DepthClip, Player
from stillplate.synthetic.drawn import Sensor
from stillplate.synthetic.landscape import Plan, landscape, spot
from stillplate.synthetic.rig import Rig
from stillplate.synthetic.wardrobe import dressed, lacquered
from stillplate.synthetic.way import FOREVER, Motion, Way, Wish

__all__ = ["park"]

SMALLEST = 16  # pixels, the least width and height of a park
SOFTEST = 2.0  # pixels, the most softness, whose blur stays within what is painted around the frames
MOST = 200  # posts, the most of them; surfaces are numbered in 8 bits


def park(  # noqa: PLR0913  a public door
    width: int = 640,
    height: int = 360,
    frames: int = 150,
    *,
    seed: int = 0,
    noise: float = 2.0,
    chroma_noise: float = 0.0,
    motion: Motion | None = None,
    travel: float | None = None,
    sweep: float | None = None,
    shake: float | None = None,
    posts: int | None = None,
    walkers: int | None = None,
    vehicles: int | None = None,
    shadows: bool = False,
    softness: float = 0.6,
    shutter: float = 0.0,
) -> DepthClip:
    """Make a clip of a park whose near, middle and far things move at different speeds as the camera walks past.

    Trunks, posts, pillars, rocks and bushes stand near the camera, on the path of the walkers and behind it; there may
    be hedges and a road; a wall, a wood or a hillside is farthest. All that is not given is drawn from the seed.

    Parameters
    ----------
    width, height : int
        Size of the frames, in pixels, at least 16 each.
    frames : int
        Length of the clip, at 25 frames per second.
    seed : int
        Seed of all random numbers; the same arguments give the same bytes.
    noise, chroma_noise : float
        As for `SyntheticClip`.
    motion : {"walk", "follow", "turn", "stand"}, optional
        How the camera moves: it walks sideways and looks straight ahead; it walks and turns to follow a walker; it
        turns about its own centre, without parallax; or it stays. By default one of the first two.
    travel : float, optional
        Metres that the camera walks in the clip, to the left or right, 0 to 40.
    sweep : float, optional
        Degrees that the camera turns in the clip, with ``motion="turn"``, 0 to 50.
    shake : float, optional
        Root mean square of the shake of the hand that holds the camera, in pixels, as for `camera.shake`.
    posts : int, optional
        Number of things that stand near and between, up to 200.
    walkers, vehicles : int, optional
        Numbers of walkers, with the one that is followed, and of vehicles, each of which passes once.
    shadows : bool
        Whether walkers and vehicles cast soft shadows, which are not part of the true masks.
    softness : float
        Standard deviation of the lens's blur, in pixels, 0 to 2; of each surface and actor, before they cover one
        another.
    shutter : float
        Share of a frame's time in which the shutter is open, 0 to 1: what moves in it is blurred along its way.

    Returns
    -------
    DepthClip

    Raises
    ------
    ParameterError
        If an argument is out of its range, `travel` or `sweep` is given for a camera that does not walk or turn, or
        nobody is there to be followed.

    Examples
    --------
    >>> clip = park(64, 36, frames=3, seed=1, noise=0, motion="walk", travel=1.0)
    >>> [frame.image.shape for frame in clip]
    [(36, 64, 3), (36, 64, 3), (36, 64, 3)]
    >>> clip.names[1], bool(clip.parallax(2).max() > 1)
    ('ground', True)
    >>> turning = park(64, 36, frames=3, seed=1, noise=0, motion="turn")
    >>> round(float(turning.parallax(2).max()), 3)
    0.0
    """
    _check(width, height, frames, seed)
    wish = Wish(motion, travel, sweep).checked()
    if not 0 <= softness <= SOFTEST:
        raise ParameterError(f"softness is {softness}, but must lie in 0..{SOFTEST:g} pixels")
    for name, number in (("posts", posts), ("walkers", walkers), ("vehicles", vehicles), ("shake", shake)):
        if number is not None and not 0 <= number <= MOST:
            raise ParameterError(f"{name} is {number}, but must lie in 0..{MOST}")
    if motion == "follow" and walkers == 0:
        raise ParameterError("motion is 'follow' and walkers is 0, but the camera needs a walker to follow")
    plan_rng, lens_rng, way_rng, land_rng, walker_rng, vehicle_rng = np.random.default_rng(seed).spawn(6)
    cars = int(plan_rng.random() < 0.3) if vehicles is None else vehicles
    plan = Plan.drawn(cars > 0, plan_rng)
    people = int(walker_rng.integers(1, 5)) if walkers is None else walkers
    if people == 0 and wish.motion is None:
        wish = Wish("walk", travel, sweep)
    way = Way.drawn(wish, frames, float(way_rng.uniform(*plan.path)), way_rng)
    rig = _rig(width, height, way, shake, lens_rng)
    players = _players(rig, plan, way, (people, cars), (walker_rng, vehicle_rng))
    scene = DeepScene(rig, landscape(rig, plan, frames, posts, softness, land_rng), players, shadows, softness)
    return DepthClip(scene, frames, Sensor(noise, chroma_noise, seed), shutter=shutter)


def _check(width: int, height: int, frames: int, seed: int) -> None:
    if width < SMALLEST or height < SMALLEST:
        raise ParameterError(f"the park is {width}x{height}, but at least {SMALLEST}x{SMALLEST} pixels are needed")
    if frames < 1:
        raise ParameterError(f"frames is {frames}, but at least 1 is needed")
    if seed < 0:
        raise ParameterError(f"seed is {seed}, but 0 or more is needed")


def _rig(width: int, height: int, way: Way, shake: float | None, rng: np.random.Generator) -> Rig:
    focal, horizon = width * rng.uniform(0.75, 1.25), rng.uniform(0.34, 0.46)
    pixels = rng.uniform(0.0, 1.5) * width / 640
    hand = shaken((width, height), pixels if shake is None else shake, seed=int(rng.integers(2**31)))
    return Rig(width, height, focal, horizon, way.place, way.gaze, hand)


def _players(
    rig: Rig, plan: Plan, way: Way, numbers: tuple[int, int], rngs: tuple[np.random.Generator, np.random.Generator]
) -> tuple[Player, ...]:
    """The walkers, the one that is followed first, and the vehicles."""
    (people, cars), (walker_rng, vehicle_rng) = numbers, rngs
    players = [] if way.hero is None else [Player(dressed(way.hero, walker_rng), way.depth)]
    while len(players) < people:
        depth = walker_rng.uniform(0.8 * plan.path[0], plan.path[1])
        path = _past(rig, way, depth, (len(players), people), walker_rng.uniform(0.03, 0.07), walker_rng)
        players.append(Player(dressed(path, walker_rng), depth))
    for number in range(cars):
        low, high = plan.road or plan.path
        depth = low + (0.25, 0.75)[number % 2] * (high - low)
        path = _past(rig, way, depth, (number, cars), vehicle_rng.uniform(0.12, 0.4), vehicle_rng)
        players.append(Player(lacquered(path, vehicle_rng, van=vehicle_rng.random() < 0.3), depth))
    return tuple(players)


def _past(rig: Rig, way: Way, depth: float, turn: tuple[int, int], speed: float, rng: np.random.Generator) -> Path:
    """A path that is in the picture in its part, `turn[0]` of `turn[1]`, of the clip."""
    time = (turn[0] + rng.random()) / turn[1] * (way.frames - 1)
    speed *= rng.choice((-1.0, 1.0))
    return Path(0.5, spot(rig, depth, time, rng.uniform(-0.4, 0.4)) - speed * time, speed, FOREVER)
