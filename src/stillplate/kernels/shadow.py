"""The kernels that compare hue and texture of frame and plate, to separate shadows from objects."""

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
    image: npt.NDArray[np.uint8],
    plate: npt.NDArray[np.uint8],
    weak: npt.NDArray[np.bool_],
    *,
    dark: float,
    off: tuple[float, float],
    between: tuple[float, float],
    threads: int | None = None,
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float32]]:
    """Mark where a frame is the plate in another light: I = s B, with one s for the three channels.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate.
    weak : bool array of shape (H, W)
        Pixels to compare.
    dark : float, 8-bit levels
        Offset added to both.
    off : two floats
        Limit of the mean over the channels of |I − s B|: off[0] levels + off[1] · the mean of I.
    between : two floats
        Lower and upper limit of s.
    threads : int, optional
        Number of threads; that of the processors if not given. The result does not depend on it.

    Returns
    -------
    alike : bool array of shape (H, W)
    light : float32 array of shape (H, W)
        s = <I, B> / <B, B> where `weak` is true; 0 elsewhere.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.
    """
    height, width = check_pair(image, plate)
    check(weak, "weak", np.bool_, (height, width))
    flat_image, flat_plate, flat_weak = flattened(image), flattened(plate), np.ascontiguousarray(weak).reshape(-1)
    alike, light = np.empty((height, width), np.bool_), np.empty((height, width), np.float32)
    flat_alike, flat_light = alike.reshape(-1), light.reshape(-1)

    def run(first: int, last: int) -> None:
        _native.hue(flat_image, flat_plate, flat_weak, dark, *off, *between, first, last, flat_alike, flat_light)

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
    """Return where the light is even, and sums that compare the texture of frame and plate, in pixels of one hue.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        Frame and plate.
    smooth : two uint8 arrays of shape (H, W, 3), RGB
        Frame and plate, smoothed.
    alike : bool array of shape (H, W)
    light : float32 array of shape (H, W)
        Results of `hue`.
    cell : int, 1..8, pixels
        Side of the squares over which sums are taken.
    dark : float, 8-bit levels
        Offset added to the smoothed images.
    flat : float
        Largest relative deviation of the smoothed images' ratio within 5 x 5 pixels.
    threads : int, optional
        Number of threads; that of the processors if not given. The result does not depend on it.

    Returns
    -------
    flats : bool array of shape (H, W)
        Where `alike` and flat.
    sums : float32 array of shape (⌈H / cell⌉, ⌈W / cell⌉, 5)
        Sums over those pixels of the cell whose neighbours are all alike: number, Σ h², Σ h s b, Σ (s b)² and Σ I, with
        I the mean of the channels, and h and b frame and plate minus their means over 5 x 5 pixels; pixels at the
        image's edge are repeated outwards.

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.
    """
    height, width = check_pair(image, plate)
    for one in smooth:
        check(one, "smooth", np.uint8, image.shape)
    check(alike, "alike", np.bool_, (height, width))
    check(light, "light", np.float32, (height, width))
    if not 1 <= cell <= LARGEST_CELL:
        raise KernelError(f"cell={cell} given; it may be 1 to {LARGEST_CELL} pixels")
    frame, background, smooth_frame, smooth_background = (np.ascontiguousarray(one) for one in (image, plate, *smooth))
    flags, lights = np.ascontiguousarray(alike), np.ascontiguousarray(light)
    flats = np.empty((height, width), np.bool_)
    sums = np.empty((-(-height // cell), -(-width // cell), 5), np.float32)

    def run(first: int, last: int) -> None:
        _native.texture(
            frame,
            background,
            smooth_frame,
            smooth_background,
            flags,
            lights,
            cell,
            dark,
            flat,
            first,
            last,
            flats,
            sums,
        )

    spread(run, len(sums), threads, least=16, grain=1)
    return flats, sums
