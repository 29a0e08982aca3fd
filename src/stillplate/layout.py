"""The plane that a moving camera's frames are laid out on."""

from __future__ import annotations

import numpy as np

from stillplate.homography import Floats, corners_of

__all__ = ["lay_out"]

CANDIDATES = 64  # frames that are tried as the one that the plate is seen from


def lay_out(matrices: Floats, size: tuple[int, int]) -> tuple[Floats, tuple[int, int], int]:
    """Choose the frame from which all the frames together take the least room.

    Parameters
    ----------
    matrices : float64 array of shape (n, 3, 3)
        From each frame's pixels to a common plane.
    size : (int, int)
        Width and height of a frame.

    Returns
    -------
    matrices : float64 array of shape (n, 3, 3)
        From each frame's pixels to the canvas'.
    canvas : (int, int)
        Its width and height.
    reference : int
        The chosen frame.
    """
    ends = np.column_stack([corners_of(size), np.ones(4)])
    best, area, box = 0, np.inf, (np.zeros(2), np.array(size, np.float64))
    for number in np.unique(np.linspace(0, len(matrices) - 1, CANDIDATES).round().astype(int)).tolist():
        placed = np.linalg.solve(matrices[number], matrices) @ ends.T
        depth = placed[:, 2] * np.sign(placed[number, 2, 0])
        if (depth <= 0).any():
            continue
        spots = placed[:, :2] / placed[:, 2:]
        least, most = spots.min(axis=(0, 2)), spots.max(axis=(0, 2))
        if (room := float(np.prod(most - least))) < area:
            best, area, box = number, room, (least, most)
    least = np.floor(box[0] + 1e-6)
    width, height = (np.ceil(box[1] - 1e-6) - least + 1).astype(int).tolist()
    shift = np.array([[1, 0, -least[0]], [0, 1, -least[1]], [0, 0, 1.0]])
    placed = shift @ np.linalg.solve(matrices[best], matrices)
    return placed / placed[:, 2:, 2:], (width, height), best
