"""Homographies fitted to pairs of points, most of which agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Points

__all__ = [
    "FREEDOM",
    "MODELS",
    "corners_of",
    "exponential",
    "fit_pairs",
    "fit_size",
    "generators",
    "inverse",
    "model_residuals",
    "project",
    "project_with_jacobian",
    "ransac_similarity",
    "scaling_matrix",
    "unimodular",
]  # fmt: skip


MODELS = ("translation", "similarity", "affine", "homography")
FREEDOM = {"translation": 2, "similarity": 4, "affine": 6, "homography": 8}  # generators that each model may use
TRIALS = 256  # pairs of points whose similarity is tried: one of two being ground, all fail once in 10^31 times
ROUNDS = 8  # of Gauss-Newton
ENOUGH = 1e-5  # a step so small, in half-widths of the picture, is the last


def inverse(matrix: npt.NDArray[Any]) -> Doubles:
    """The way back."""
    return np.asarray(np.linalg.inv(matrix), np.float64)


def unimodular(matrix: npt.NDArray[Any]) -> Doubles:
    """The same homography with a determinant of 1: never divided by what may vanish, positive for what lies ahead."""
    return np.asarray(matrix / np.cbrt(np.linalg.det(matrix)), np.float64)


def scaling_matrix(small: tuple[int, int], size: tuple[int, int]) -> Doubles:
    """From the pixels of a small picture to those of the whole, each (width, height)."""
    x, y = size[0] / small[0], size[1] / small[1]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def fit_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height of a picture whose longer side is `side` pixels at most."""
    factor = min(1.0, side / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def corners_of(size: tuple[int, int]) -> Points:
    """The corners of a picture, (4, 2)."""
    return np.array([(0, 0), (size[0] - 1, 0), (size[0] - 1, size[1] - 1), (0, size[1] - 1)], np.float64)


def project(matrix: Doubles, points: Points) -> Points:
    """Where a homography takes points of shape (n, 2); points behind the camera come out as infinite."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(moved[:, 2:] > 1e-9, moved[:, :2] / moved[:, 2:], np.inf))


def generators(model: str, width: float, height: float) -> Doubles:
    """The directions in which a transform of a picture can change, (k, 3, 3), of about the same effect in pixels.

    In coordinates centred on the picture, in half-widths: shift, turn and scale, the two shears, and the two tilts.
    """
    basis = np.zeros((8, 3, 3))
    basis[0, 0, 2] = basis[1, 1, 2] = 1
    basis[2, 0, 1], basis[2, 1, 0] = -1, 1
    basis[3, 0, 0] = basis[3, 1, 1] = 1
    basis[4, 0, 0], basis[4, 1, 1] = 1, -1
    basis[5, 0, 1] = basis[5, 1, 0] = 1
    basis[6, 2, 0] = basis[7, 2, 1] = 1
    half = width / 2
    centred = np.array([[1 / half, 0, -(width - 1) / width], [0, 1 / half, -(height - 1) / width], [0, 0, 1]])
    return np.asarray(np.linalg.inv(centred) @ basis[: FREEDOM[model]] @ centred)


def exponential(generator: Doubles) -> Doubles:
    """The matrix exponential of a small 3x3 matrix."""
    term = total = np.eye(3)
    for order in range(1, 9):
        term = term @ generator / order
        total = total + term
    return np.asarray(total)


def project_with_jacobian(matrix: Doubles, basis: Doubles, points: Points) -> tuple[Points, Doubles]:
    """Where `matrix` takes points, (n, 2), and how that changes with the amount of each generator put before it.

    The latter of shape (k, 2, n).
    """
    homogeneous = np.vstack([points.T, np.ones(len(points))])
    moved = matrix @ homogeneous
    there = moved[:2] / moved[2]
    change = (matrix @ basis) @ homogeneous
    return there.T, (change[:, :2] - there * change[:, 2:]) / moved[2]


def fit_pairs(
    model: str,
    size: tuple[int, int],
    start: Doubles,
    one: Points,
    other: Points,
    weights: Doubles,
    scales: tuple[float, ...],
) -> Doubles:
    """Fit `other` = matrix · `one` from a start, with Geman and McClure's weights of falling scale (in pixels).

    Gauss-Newton on the group of the model, so that a similarity stays one.

    References
    ----------
    M. J. Black, A. Rangarajan, "On the unification of line processes, outlier rejection, and robust statistics",
    Int. J. Comput. Vis. 19(1), 1996. :doi:`10.1007/BF00131148`
    """
    basis = generators(model, *size)
    matrix, steady = start, 1e-6 * np.eye(len(basis))
    for scale in scales:
        for _ in range(ROUNDS):
            there, slope = project_with_jacobian(matrix, basis, one)
            residual = other - there
            trust = weights / np.square(1 + (residual**2).sum(axis=1) / scale**2)
            flat = slope.reshape(len(basis), -1)
            weighted = (slope * trust).reshape(len(basis), -1)
            step = np.linalg.solve(weighted @ flat.T + steady, weighted @ residual.T.ravel())
            if np.abs(step).max() > 1:
                return start
            matrix = matrix @ exponential(np.tensordot(step, basis, 1))
            if np.abs(step).max() < ENOUGH:
                break
    return np.asarray(matrix / matrix[2, 2])


def model_residuals(one: Points, other: Points) -> tuple[float, float, float]:
    """Median distance of pairs of points under the translation, the similarity and the affinity that fit them best."""
    here, there = one - one.mean(axis=0), other - other.mean(axis=0)
    turned, target = here @ (1, 1j), there @ (1, 1j)
    turn = np.vdot(turned, target) / max(float(np.vdot(turned, turned).real), 1e-9)
    affinity = np.linalg.lstsq(here, there, rcond=None)[0]
    away = (np.abs(target - turned), np.abs(target - turn * turned), np.linalg.norm(there - here @ affinity, axis=1))
    shift, similar, affine = (float(np.median(distance)) for distance in away)
    return shift, similar, affine


def ransac_similarity(one: Points, other: Points, weights: Doubles, within: float) -> Doubles:
    """The similarity that pairs of the most weight agree on: random pairs, truncated squares of the distance (MSAC).

    References
    ----------
    P. H. S. Torr, A. Zisserman, "MLESAC: a new robust estimator with application to estimating image geometry",
    Comput. Vis. Image Underst. 78(1), 2000. :doi:`10.1006/cviu.1999.0832`
    """
    here, there = one @ (1, 1j), other @ (1, 1j)
    first, second = np.random.default_rng(len(one)).integers(0, len(one), (2, TRIALS))
    apart = here[second] - here[first]
    usable = np.abs(apart) > 1
    if not usable.any():
        return np.eye(3)
    first, second, apart = first[usable], second[usable], apart[usable]
    turn = (there[second] - there[first]) / apart
    shift = there[first] - turn * here[first]
    away = np.abs(turn[:, None] * here + shift[:, None] - there)
    cost = (np.minimum(away / within, 1) ** 2) @ weights
    best = int(np.argmin(cost))
    a, b = turn[best], shift[best]
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0, 0, 1]])
