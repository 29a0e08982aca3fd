"""The kernels that tell shade from things, and draw the mask's edges where the frame has them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair, flattened
from stillplate.threads import spread

__all__ = ["hue", "texture"]

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
