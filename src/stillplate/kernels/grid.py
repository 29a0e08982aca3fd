"""The kernel that smooths a grid of cells along its axes."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

import numpy as np
import numpy.typing as npt

from stillplate.errors import KernelError
from stillplate.kernels import _native
from stillplate.kernels.checks import check
from stillplate.threads import spread

__all__ = ["smooth_grid"]

STRETCH = 256  # as in grid.hpp
LEAST = 1 << 16  # cells of a thread's share, at least
MOST_RADIUS = 31  # cells: the kernel keeps a bit for each row within reach


def smooth_grid(
    grid: npt.NDArray[np.float32], weights: Sequence[npt.NDArray[np.float32]], *, threads: int | None = None
) -> npt.NDArray[np.float32]:
    """Return a grid smoothed along each of its axes, with 0 outside of it.

    Parameters
    ----------
    grid : float32 array of any number of axes
    weights : sequence of float32 arrays of shape (reach + 1,)
        For each axis, the weight of the cell itself, of its neighbours on either side, of theirs, and so on.
    threads : int, optional
        Number of threads; that of the processors if not given. The result does not depend on it.

    Returns
    -------
    float32 array of the grid's shape
        Along each axis in turn, the first one first: w₀ x_i + Σ_k w_k (x_{i−k} + x_{i+k}).

    Raises
    ------
    KernelError
        If the type or shape of an array is not as above.

    Examples
    --------
    >>> smooth_grid(np.array([0, 0, 1, 0], np.float32), [np.array([0.5, 0.25], np.float32)]).tolist()
    [0.0, 0.25, 0.5, 0.25]
    """
    check(grid, "grid", np.float32, (None,) * np.ndim(grid))
    if len(weights) != grid.ndim:
        raise KernelError(
            f"{len(weights)} arrays of weights given; {grid.ndim} are needed, one for each axis of the grid"
        )
    for one in weights:
        check(one, "weights", np.float32, (None,))
        if not 1 <= len(one) <= MOST_RADIUS + 1:
            raise KernelError(f"{len(one)} weights given; 1 to {MOST_RADIUS + 1} are needed")
    smooth, spare = (np.empty(grid.shape, np.float32) for _ in range(2))
    if not grid.size:
        return smooth
    cells = np.ascontiguousarray(grid)
    for axis, one in enumerate(weights):
        _smooth_along(axis, cells, np.ascontiguousarray(one), smooth, threads)
        cells, smooth, spare = smooth, spare, smooth
    return cells


def _smooth_along(
    axis: int,
    grid: npt.NDArray[np.float32],
    weights: npt.NDArray[np.float32],
    out: npt.NDArray[np.float32],
    threads: int | None,
) -> None:
    length = grid.shape[axis]
    inner = prod(grid.shape[axis + 1 :]) if length > 1 else grid.size
    lines, smooth = grid.reshape(-1), out.reshape(-1)
    columns = grid.size // (length * inner) * -(-inner // STRETCH)

    def run(first: int, last: int) -> None:
        _native.smooth_grid(lines, length, inner, weights, first, last, smooth)

    spread(run, columns, threads, least=max(1, LEAST // (length * min(inner, STRETCH))), grain=1)
