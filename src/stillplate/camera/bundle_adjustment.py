"""Bundle adjustment of the homographies of all key frames of a shot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stillplate.arrays import Doubles, Points
from stillplate.imaging.homography import exponential, generators, inverse, project_with_jacobian, unimodular

__all__ = ["Link", "adjust"]

SCALES = (4.0, 2.0, 1.0)  # pixels: scale of Geman and McClure's weights, from coarse to fine
ROUNDS = 8  # Gauss-Newton steps at each scale, at most
ENOUGH = 1e-6  # half-widths of the image: a smaller step ends the iteration


@dataclass(frozen=True, slots=True)
class Link:
    """Matched points of two key frames.

    Attributes
    ----------
    one, other : int
        Numbers of the key frames.
    here, there : float64 arrays of shape (n, 2)
        The points in each.
    """

    one: int
    other: int
    here: Points
    there: Points


def adjust(places: Sequence[Doubles], links: Sequence[Link], model: str, size: tuple[int, int]) -> list[Doubles]:
    """Adjust the homographies so that matched points coincide; the first key frame stays fixed.

    Parameters
    ----------
    places : homographies (3, 3)
        From each key frame to a common plane.
    links : Link
    model : str
        Motion model of the corrections: "translation", "similarity", "affine" or "homography".
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
        transform = inverse(places[link.other]) @ places[link.one]
        predicted, jacobian = project_with_jacobian(transform, basis, link.here)
        other_jacobian = -project_with_jacobian(np.eye(3), basis, predicted)[1]
        residual = link.there - predicted
        weight = 1 / np.square(1 + (residual**2).sum(axis=1) / scale**2)
        jacobians = np.concatenate([jacobian, other_jacobian])
        weighted = (jacobians * weight).reshape(2 * free, -1)
        one, other = slice(free * link.one, free * link.one + free), slice(free * link.other, free * link.other + free)
        hessian, gradient = weighted @ jacobians.reshape(2 * free, -1).T, weighted @ residual.T.ravel()
        normal[one, one] += hessian[:free, :free]
        normal[one, other] += hessian[:free, free:]
        normal[other, one] += hessian[free:, :free]
        normal[other, other] += hessian[free:, free:]
        right[one] += gradient[:free]
        right[other] += gradient[free:]
    step = np.zeros(len(right))
    step[free:] = np.linalg.solve(normal[free:, free:], right[free:])
    return step
