"""The kernel that makes the mask of a frame at its own size."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair, dense_all
from stillplate.kernels.edges import Inside
from stillplate.kernels.half_chroma import Pieces

__all__ = ["SmallEvidence", "SmallLimits", "Upsampling", "finish_mask"]

Image = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Map = npt.NDArray[np.float32]


class Upsampling(NamedTuple):
    """Factor by which the mask is smaller than the frame, and constants of the formula of `finish_mask`."""

    factor: int
    weight: float
    most: float


class SmallEvidence(NamedTuple):
    """What small regions are found by, arrays of shape (h, w).

    Attributes
    ----------
    ratio : float32 array
        Evidence: weak above 1, strong above `seed`.
    level, noise : float32 arrays, 8-bit levels
        Difference of frame and plate, and the largest that noise makes. A pixel's certainty is their ratio.
    risen : bool array, or None
        Where a pixel's certainty is no more than its evidence; nowhere if None.
    large : bool array
        Regions that touch this are not marked.
    shadow : bool array
        Regions that touch this, or a pixel beside it, are not marked.
    """

    ratio: Map
    level: Map
    noise: Map
    risen: Mask | None
    large: Mask
    shadow: Mask


class SmallLimits(NamedTuple):
    """What small regions must have, and how they are cut out of the frame.

    Attributes
    ----------
    fewest : int
        Pixels with strong evidence and a certainty above `clear`, at least.
    seed, clear : float
    least : float
        Least sum of (certainty / seed)² over the pixels.
    around : int, from 1
        Pixels of the frame within which the largest difference counts.
    part : float, 0..1
        Of it, above which a pixel of the region, or beside it, is cut out.
    """

    fewest: int
    seed: float
    clear: float
    least: float
    around: int
    part: float


def finish_mask(
    masks: tuple[Mask, Mask],
    inside: Inside,
    full: tuple[Image | Pieces, Image, npt.NDArray[np.uint8]],
    upsampling: Upsampling,
    smalls: tuple[SmallEvidence, SmallLimits] | None,
    specks: Map | None,
) -> Mask:
    """Bring a mask to the frame's size, add small regions that it lacks, and drop specks.

    Parameters
    ----------
    masks : two bool arrays of shape (h, w), with h = ⌈H / factor⌉, w = ⌈W / factor⌉
        Mask M of the reduced frame; and that whose inside counts.
    inside : Inside
        Of the reduced frame.
    full : uint8 arrays of shapes (H, W, 3), (H, W, 3) and (256, 3)
        Frame I, plate B, and a table of the frame's levels in the plate's light, for each channel. Of a frame in
        `Pieces`, those near edges and small regions are converted.
    upsampling : Upsampling
        With a factor of 1, the mask is taken as it is.
    smalls : SmallEvidence and SmallLimits, or None
        None: small regions are not looked for.
    specks : float32 array of shape (H, W), 1 / pixels, or None
        Regions of the mask that sum up to less than 1 are dropped.

    Returns
    -------
    bool array of shape (H, W)
        The value of M where its pixel and all neighbours are equal. Elsewhere M + min(most, max(-most, weight ·
        (D / u - edge))) > 1/2, with M bilinearly interpolated and D the mean over the channels of |table[I] - B|; the
        second summand is 0 where u is. Then a median of 3x3 pixels. And pixels within small regions, or beside them,
        with D > part · max D within `around` pixels, of such pixels.

    Raises
    ------
    KernelError
        If an array's type or shape, or a number, is not as above.
    """
    image, plate, table = full
    image, planes = (image.rgb, image.checked()) if isinstance(image, Pieces) else (image, None)
    height, width = check_pair(image, plate)
    factor = upsampling.factor
    if factor < 1:
        raise KernelError(f"factor={factor} given; it must be 1 or more")
    shape = (-(-height // factor), -(-width // factor))
    check(table, "table", np.uint8, (256, 3))
    small, inner = dense_all(masks, "mask", np.bool_, shape)
    difference, ground, reach, limits = inside.checked(shape)
    (weights,) = dense_all((specks,), "specks", np.float32, (height, width))
    evidence = None if smalls is None else _checked(smalls[0], shape)
    numbers = SmallLimits(0, 1, 0, 0, 1, 0) if smalls is None else smalls[1]
    if numbers.around < 1:
        raise KernelError(f"around={numbers.around} given; it must be 1 or more")
    out, dense = np.empty((height, width), np.bool_), np.ascontiguousarray
    if out.size:
        _native.finish_mask(
            (small, inner), (difference, ground), reach, limits,
            (dense(image), dense(plate), dense(table)), planes, upsampling, evidence, numbers, weights, out,
        )  # fmt: skip
    return out


def _checked(smalls: SmallEvidence, shape: tuple[int, int]) -> SmallEvidence:
    ratio, level, noise = dense_all(smalls[:3], "ratio, level or noise", np.float32, shape)
    return SmallEvidence(ratio, level, noise, *dense_all(smalls[3:], "risen, large or shadow", np.bool_, shape))
