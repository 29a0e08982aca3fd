"""Homographies: their composition, projection, and robust fitting to pairs of points."""

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
    "fit_size",
    "generators",
    "inverse",
    "model_residuals",
    "most_moved",
    "project",
    "project_with_jacobian",
    "ransac_similarity",
    "scaling_matrix",
    "unimodular",
]  # fmt: skip


MODELS = ("translation", "similarity", "affine", "homography")
FREEDOM = {"translation": 2, "similarity": 4, "affine": 6, "homography": 8}  # degrees of freedom of each model
TRIALS = 256  # random samples of two pairs; with half of the pairs inliers, all samples fail once in 10^31 times


def inverse(matrix: npt.NDArray[Any]) -> Doubles:
    """The inverse homography."""
    return np.asarray(np.linalg.inv(matrix), np.float64)


def unimodular(matrix: npt.NDArray[Any]) -> Doubles:
    """The same homography scaled to a determinant of 1.

    Unlike a division by the last element, which may be 0, this keeps the denominator positive for points before the
    camera.
    """
    return np.asarray(matrix / np.cbrt(np.linalg.det(matrix)), np.float64)


def scaling_matrix(small: tuple[int, int], size: tuple[int, int]) -> Doubles:
    """The homography from the pixels of a small image to those of a large one; sizes are (width, height)."""
    x, y = size[0] / small[0], size[1] / small[1]
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]])


def fit_size(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height of an image, reduced so that its longer side is at most `side` pixels."""
    factor = min(1.0, side / max(size))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def corners_of(size: tuple[int, int]) -> Points:
    """The corners of an image of a width and height, of shape (4, 2)."""
    return np.array([(0, 0), (size[0] - 1, 0), (size[0] - 1, size[1] - 1), (0, size[1] - 1)], np.float64)


def project(matrix: Doubles, points: Points) -> Points:
    """Points of shape (n, 2) transformed by a homography; infinite for points behind the camera."""
    moved = points @ matrix[:, :2].T + matrix[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(moved[:, 2:] > 1e-9, moved[:, :2] / moved[:, 2:], np.inf))


def most_moved(matrix: Doubles, size: tuple[int, int]) -> float:
    """Pixels by which a homography moves a corner of an image, right or down, at most; infinite behind the camera."""
    ends = corners_of(size)
    return float(np.abs(project(matrix, ends) - ends).max())


def generators(model: str, width: float, height: float) -> Doubles:
    """Generators of a model's Lie algebra, of shape (k, 3, 3), scaled to move an image by about the same distance.

    In coordinates centred on the image, in half-widths: two translations, rotation, scale, two shears, two tilts.
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
    """Points transformed by `matrix`, of shape (n, 2), and their derivatives by each generator, of shape (k, 2, n).

    The generators act before `matrix`.
    """
    homogeneous = np.vstack([points.T, np.ones(len(points))])
    moved = matrix @ homogeneous
    projected = moved[:2] / moved[2]
    change = (matrix @ basis) @ homogeneous
    return projected.T, (change[:, :2] - projected * change[:, 2:]) / moved[2]


def model_residuals(sources: Points, targets: Points) -> tuple[float, float, float]:
    """Median residuals, in pixels, of the translation, similarity and affinity that fit pairs of points best."""
    centred, target = sources - sources.mean(axis=0), targets - targets.mean(axis=0)
    complex_centred, complex_target = centred @ (1, 1j), target @ (1, 1j)
    rotation = np.vdot(complex_centred, complex_target) / max(
        float(np.vdot(complex_centred, complex_centred).real), 1e-9
    )
    affinity = np.linalg.lstsq(centred, target, rcond=None)[0]
    residuals = (
        np.abs(complex_target - complex_centred),
        np.abs(complex_target - rotation * complex_centred),
        np.linalg.norm(target - centred @ affinity, axis=1),
    )
    translation, similarity, affine = (float(np.median(distance)) for distance in residuals)
    return translation, similarity, affine


def ransac_similarity(sources: Points, targets: Points, weights: Doubles, within: float) -> Doubles:
    """The similarity of the least weighted cost over random samples of two pairs of points (MSAC).

    A pair's cost is its squared residual, truncated at `within` pixels. The identity is returned if no two points are
    more than 1 pixel apart.

    References
    ----------
    P. H. S. Torr, A. Zisserman, "MLESAC: a new robust estimator with application to estimating image geometry",
    Comput. Vis. Image Underst. 78(1), 2000. :doi:`10.1006/cviu.1999.0832`
    """
    source, target = sources @ (1, 1j), targets @ (1, 1j)
    first, second = np.random.default_rng(len(sources)).integers(0, len(sources), (2, TRIALS))
    difference = source[second] - source[first]
    usable = np.abs(difference) > 1
    if not usable.any():
        return np.eye(3)
    first, second, difference = first[usable], second[usable], difference[usable]
    rotation = (target[second] - target[first]) / difference
    shift = target[first] - rotation * source[first]
    residual = rotation[:, None] * source + (shift[:, None] - target)
    square = np.square(residual.real) + np.square(residual.imag)  # `np.abs` takes a root of each
    cost = np.minimum(square, within**2) @ weights
    best = int(np.argmin(cost))
    a, b = rotation[best], shift[best]
    return np.array([[a.real, -a.imag, b.real], [a.imag, a.real, b.imag], [0, 0, 1]])
