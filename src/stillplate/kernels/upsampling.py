"""A small mask at full size, with edges that follow the frame."""

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
