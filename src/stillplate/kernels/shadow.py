"""The kernels that tell shade from things: by hue, evenness and texture, and by what casts it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair, check_reach

__all__ = ["ShadeLimits", "find_uncast", "shade", "soft_shade"]

LARGEST_CELL = 8

Images = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Map = npt.NDArray[np.float32]


class ShadeLimits(NamedTuple):
    """Limits of the tests of `shade`.

    Attributes
    ----------
    dark : float, 8-bit levels
        Added to frame and plate where they are divided.
    hue, loose, hue_share : float
        Largest mean of |I - s B| over the channels: `hue` levels, or `loose` beside certain shade, and a share of the
        mean of I.
    deepest, brightest : float
        Between which s lies.
    flat : float
        Largest deviation of I / B within 5x5 pixels, as a share of its mean.
    cell : float, 1..8, whole pixels
        Side of the cells over which texture is summed.
    lines : float, whole rows
        From one line to the next on which noise is measured.
    quietest : float, 8-bit levels
        Least noise.
    sure : float
        Log likelihood ratio from which texture decides.
    visible, misfit, other : float
        Multiples of the variance of noise: from which texture is visible, to which its residual is allowed; and the
        multiple of the expected texture from which it is another.
    misfit_share : float
        Share of the level by which the root of the allowed residual grows.
    whole : float
        Share of a region of one hue that must be shade for the region to be shade as a whole.
    least_cast, most_cast : float
        Share of such a region's border that must be a thing.
    """

    dark: float
    hue: float
    loose: float
    hue_share: float
    deepest: float
    brightest: float
    flat: float
    cell: float
    lines: float
    quietest: float
    sure: float
    visible: float
    misfit: float
    misfit_share: float
    other: float
    whole: float
    least_cast: float
    most_cast: float


def shade(
    images: tuple[Images, Images],
    smooth: tuple[Images, Images],
    weak: Mask,
    limits: ShadeLimits,
    *,
    window: int,
    reach: int,
) -> tuple[Mask, Mask, Map]:
    """Mark background in another light.

    Parameters
    ----------
    images, smooth : two uint8 arrays of shape (H, W, 3), RGB
        Frame and plate, and both smoothed.
    weak : bool array of shape (H, W)
        Where they differ.
    limits : ShadeLimits
    window : int, odd
        Cells along a side of the windows in which texture is compared.
    reach : int, pixels
        By which certain shade is grown.

    Returns
    -------
    shadow, proven : bool arrays of shape (H, W)
        What may be shade, and where texture or hue proves it.
    light : float32 array of shape (H, W)
        s = <I, B> / <B, B> where `weak`, 0 elsewhere.

    Raises
    ------
    KernelError
        If the type or shape of an array, or a number, is not as above.

    Notes
    -----
    1. `alike`: the smoothed frame is s B, with one s for the channels.
    2. In cells, the texture of alike pixels is compared with the plate's; noise is measured where frame and plate do
       not differ.
    3. Alike and even pixels whose texture may be the plate's, without parts narrower than 3 pixels, are shade; beside
       them, so are pixels of a hue within looser limits whose texture is not missing.
    4. A region of alike pixels that is mostly shade, and has a thing on a part of its border, is shade as a whole.
    5. Shade is proven where the texture is certainly the plate's, or the plate's own colour is not grey.
    """
    shape = check_pair(*images)
    for one in smooth:
        check(one, "smooth", np.uint8, images[0].shape)
    check(weak, "weak", np.bool_, shape)
    if not (1 <= limits.cell <= LARGEST_CELL and limits.lines >= 1 and window >= 1):
        raise KernelError(f"cell={limits.cell}, lines={limits.lines}, window={window} given; see `ShadeLimits`")
    check_reach(reach)
    shadow, proven = np.empty(shape, np.bool_), np.empty(shape, np.bool_)
    light = np.empty(shape, np.float32)
    image, plate, seen, ground = (np.ascontiguousarray(one) for one in (*images, *smooth))
    if weak.size:
        where, given = np.ascontiguousarray(weak), np.array(limits, np.float32)
        _native.shade(image, plate, seen, ground, where, window, reach, given, shadow, proven, light)
    return shadow, proven, light


def find_uncast(
    shadow: Mask, proven: Mask, weak: Mask, light: Map, *, rim: int, reach: int, caster_area: float, spread: float
) -> tuple[Mask, Mask]:
    """Mark shade that nothing proves and no object casts.

    Parameters
    ----------
    shadow, proven, weak : bool arrays of shape (H, W)
        Shade, what of it is proven, and where frame and plate differ.
    light : float32 array of shape (H, W)
        The frame's light, as a share of the plate's.
    rim : int, pixels
        Things so near to doubtful shade are its own blur.
    reach : int, pixels
        Regions of `weak` are grown by so much, and so joined.
    caster_area : float
        Least share of a region's doubtful shade that things and proven shade in it must have.
    spread : float
        Relative deviation of light from the median of cast shade, within which a region at the picture's edge is cast
        by what is outside.

    Returns
    -------
    lighter : bool array of shape (H, W)
        Shade that is not proven, and lighter than the plate.
    uncast : bool array of shape (H, W)
        Other shade that is not proven, in regions without a caster.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.
    """
    check(weak, "weak", np.bool_, (None, None))
    check(shadow, "shadow", np.bool_, weak.shape)
    check(proven, "proven", np.bool_, weak.shape)
    check(light, "light", np.float32, weak.shape)
    check_reach(rim)
    check_reach(reach)
    lighter, uncast = np.empty(weak.shape, np.bool_), np.empty(weak.shape, np.bool_)
    if weak.size:
        one, two, three = (np.ascontiguousarray(mask) for mask in (shadow, proven, weak))
        levels = np.ascontiguousarray(light)
        _native.find_uncast(one, two, three, levels, rim, reach, caster_area, spread, lighter, uncast)
    return lighter, uncast


def soft_shade(
    smooth: tuple[Images, Images],
    evidence: tuple[Map, Map],
    *,
    clear: float,
    veil: tuple[float, int],
    dark: float,
    off: tuple[float, float],
    flat: float,
    between: tuple[float, float],
) -> tuple[Mask, Map]:
    """Mark ground in even light of no hue, by its colours less what fog adds to all of them.

    Parameters
    ----------
    smooth : two uint8 arrays of shape (H, W, 3), RGB
        Frame and plate, smoothed.
    evidence : two float32 arrays of shape (H, W)
        Ratio, and difference in 8-bit levels: a pixel is looked at where the one is above 1 and the other above
        `clear`.
    clear : float, 8-bit levels
    veil : (float, int)
        Quantile of each channel of the plate that is taken off, and rows and columns from one pixel to the next of
        those that tell it.
    dark, off, flat, between
        As of `CastLimits`.

    Returns
    -------
    soft : bool array of shape (H, W)
        Pixels that keep to all limits, without parts narrower than 3 pixels.
    light : float32 array of shape (H, W)
        The smoothed frame's light there, as a share of the plate's; 0 elsewhere.

    Raises
    ------
    KernelError
        If the type or shape of an array, or a number, is not as above.
    """
    shape = check_pair(*smooth)
    ratio, level = evidence
    check(ratio, "ratio", np.float32, shape)
    check(level, "level", np.float32, shape)
    if not (0 <= veil[0] < 1 and veil[1] >= 1):
        raise KernelError(f"veil={veil} given; it must be a quantile below 1, and 1 or more")
    soft, light = np.empty(shape, np.bool_), np.empty(shape, np.float32)
    if soft.size:
        frame, plate = (np.ascontiguousarray(one) for one in smooth)
        maps = np.ascontiguousarray(ratio), np.ascontiguousarray(level)
        _native.soft_shade(frame, plate, *maps, clear, veil, dark, off, flat, between, soft, light)
    return soft, light
