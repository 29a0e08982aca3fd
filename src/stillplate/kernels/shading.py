"""The kernels that tell shade from things, and draw the mask's edges where the frame has them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate import _native
from stillplate.errors import KernelError
from stillplate.kernels.arrays import check, check_pair, flattened
from stillplate.kernels.threads import spread

__all__ = ["hue", "texture", "upsample_mask"]

LARGEST_CELL = 8


def hue(
    seen: npt.NDArray[np.uint8],
    ground: npt.NDArray[np.uint8],
    weak: npt.NDArray[np.bool_],
    *,
    dark: float,
    off: tuple[float, float],
    between: tuple[float, float],
    threads: int | None = None,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    """Where a frame is the plate in another light: I = s B, one s for the three channels.

    Parameters
    ----------
    seen, ground : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate.
    weak : bool array of shape (H, W)
        Where to look.
    dark : float, 8-bit levels
        Added to both.
    off : two floats
        The mean over the channels of |I − s B| is below off[0] levels + off[1] · the mean of I.
    between : two floats
        s lies between them.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    alike : bool array of shape (H, W)
    light : float32 array of shape (H, W)
        s = <I, B> / <B, B> where `weak` is true; 0 elsewhere.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above.
    """
    height, width = check_pair(seen, ground)
    check(weak, "weak", np.bool_, (height, width))
    flat_seen, flat_ground, flat_weak = flattened(seen), flattened(ground), np.ascontiguousarray(weak).reshape(-1)
    alike, light = np.empty((height, width), np.bool_), np.empty((height, width), np.float32)
    flat_alike, flat_light = alike.reshape(-1), light.reshape(-1)

    def run(first: int, last: int) -> None:
        _native.hue(flat_seen, flat_ground, flat_weak, dark, *off, *between, first, last, flat_alike, flat_light)

    spread(run, height * width, threads, least=1 << 16)
    return alike, light


def texture(
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    smooth: tuple[npt.NDArray[np.uint8], npt.NDArray[np.uint8]],
    alike: npt.NDArray[np.bool_],
    light: npt.NDArray[np.float32],
    *,
    cell: int,
    dark: float,
    flat: float,
    threads: int | None = None,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    """How a frame's texture goes with the plate's, where it has the plate's hue.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate.
    smooth : two uint8 arrays of shape (H, W, 3), RGB
        The same, smoothed.
    alike : bool array of shape (H, W)
    light : float32 array of shape (H, W)
        As `hue` gives them.
    cell : int, 1..8, pixels
        Sums are taken over squares of this side.
    dark : float, 8-bit levels
        Added to the smooth pictures.
    flat : float
        Largest deviation over 5 x 5 pixels of the smooth pictures' ratio, in its mean.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    flats : bool array of shape (H, W)
        Where `alike` and flat.
    sums : float32 array of shape (⌈H / cell⌉, ⌈W / cell⌉, 5)
        Over the cell's pixels all of whose neighbours are alike: their number, Σ h², Σ h s b, Σ (s b)² and Σ I, with I
        the mean of the channels, h and b frame and plate less their means over 5 x 5 pixels; edges go on.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above.
    """
    height, width = check_pair(image, plate)
    for one in smooth:
        check(one, "smooth", np.uint8, image.shape)
    check(alike, "alike", np.bool_, (height, width))
    check(light, "light", np.float32, (height, width))
    if not 1 <= cell <= LARGEST_CELL:
        raise KernelError(f"cell={cell} given; it may be 1 to {LARGEST_CELL} pixels")
    frame, ground, seen, still = (np.ascontiguousarray(one) for one in (image, plate, *smooth))
    flags, lights = np.ascontiguousarray(alike), np.ascontiguousarray(light)
    flats = np.empty((height, width), np.bool_)
    sums = np.empty((-(-height // cell), -(-width // cell), 5), np.float32)

    def run(first: int, last: int) -> None:
        _native.texture(frame, ground, seen, still, flags, lights, cell, dark, flat, first, last, flats, sums)

    spread(run, len(sums), threads, least=16, grain=1)
    return flats, sums


def upsample_mask(
    mask: npt.NDArray[np.bool_],
    usual: npt.NDArray[np.float32],
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    table: npt.NDArray[np.uint8],
    *,
    factor: int,
    edge: float,
    weight: float,
    most: float,
    threads: int | None = None,
) -> npt.NDArray[np.bool_]:
    """Bring a mask up to the frame's size; its edges follow the frame.

    Parameters
    ----------
    mask : bool array of shape (h, w)
        Of a picture `factor` times smaller.
    usual : float32 array of shape (h, w), 8-bit levels
        How far the mask's inside near by is from the plate; 0 where that is not known.
    image, plate : uint8 arrays of shape (H, W, 3), RGB, with h = ⌈H / factor⌉, w = ⌈W / factor⌉
        Frame and plate.
    table : uint8 array of shape (256, 3)
        Brings the frame's levels into the plate's light.
    factor : int
    edge, weight, most : float
        Below.
    threads : int, optional
        As many as there are processors if not given. The result does not depend on it.

    Returns
    -------
    bool array of shape (H, W)
        Where the mask and its neighbours are one, as they are. Else M + min(most, max(−most, weight · (D / usual −
        edge))) > 1/2, with M the mask between its pixels' centres in straight lines and D the mean over the channels of
        |table[I] − B|.

    Raises
    ------
    KernelError
        If an array's type or shape is not as above, or the factor is below 1.
    """
    height, width = check_pair(image, plate)
    if factor < 1:
        raise KernelError(f"factor={factor} given; it must be 1 or more")
    shape = (-(-height // factor), -(-width // factor))
    check(mask, "mask", np.bool_, shape)
    check(usual, "usual", np.float32, shape)
    check(table, "table", np.uint8, (256, 3))
    small, inside, levels = np.ascontiguousarray(mask), np.ascontiguousarray(usual), np.ascontiguousarray(table)
    frame, ground = np.ascontiguousarray(image), np.ascontiguousarray(plate)
    out = np.empty((height, width), np.bool_)

    def run(first: int, last: int) -> None:
        _native.upsample_mask(small, inside, frame, ground, levels, factor, edge, weight, most, first, last, out)

    spread(run, shape[0], threads, least=64, grain=1)
    return out
