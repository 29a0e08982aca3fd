"""Between packed RGB and planes of luma and chroma with chroma at half the rows and columns (4:2:0)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = ["MATRIX_BITS", "half_chroma_from_rgb", "rgb_from_half_chroma"]

Plane = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.int32]
MATRIX_BITS = 10  # binary places of a matrix


def rgb_from_half_chroma(planes: Sequence[Plane], matrix: Matrix) -> npt.NDArray[np.uint8]:
    """Convert planes to RGB, with chroma upsampled bilinearly.

    Parameters
    ----------
    planes : three uint8 arrays of shape (H, W), (⌈H / 2⌉, ⌈W / 2⌉) and the same
        Y′, Cb and Cr, with H, W >= 1.
    matrix : int32 array of shape (3, 4)
        Weights of Y′, Cb and Cr and an offset, for red, green and blue, times 2 ** MATRIX_BITS; sums are rounded down.

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB

    Raises
    ------
    KernelError
        If an array's type or shape is not as above.
    """
    luma, blue, red = (_rows(plane) for plane in planes)
    _check_planes(luma, blue, red, matrix)
    rgb = np.empty((*luma.shape, 3), np.uint8)
    _native.rgb_from_half_chroma(luma, blue, red, np.ascontiguousarray(matrix), rgb)
    return rgb


def half_chroma_from_rgb(rgb: npt.NDArray[np.uint8], matrix: Matrix, out: Sequence[Plane]) -> None:
    """Convert RGB to planes; chroma is that of the mean colour of 2 x 2 pixels.

    Parameters
    ----------
    rgb : uint8 array of shape (H, W, 3), RGB
        With even H and W.
    matrix : int32 array of shape (3, 4)
        Weights of red, green and blue and an offset, for Y′, Cb and Cr, times 2 ** MATRIX_BITS; sums are rounded down.
    out : three uint8 arrays of shape (H, W), (H / 2, W / 2) and the same
        Filled with Y′, Cb and Cr; the samples of a row lie side by side.

    Raises
    ------
    KernelError
        If an array's type, shape or layout is not as above.
    """
    luma, blue, red = out
    check(rgb, "rgb", np.uint8, (None, None, 3))
    check(luma, "luma", np.uint8, rgb.shape[:2])
    _check_planes(luma, blue, red, matrix)
    if rgb.shape[0] % 2 or rgb.shape[1] % 2:
        raise KernelError(f"rgb has shape {rgb.shape}; its height and width must be even")
    if any(plane.strides[1] != 1 for plane in out):
        raise KernelError("a plane has gaps between its samples; only its rows may lie apart")
    _native.half_chroma_from_rgb(np.ascontiguousarray(rgb), np.ascontiguousarray(matrix), luma, blue, red)


def _check_planes(luma: Plane, blue: Plane, red: Plane, matrix: Matrix) -> None:
    check(luma, "luma", np.uint8, (None, None))
    height, width = luma.shape
    if not luma.size:
        raise KernelError(f"luma has shape {luma.shape}; it must have a sample")
    for plane, name in ((blue, "blue"), (red, "red")):
        check(plane, name, np.uint8, (-(-height // 2), -(-width // 2)))
    check(matrix, "matrix", np.int32, (3, 4))


def _rows(plane: Plane) -> Plane:
    """Return a plane whose samples of a row lie side by side."""
    return plane if plane.ndim == 2 and plane.strides[1] == 1 else np.ascontiguousarray(plane)
