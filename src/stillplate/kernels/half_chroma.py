"""Between packed RGB and planes of luma and chroma with chroma at half the rows and columns (4:2:0)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = [
    "MATRIX_BITS",
    "MOST_STEP",
    "Pieces",
    "cut_half_chroma",
    "half_chroma_from_rgb",
    "rgb_from_half_chroma",
    "small_from_half_chroma",
]

Plane = npt.NDArray[np.uint8]
Matrix = npt.NDArray[np.int32]
MATRIX_BITS = 10  # binary places of a matrix
MOST_STEP = 15  # the largest whose sums of bytes fit in 16 bits


class Pieces(NamedTuple):
    """An image that is converted piece by piece, when a kernel looks at it.

    Attributes
    ----------
    planes, matrix
        As for `rgb_from_half_chroma`.
    rgb : uint8 array of shape (H, W, 3), RGB
        Valid in the pieces that are converted.
    made : bool array of shape (⌈H / 2⌉, N)
        What is converted: of each two rows, N pieces.
    """

    planes: Sequence[Plane]
    matrix: Matrix | None
    rgb: npt.NDArray[np.uint8]
    made: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, planes: Sequence[Plane], matrix: Matrix | None) -> Self:
        """Return an image of which nothing is converted yet."""
        height, width = planes[0].shape
        made = np.zeros((-(-height // 2), -(-width // _native.PIECE)), np.bool_)
        return cls(planes, matrix, np.empty((height, width, 3), np.uint8), made)

    def checked(self) -> tuple[Plane, Plane, Plane, Matrix | None, npt.NDArray[np.bool_]]:
        """Return what the core takes beside `rgb`; KernelError if an array's type or shape is not as above."""
        luma, blue, red = (_rows(plane) for plane in self.planes)
        _check_planes(luma, blue, red, self.matrix)
        height, width = luma.shape
        check(self.rgb, "rgb", np.uint8, (height, width, 3))
        check(self.made, "made", np.bool_, (-(-height // 2), -(-width // _native.PIECE)))
        return luma, blue, red, _packed(self.matrix), self.made


def rgb_from_half_chroma(planes: Sequence[Plane], matrix: Matrix | None) -> npt.NDArray[np.uint8]:
    """Convert planes to RGB.

    Parameters
    ----------
    planes : three uint8 arrays of shape (H, W), (⌈H / 2⌉, ⌈W / 2⌉) and the same
        Y′, Cb and Cr, with H, W >= 1.
    matrix : int32 array of shape (3, 4), optional
        Weights of Y′, Cb and Cr and an offset, for red, green and blue, times 2 ** MATRIX_BITS; sums are rounded down,
        and chroma is upsampled bilinearly. Without it, BT.601 of limited range as OpenCV converts it, to the same
        bytes: each pixel has the chroma sample that covers it.

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
    _native.rgb_from_half_chroma(luma, blue, red, _packed(matrix), rgb)
    return rgb


def small_from_half_chroma(planes: Sequence[Plane], matrix: Matrix | None, step: int) -> npt.NDArray[np.uint8]:
    """Convert planes to RGB of a smaller size: what the mean of the converted pixels is, without these.

    Parameters
    ----------
    planes, matrix
        As for `rgb_from_half_chroma`.
    step : int
        Pixels in a row and in a column that become one: 2, or an odd number up to MOST_STEP. Beyond the edges, the
        outermost pixels are repeated.

    Returns
    -------
    uint8 array of shape (⌈H / step⌉, ⌈W / step⌉, 3), RGB
        Means, rounded to the nearest; a half, up.

    Raises
    ------
    KernelError
        If an array's type or shape, or the step, is not as above.
    """
    luma, blue, red = (_rows(plane) for plane in planes)
    _check_planes(luma, blue, red, matrix)
    if not (step == 2 or (step % 2 and 0 < step <= MOST_STEP)):
        raise KernelError(f"step is {step}; it must be 2, or odd and from 1 to {MOST_STEP}")
    height, width = luma.shape
    rgb = np.empty((-(-height // step), -(-width // step), 3), np.uint8)
    _native.small_from_half_chroma(luma, blue, red, _packed(matrix), step, rgb)
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
    _check_rows(out)
    _native.half_chroma_from_rgb(np.ascontiguousarray(rgb), np.ascontiguousarray(matrix), luma, blue, red)


def cut_half_chroma(planes: Sequence[Plane], mask: npt.NDArray[np.bool_], black: int, out: Sequence[Plane]) -> None:
    """Copy what a mask keeps of planes, on black.

    Parameters
    ----------
    planes : three uint8 arrays of shape (H, W), (H / 2, W / 2) and the same
        Y′, Cb and Cr, with even H and W.
    mask : bool array of shape (H, W)
    black : int
        Y′ of black, 0..255.
    out : three uint8 arrays of the same shapes
        Filled; the samples of a row lie side by side. Chroma of 2 x 2 pixels of which the mask keeps some is the mean
        of these and of black, rounded to the nearest; a half, up.

    Raises
    ------
    KernelError
        If an array's type, shape or layout is not as above.
    """
    luma, blue, red = (_rows(plane) for plane in planes)
    _check_planes(luma, blue, red, None)
    cut, cut_blue, cut_red = out
    check(cut, "luma", np.uint8, luma.shape)
    _check_planes(cut, cut_blue, cut_red, None)
    check(mask, "mask", np.bool_, luma.shape)
    if luma.shape[0] % 2 or luma.shape[1] % 2:
        raise KernelError(f"luma has shape {luma.shape}; its height and width must be even")
    _check_rows(out)
    _native.cut_half_chroma(luma, blue, red, np.ascontiguousarray(mask), black, cut, cut_blue, cut_red)


def _check_planes(luma: Plane, blue: Plane, red: Plane, matrix: Matrix | None) -> None:
    check(luma, "luma", np.uint8, (None, None))
    height, width = luma.shape
    if not luma.size:
        raise KernelError(f"luma has shape {luma.shape}; it must have a sample")
    for plane, name in ((blue, "blue"), (red, "red")):
        check(plane, name, np.uint8, (-(-height // 2), -(-width // 2)))
    if matrix is not None:
        check(matrix, "matrix", np.int32, (3, 4))


def _check_rows(out: Sequence[Plane]) -> None:
    if any(plane.strides[1] != 1 for plane in out):
        raise KernelError("a plane has gaps between its samples; only its rows may lie apart")


def _packed(matrix: Matrix | None) -> Matrix | None:
    return None if matrix is None else np.ascontiguousarray(matrix)


def _rows(plane: Plane) -> Plane:
    """Return a plane whose samples of a row lie side by side."""
    return plane if plane.ndim == 2 and plane.strides[1] == 1 else np.ascontiguousarray(plane)
