"""The kernel that finds what is in front of the plate in one frame."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.bit_mask import BitMask
from stillplate.kernels.cast import CastShadows
from stillplate.kernels.checks import check_pair, check_reach, dense_all
from stillplate.kernels.edges import Inside
from stillplate.kernels.mixture import MOST_LIGHTS
from stillplate.kernels.shadow import ShadeLimits

__all__ = ["FoundLimits", "FrameMaps", "Objects", "OtherLights", "Reaches", "find_objects"]

Image = npt.NDArray[np.uint8]
Map = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
CheckedLights = tuple[list[Image], Map | None, tuple[float, float, float, int]]  # as the core takes it
NOTHING, FOUND = 0, 1  # what the core returns; 2 where levels of light are to be told apart


class Reaches(NamedTuple):
    """Lengths in pixels, but for the first two.

    Attributes
    ----------
    every
        Rows and columns from one pixel of the plate to the next of those that tell its darkest level.
    window
        Cells along a side of the windows in which texture is compared, odd.
    near, rim
        As the two of `find_uncast`; gaps of regions up to twice as wide as the first are closed.
    beside
        From a region of shadow to the border that tells whether a region encloses it.
    trim
        As `rim` of `trim_edges`.
    """

    every: int
    window: int
    near: int
    rim: int
    beside: int
    trim: int


class FoundLimits(NamedTuple):
    """Constants of the steps; those not named here are as in the kernels that take one step.

    Attributes
    ----------
    levels_least : pixels
        Shade without a caster, from which on its levels of light are to be told apart.
    power : multiples of the allowed deviation of hue
        A larger change tells shade from things, where faint evidence counts.
    deep : multiples of that change
        Ground of more light above the veil tells it, too.
    mostly : share
        Of the pixels of a region of shade that must be told.
    enclosed : share
        Of the border of a region of shadow: more of it in a region makes it a part of that.
    """

    seed: float
    caster_area: float
    spread: float
    levels_least: float
    clear: float
    veil: float
    levels: float
    change: float
    flat: float
    deepest: float
    brightest: float
    power: float
    deep: float
    mostly: float
    least: float
    hole: float
    enclosed: float


class FrameMaps(NamedTuple):
    """A frame beside the plate: three uint8 arrays of shape (H, W, 3), RGB, and float32 arrays of shape (H, W).

    Attributes
    ----------
    image, plate, smooth_plate
        The latter as for `shade`; if None, it is made of the plate.
    ratio
        Evidence: weak above 1, strong above `seed`.
    faint
        Evidence that counts where it persists, or None.
    level : 8-bit levels
        Difference of frame and plate, smoothed.
    quietness, sure
        As for `weigh_pixels`.
    specks : 1 / pixels, or None
        Of regions of weak evidence that sum up to less than 1, nothing is left.
    """

    image: Image
    plate: Image
    smooth_plate: Image | None
    ratio: Map
    faint: Map | None
    level: Map
    quietness: Map
    sure: Map
    specks: Map | None


class OtherLights(NamedTuple):
    """The scene's lights besides the plate's.

    Attributes
    ----------
    plates : up to 8 uint8 arrays of shape (H, W, 3), RGB
        In each light, smoothed as `smooth_plate`.
    colour : float32 array of shape (H, W), 8-bit levels, or None
    between, there
        As for `other_light`.
    brightest
        In place of that of `ShadeLimits`, but for what faint evidence proves.
    upright : int, pixels
        Largest extent of a part in another light right above or below a region, which is a part of it.
    """

    plates: Sequence[Image]
    colour: Map | None
    between: float
    there: float
    brightest: float
    upright: int

    def checked(self, shape: tuple[int, int]) -> CheckedLights:
        """Return what the core takes; KernelError if the type or shape of an array, or a number, is not as above."""
        if len(self.plates) > MOST_LIGHTS:
            raise KernelError(f"{len(self.plates)} other lights given; there must be {MOST_LIGHTS} at most")
        plates = [plate for plate in dense_all(self.plates, "plates", np.uint8, (*shape, 3)) if plate is not None]
        (colour,) = dense_all((self.colour,), "colour", np.float32, shape)
        check_reach(self.upright)
        return plates, colour, (self.between, self.there, self.brightest, self.upright)


class Objects(NamedTuple):
    """What is in front of the plate.

    Attributes
    ----------
    ratio : float32 array of shape (H, W)
        Joined evidence; 0 in shadows and where specks were dropped.
    risen : bool array of shape (H, W), or None
        Where it is faint.
    shadow, whole, mask : bool arrays of shape (H, W)
        Ground in other light; regions, before and after their edges were trimmed.
    cut : bool array of shape (H, W), or None
        Shadows that things cast, which were taken from the regions; None where those are not known, and where there is
        no strong evidence.
    """

    ratio: Map
    risen: Mask | None
    shadow: Mask
    whole: Mask
    mask: Mask
    cut: Mask | None


def find_objects(
    maps: FrameMaps,
    lasting: BitMask | None,
    inside: Inside,
    limits: tuple[Reaches, ShadeLimits, FoundLimits],
    *,
    shadows: bool,
    closed: bool,
    cast: CastShadows | None = None,
    lights: OtherLights | None = None,
) -> Objects | None:
    """Find what is in front of the plate.

    Parameters
    ----------
    maps : FrameMaps
    lasting : BitMask of shape (H, W), or None
        Where faint evidence counts; nowhere if None.
    inside : Inside
        As for `trim_edges`.
    limits : Reaches, ShadeLimits and FoundLimits
    shadows : bool
        Whether shadows are taken from the evidence.
    closed : bool
        As for `solid_regions`; edges are trimmed, too.
    cast : CastShadows, optional
        Shadows that are taken from the regions.
    lights : OtherLights, optional
        What is in one of them is shadow, too; None where the scene has one light.

    Returns
    -------
    Objects or None
        None where shade without a caster is large, so that its levels of light must be told apart.

    Raises
    ------
    KernelError
        If the type or shape of an array, or a number, is not as above.

    Notes
    -----
    Evidence is joined (`join_faint`); shade, soft shade, what nothing casts, and what is in another light are told
    (`shade`, `find_uncast`, `soft_shade`, `other_light`); specks are dropped; regions are made solid
    (`solid_regions`), dark parts that they enclose are added, edges are trimmed (`trim_edges`), and cast shadows are
    taken off (`cast_shadow`).
    """
    shape = check_pair(maps.image, maps.plate)
    pictures = dense_all(maps[:3], "smooth_plate", np.uint8, (*shape, 3))
    if (maps.faint is None) != (lasting is None):
        raise KernelError("faint evidence and where it counts must be given together")
    if lasting is not None and (lasting.width != shape[1] or len(lasting.bits) != shape[0]):
        raise KernelError(f"lasting is {lasting.width}x{len(lasting.bits)}; it must be of the frame's size")
    ratio, faint, level, quietness, sure, specks = dense_all(maps[3:], "a map", np.float32, shape)
    difference, ground, reach, (few, (edge, lift)) = inside.checked(shape)
    shadow, whole, mask = np.zeros((3, *shape), np.bool_)
    out = Objects(
        np.empty(shape, np.float32), None if lasting is None else np.zeros(shape, np.bool_), shadow, whole, mask,
        None if cast is None else np.empty(shape, np.bool_),
    )  # fmt: skip
    if not ratio.size:
        return out
    state = _native.find_objects(
        tuple(pictures), (ratio, faint, level, difference), None if lasting is None else lasting.bits,
        (quietness, sure), specks, None if cast is None else cast.checked,
        None if lights is None else lights.checked(shape), (ground, (few, edge, lift)),
        _checked(*limits, reach), shadows, closed,
        out if out.risen is not None else out._replace(risen=np.empty(shape, np.bool_)),
    )  # fmt: skip
    if state == NOTHING:
        return out._replace(cut=None)
    return out if state == FOUND else None


@cache
def _checked(
    reaches: Reaches, shade: ShadeLimits, limits: FoundLimits, reach: int
) -> tuple[npt.NDArray[np.int32], Map, npt.NDArray[np.float64]]:
    """Return what the core takes; KernelError if a number is not as above."""
    for pixels in reaches[2:]:
        check_reach(pixels)
    return np.array((*reaches, reach), np.int32), np.array(shade, np.float32), np.array(limits, np.float64)
