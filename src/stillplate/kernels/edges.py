"""The kernel that cuts a mask's edge."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check, check_reach, dense_all

__all__ = ["Inside", "trim_edges"]

Mask = npt.NDArray[np.bool_]
Map = npt.NDArray[np.float32]


class Inside(NamedTuple):
    """What tells the usual difference u inside a mask near a pixel.

    Attributes
    ----------
    difference : float32 array of shape (h, w), 8-bit levels
        Of frame and plate. Within a square around the pixel, u is its mean over those pixels of the mask whose eight
        neighbours are in the mask, too. Beyond an edge, the picture is mirrored at its outermost pixels.
    ground : float32 array of shape (h, w), 8-bit levels, or None
        What the ground reaches by itself: (1 - edge) / edge times this is added.
    reach : int, pixels
        From a pixel to the sides of its square.
    few : float
        Share of the square that must count; otherwise u is 0.
    edge : float
        Share of u from which a pixel belongs to the object.
    """

    difference: Map
    ground: Map | None
    reach: int
    few: float
    edge: float

    def checked(self, shape: tuple[int, ...]) -> tuple[Map, Map | None, int, tuple[float, tuple[float, float]]]:
        """Return what the core is told; raise KernelError unless the maps have this shape."""
        difference, ground = dense_all((self.difference, self.ground), "difference or ground", np.float32, shape)
        check_reach(self.reach)
        if not 0 < self.edge <= 1:
            raise KernelError(f"edge={self.edge} given; it must be above 0, and 1 at most")
        limits = (self.few, (self.edge, (1 - self.edge) / self.edge))
        return difference, ground, self.reach, limits


def trim_edges(mask: Mask, inside: Inside, *, rim: int, hole: float) -> Mask:
    """Return a mask without pixels at its edge that show less object than plate.

    Parameters
    ----------
    mask : bool array of shape (h, w)
    inside : Inside
    rim : int, pixels
        Pixels that a square of this radius around them does not keep inside the mask are at its edge: they are cut if
        their difference is less than `edge` times the usual.
    hole : float, pixels
        Smaller holes of what is left, after a median of 3x3 pixels, are filled.

    Returns
    -------
    bool array of shape (h, w)

    Raises
    ------
    KernelError
        If an array's type or shape, or a number, is not as above.
    """
    check(mask, "mask", np.bool_, (None, None))
    difference, ground, reach, limits = inside.checked(mask.shape)
    check_reach(rim)
    out = np.empty(mask.shape, np.bool_)
    if out.size:
        _native.trim_edges(np.ascontiguousarray(mask), difference, ground, reach, limits, rim, hole, out)
    return out
