"""A reduced mask at full size, with edges that follow the frame."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_pair
from stillplate.threads import spread

__all__ = ["upsample_mask"]


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
    """Return a reduced mask at the frame's size, with edges that follow the frame.

    Parameters
    ----------
    mask : bool array of shape (h, w)
        Mask of the image reduced by `factor`.
    usual : float32 array of shape (h, w), 8-bit levels
        Difference between frame and plate inside the mask nearby; 0 where it is not known.
    image, plate : uint8 arrays of shape (H, W, 3), RGB, with h = ⌈H / factor⌉, w = ⌈W / factor⌉
        Frame and plate.
    table : uint8 array of shape (256, 3)
        Maps the frame's levels to the plate's light, per channel.
    factor : int
    edge, weight, most : float
        Constants of the formula below.
    threads : int, optional
        Number of threads; that of the processors if not given. The result does not depend on it.

    Returns
    -------
    bool array of shape (H, W)
        The value of the mask where its pixel and all neighbours are equal. Elsewhere M + min(most, max(−most, weight ·
        (D / usual − edge))) > 1/2, with M the bilinearly interpolated mask and D the mean over the channels of
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
    frame, background = np.ascontiguousarray(image), np.ascontiguousarray(plate)
    out = np.empty((height, width), np.bool_)

    def run(first: int, last: int) -> None:
        _native.upsample_mask(small, inside, frame, background, levels, factor, edge, weight, most, first, last, out)

    spread(run, shape[0], threads, least=64, grain=1)
    return out
