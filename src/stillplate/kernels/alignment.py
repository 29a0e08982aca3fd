"""The kernels that register images: by levels of grey, and by pairs of points."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = ["MOST_GENERATORS", "AlignedPixels", "align", "fit_pairs", "steepest"]

MOST_GENERATORS = 8

Map = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


class AlignedPixels(NamedTuple):
    """Pixels of an image that others are aligned to.

    Attributes
    ----------
    places : float64 array of shape (n, 2)
        x and y.
    levels : float32 array of shape (n,), 8-bit levels
    steep : float32 array of shape (n,), 8-bit levels per pixel
        Length of the gradient.
    columns : float32 array of shape (k + 2, n)
        Derivatives of the level by each of k generators, by gain and by offset.
    basis : float64 array of shape (k, 3, 3), with k 1 to 8
        The generators.
    """

    places: Doubles
    levels: Map
    steep: Map
    columns: Map
    basis: Doubles


def steepest(
    image: Map, known: npt.NDArray[np.uint8] | None, basis: Doubles, *, cell: int, most: int, least: float
) -> AlignedPixels:
    """Pick the steepest pixels of each whole cell of an image.

    Parameters
    ----------
    image : float32 array of shape (H, W), 8-bit levels
    known : uint8 array of shape (H, W), or None
        0 where the image is not used, and within two pixels; all of it is if None.
    basis : float64 array of shape (k, 3, 3), with k 1 to 8
        Generators of a motion model.
    cell : int, pixels
        Side of the cells.
    most : int
        Pixels of a cell.
    least : float, 8-bit levels per pixel
        Length of the gradient above which a pixel is picked; Sobel's, an eighth of its sum.

    Returns
    -------
    AlignedPixels
        Cell by cell, the steepest first.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above, or a number is below 1.
    """
    check(image, "image", np.float32, (None, None))
    generators = _check_basis(basis)
    if min(cell, most) < 1:
        raise KernelError(f"cell={cell}, most={most} given; both must be 1 or more")
    if known is not None:
        check(known, "known", np.uint8, image.shape)
        known = np.ascontiguousarray(known)
    height, width = image.shape
    room = (height // cell) * (width // cell) * most
    places, slopes = np.empty(room, np.int32), np.empty((room, 2), np.float32)
    picture, own = np.ascontiguousarray(image), np.ascontiguousarray(basis)
    count = _native.steepest(picture, known, cell, most, least, places, slopes) if room else 0
    places, slopes = places[:count], slopes[:count]
    columns = np.empty((generators + 2, count), np.float32)
    if count:
        _native.slope_columns(picture, own, places, slopes, columns)
    y, x = np.divmod(places, max(1, width))
    steep = np.sqrt(np.square(slopes[:, 0]) + np.square(slopes[:, 1]))
    return AlignedPixels(np.column_stack([x, y]).astype(np.float64), picture[y, x], steep, columns, own)


def align(
    frame: Map,
    pixels: AlignedPixels,
    way: Doubles,
    trust: Map | None,
    *,
    steps: int,
    fewest: int,
    farthest: float,
    least_step: float,
    noise: float,
) -> tuple[Doubles, float]:
    """Refine a homography by levels of grey.

    Parameters
    ----------
    frame : float32 array of shape (H, W), 8-bit levels
    pixels : AlignedPixels
        Of the other image.
    way : float64 array of shape (3, 3)
        From the other image to the frame.
    trust : float32 array of shape (n,), or None
        Weight of each pixel; 1 if None.
    steps : int
    fewest : int
        Pixels that must lie in the frame.
    farthest : float
        Pixels: a refinement that moves some pixel by more is rejected.
    least_step : float
        A smaller step of every generator is the last.
    noise : float, 8-bit levels
        Least scale of the weights.

    Returns
    -------
    float64 array of shape (3, 3)
        The given one, if no refinement has a lower cost.
    float
        Median distance of the pixels' levels from the frame's, in pixels; infinite if there are too few.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above.

    Notes
    -----
    Each step is that of inverse compositional Gauss-Newton, with weights 1 / (1 + (e / s)²)²; s is 1.5 times the median
    of the errors e, and never rises. Levels between the frame's pixels are interpolated linearly.
    """
    check(frame, "frame", np.float32, (None, None))
    count = len(pixels.places)
    generators = _check_basis(pixels.basis)
    check(pixels.places, "places", np.float64, (None, 2))
    check(pixels.columns, "columns", np.float32, (generators + 2, count))
    check(way, "way", np.float64, (3, 3))
    for name, one in (("levels", pixels.levels), ("steep", pixels.steep), ("trust", trust)):
        if one is not None:
            check(one, name, np.float32, (count,))
    if count < max(1, fewest):
        return way, np.inf
    found = np.empty((3, 3), np.float64)
    own = pixels._replace(
        places=np.ascontiguousarray(pixels.places), levels=np.ascontiguousarray(pixels.levels),
        steep=np.ascontiguousarray(pixels.steep), columns=np.ascontiguousarray(pixels.columns),
        basis=np.ascontiguousarray(pixels.basis),
    )  # fmt: skip
    weights = None if trust is None else np.ascontiguousarray(trust)
    distance = _native.align(
        np.ascontiguousarray(frame), own.places, own.levels, own.steep, own.columns, weights, own.basis,
        np.ascontiguousarray(way), (steps, max(1, fewest)), (farthest, least_step), noise, found,
    )  # fmt: skip
    return found, distance if distance >= 0 else np.inf


def fit_pairs(
    basis: Doubles,
    start: Doubles,
    sources: Doubles,
    targets: Doubles,
    weights: Doubles,
    scales: tuple[float, ...],
    *,
    rounds: int,
    damping: float,
    enough: float,
) -> Doubles:
    """Fit a homography of a motion model to pairs of points: targets = matrix · sources.

    Parameters
    ----------
    basis : float64 array of shape (k, 3, 3), with k 1 to 8
        The model's generators.
    start : float64 array of shape (3, 3)
    sources, targets : float64 arrays of shape (n, 2)
        x and y.
    weights : float64 array of shape (n,)
    scales : floats, pixels
        Of the robust weights, one after the other.
    rounds : int
        At each scale, at most.
    damping : float
        Added to the diagonal of the normal equations.
    enough : float
        A smaller step of every generator is the last at a scale.

    Returns
    -------
    float64 array of shape (3, 3)
        Divided by its last element; the start if the iterations diverge.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above.
    """
    _check_basis(basis)
    check(start, "start", np.float64, (3, 3))
    check(sources, "sources", np.float64, (None, 2))
    check(targets, "targets", np.float64, sources.shape)
    check(weights, "weights", np.float64, (len(sources),))
    if not len(sources):
        return start
    fitted = np.empty((3, 3), np.float64)
    _native.fit_pairs(
        np.ascontiguousarray(basis), np.ascontiguousarray(start), np.ascontiguousarray(sources),
        np.ascontiguousarray(targets), np.ascontiguousarray(weights), np.array(scales, np.float64), rounds, damping,
        enough, fitted,
    )  # fmt: skip
    return fitted


def _check_basis(basis: Doubles) -> int:
    check(basis, "basis", np.float64, (None, 3, 3))
    if not 1 <= len(basis) <= MOST_GENERATORS:
        raise KernelError(f"{len(basis)} generators given; there must be 1 to {MOST_GENERATORS}")
    return len(basis)
