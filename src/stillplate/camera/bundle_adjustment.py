"""All key frames of a shot brought into one place: the adjustment of a bundle of homographies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stillplate.arrays import Doubles, Points
from stillplate.imaging.homography import exponential, generators, inverse, project_with_jacobian, unimodular

__all__ = ["Link", "adjust"]

SCALES = (4.0, 2.0, 1.0)  # pixels: of Geman and McClure's weights, round by round
ROUNDS = 8  # of Gauss-Newton, at each scale
ENOUGH = 1e-6  # half-widths: a step so small is the last


@dataclass(frozen=True, slots=True)
class Link:
    """Points that two key frames have in common.

    Attributes
    ----------
    one, other : int
        Which key frames.
    here, there : float64 arrays of shape (n, 2)
        The points in each.
    """

    one: int
    other: int
    here: Points
    there: Points


def adjust(places: Sequence[Doubles], links: Sequence[Link], model: str, size: tuple[int, int]) -> list[Doubles]:
    """Move the key frames so that the points that they have in common meet; the first one stays.

    Parameters
    ----------
    places : homographies (3, 3)
        From each key frame to a common plane.
    links : Link
    model : str
        What the places may change by: "translation", "similarity", "affine" or "homography".
    size : (int, int)
        Width and height of a key frame, in pixels.

    References
    ----------
    M. Brown, D. G. Lowe, "Automatic panoramic image stitching using invariant features", Int. J. Comput. Vis. 74(1),
    2007. :doi:`10.1007/s11263-006-0002-3`
    """
    moved = [np.asarray(place, np.float64) for place in places]
    basis = generators(model, *size)
    free = len(basis)
    for scale in SCALES if len(places) > 1 else ():
        for _ in range(ROUNDS):
            step = _step(moved, links, basis, scale)
            moved = [
                place if number == 0 else place @ exponential(np.tensordot(step[number * free :][:free], basis, 1))
                for number, place in enumerate(moved)
            ]
            if np.abs(step).max() < ENOUGH:
                break
    return [unimodular(place) for place in moved]


def _step(places: list[Doubles], links: Sequence[Link], basis: Doubles, scale: float) -> Doubles:
    free = len(basis)
    normal, right = np.eye(free * len(places)) * 1e-6, np.zeros(free * len(places))
    for link in links:
        way = inverse(places[link.other]) @ places[link.one]
        met, ahead = project_with_jacobian(way, basis, link.here)
        behind = -project_with_jacobian(np.eye(3), basis, met)[1]
        residual = link.there - met
        trust = 1 / np.square(1 + (residual**2).sum(axis=1) / scale**2)
        both = np.concatenate([ahead, behind])
        weighted = (both * trust).reshape(2 * free, -1)
        one, other = slice(free * link.one, free * link.one + free), slice(free * link.other, free * link.other + free)
        square, pull = weighted @ both.reshape(2 * free, -1).T, weighted @ residual.T.ravel()
        normal[one, one] += square[:free, :free]
        normal[one, other] += square[:free, free:]
        normal[other, one] += square[free:, :free]
        normal[other, other] += square[free:, free:]
        right[one] += pull[:free]
        right[other] += pull[free:]
    step = np.zeros(len(right))
    step[free:] = np.linalg.solve(normal[free:, free:], right[free:])
    return step
