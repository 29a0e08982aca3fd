"""The plain-Python twin of the kernel that smooths a grid."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def smooth_grid(grid: npt.NDArray[np.float32], weights: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Along each axis in turn, cell by cell: its own share, then those of its neighbours, in the kernel's float32."""
    for axis, axis_weights in enumerate(weights):
        smooth = np.zeros_like(grid)
        for place in np.ndindex(grid.shape):
            total = axis_weights[0] * grid[place]
            for shift, weight in enumerate(axis_weights[1:], 1):
                for there in (place[axis] - shift, place[axis] + shift):
                    if 0 <= there < grid.shape[axis]:
                        total += weight * grid[(*place[:axis], there, *place[axis + 1 :])]
            smooth[place] = total
        grid = smooth
    return grid
