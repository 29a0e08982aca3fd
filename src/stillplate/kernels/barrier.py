"""The kernel that measures how much a field of vectors must change on the way to each pixel."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check

__all__ = ["barrier_distance"]

UNREACHED = np.float32(1e30)  # as in kernels.hpp


def barrier_distance(
    field: npt.NDArray[np.float32], starts: npt.NDArray[np.bool_], *, scans: int = 4
) -> npt.NDArray[np.float32]:
    """Return the minimum barrier distance of each pixel of a field of vectors from the nearest start.

    Parameters
    ----------
    field : float32 array of shape (H, W, 2)
    starts : bool array of shape (H, W)
        Pixels at which paths start.
    scans : int, 1 or more
        Scans over the picture, in alternating directions.

    Returns
    -------
    float32 array of shape (H, W)
        In the field's unit; infinite where no path leads. Of all paths between 4-neighbours from a start to the pixel,
        the least length of the box that holds the vectors on the path: √((max u − min u)² + (max v − min v)²).

    Raises
    ------
    KernelError
        If the type or shape of an array or a number is not as above.

    Notes
    -----
    Raster scans find an upper bound of the distance, which is exact for most pixels [1]_.

    References
    ----------
    .. [1] R. Strand, K. C. Ciesielski, F. Malmberg, P. K. Saha, "The minimum barrier distance", CVIU 117(4), 2013;
       J. Zhang et al., "Minimum barrier salient object detection at 80 FPS", ICCV 2015, section 3.2.

    Examples
    --------
    >>> field = np.zeros((5, 5, 2), np.float32)
    >>> field[2, 2] = 3, 4
    >>> starts = np.zeros((5, 5), np.bool_)
    >>> starts[0] = True
    >>> barrier_distance(field, starts)[1:4, 2].tolist()
    [0.0, 5.0, 0.0]
    """
    check(field, "field", np.float32, (None, None, 2))
    height, width, _ = field.shape
    check(starts, "starts", np.bool_, (height, width))
    if scans < 1:
        raise KernelError(f"scans={scans} given; 1 or more is needed")
    dense = np.ascontiguousarray(field)
    squares = np.where(starts, np.float32(0), UNREACHED)
    if dense.size:
        _native.barrier_distance(dense, scans, squares, dense.copy(), dense.copy())
    squares[squares >= UNREACHED] = np.inf
    return np.sqrt(squares)
