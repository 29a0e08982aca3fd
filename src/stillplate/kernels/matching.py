"""The kernel that matches a frame's exposure to the plate's, and makes its evidence there."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.kernels import _native
from stillplate.kernels.gain import LOGS, Exposure, check_step, gain_table
from stillplate.kernels.weighing import Nearness, Thresholds, Weighed, check_weighing, told

__all__ = ["Matched", "match_frame"]

Image = npt.NDArray[np.uint8]


class Matched(NamedTuple):
    """A frame in the plate's light.

    Attributes
    ----------
    gain : float32 array of shape (2, 3)
        That of `robust_gain`; 1 and 0 where too few pixels count.
    table : uint8 array of shape (256, 3)
        That of `gain_table`.
    image, plate : uint8 arrays of shape (H, W, 3), RGB
        The frame's levels looked up in the table, and the plate's between the least and the largest of it; both as they
        were given where the gain is not noticeable.
    weighed : Weighed
        That of `weigh_frame` of both.
    """

    gain: npt.NDArray[np.float32]
    table: npt.NDArray[np.uint8]
    image: Image
    plate: Image
    weighed: Weighed


def match_frame(
    image: Image,
    plate: Image,
    step: int,
    exposure: Exposure,
    noticeable: tuple[float, float],
    thresholds: Thresholds,
    nearness: Nearness,
    weight: float,
) -> Matched:
    """Match a frame's exposure to the plate's, and compare the two: in one call, since it is made for each frame.

    Parameters
    ----------
    image, plate : uint8 arrays of shape (H, W, 3), RGB
    step, exposure
        As for `robust_gain`.
    noticeable : two floats
        Least deviation of a scale from 1, and least offset in 8-bit levels, that are undone.
    thresholds, nearness, weight
        As for `weigh_frame`.

    Returns
    -------
    Matched

    Raises
    ------
    KernelError
        If the type or shape of an array, or a number, is not as above.
    """
    near = check_weighing(image, plate, thresholds, nearness)
    check_step(step)
    image, plate = np.ascontiguousarray(image), np.ascontiguousarray(plate)
    gain, out = np.array([1, 1, 1, 0, 0, 0], np.float32), thresholds.results()
    if not image.size:
        return Matched(gain.reshape(2, 3), gain_table(gain[:3], gain[3:]), image, plate, out)
    table = np.empty((256, 3), np.uint8)
    lit, limited = np.empty((2, *image.shape), np.uint8)
    noticed = _native.match_frame(
        image, plate, (step, (*exposure, LOGS), noticeable), thresholds.checked, near, weight,
        (gain, table, lit, limited), told(out),
    )  # fmt: skip
    if noticed:
        image, plate = lit, limited
    return Matched(gain.reshape(2, 3), table, image, plate, out)
