"""Dense flow from a frame to a neighbouring one, and what is left of it without the camera's motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from stillplate.arrays import Doubles, Floats, Grey, Mask
from stillplate.imaging.homography import inverse, scaling_matrix
from stillplate.imaging.warping import Size, squared_lengths

__all__ = ["NeighbourFlow", "dense_flow", "find_flow", "sizes"]

LARGE, SMALL = 480, 240  # pixels: longer sides of the images in which flow is found, and of its map
LEAST = 32  # pixels: shorter images crash OpenCV's search, and are padded
PRESET = 1  # DISOPTICAL_FLOW_PRESET_FAST: patches of 8 pixels, four apart, down to a quarter of the image


@dataclass(frozen=True, slots=True, eq=False)
class NeighbourFlow:
    """Where the pixels of a small image lie in a neighbouring frame.

    Attributes
    ----------
    total : float16 array of shape (h, w, 2)
        Displacements (x, y), in pixels of the map.
    residual : float32 array of shape (h, w, 2)
        What is left of them when the neighbour is seen from the frame's own place, in pixels of the image of 480
        columns.
    covered : bool array of shape (h, w)
        Where the neighbour shows what the frame shows.
    on_plane : bool array of shape (h, w)
        Where the homography explains the displacement.
    """

    total: np.ndarray
    residual: Floats
    covered: Mask
    on_plane: Mask


def sizes(size: Size) -> tuple[Size, Size]:
    """Width and height of the images in which flow is found, and of its map, for frames of a size.

    Smaller frames are enlarged, so that all lengths are those of the same share of the picture.
    """
    longest = max(size)
    large, small = (
        (max(1, round(size[0] * side / longest)), max(1, round(size[1] * side / longest))) for side in (LARGE, SMALL)
    )
    return large, small


def find_flow(image: Grey, neighbour: Grey, motion: Doubles, size: Size, tolerance: float = 1) -> NeighbourFlow:
    """Find the flow from an image to a neighbour.

    Parameters
    ----------
    image, neighbour : uint8 arrays of shape (H, W)
    motion : float64 array of shape (3, 3)
        Homography from the image's pixels to the neighbour's, as the camera's path has it.
    size : (int, int)
        Width and height of the result.
    tolerance : float
        Largest residual displacement on the plane, in pixels of the image.

    Returns
    -------
    NeighbourFlow

    Notes
    -----
    Dense inverse search [1]_ in the neighbour after it was warped by the homography: what is left is small, so that it
    is found in one place as well as in another.

    References
    ----------
    .. [1] T. Kroeger, R. Timofte, D. Dai, L. Van Gool, "Fast optical flow using dense inverse search", ECCV 2016.
    """
    import cv2

    height, width = image.shape
    flags = cv2.WARP_INVERSE_MAP
    seen = cv2.warpPerspective(
        neighbour, motion, (width, height), flags=flags | cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
    )
    covered = cv2.warpPerspective(
        np.ones((height, width), np.uint8), motion, (width, height), flags=flags | cv2.INTER_NEAREST
    )
    flow = dense_flow(image, np.asarray(seen, np.uint8))
    residual = np.asarray(cv2.resize(flow, size, interpolation=cv2.INTER_AREA), np.float32)
    to_map = inverse(scaling_matrix(size, (width, height)))
    covered = cv2.resize(covered, size, interpolation=cv2.INTER_NEAREST)
    total = _displaced(residual, motion, to_map)
    on_plane = np.asarray(squared_lengths(residual) <= tolerance**2)
    return NeighbourFlow(total, residual, np.asarray(covered, np.uint8).view(np.bool_), on_plane)


def dense_flow(image: Grey, other: Grey, start: Floats | None = None, *, quick: bool = False) -> Floats:
    """Find where the pixels of an image lie in another of its size.

    Parameters
    ----------
    image, other : uint8 arrays of shape (H, W)
    start : float32 array of shape (H, W, 2), optional
        Displacements from which the search starts; 0 by default.
    quick : bool
        Whether it is for images of half the size: found down to half of the image, and not smoothed at the end.

    Returns
    -------
    float32 array of shape (H, W, 2)
        Displacements (x, y), in pixels.
    """
    import cv2

    height, width = image.shape
    begin = np.zeros((height, width, 2), np.float32) if start is None else start  # else drawn clips lose up to .02 of F
    one, another, first = _padded(image, other, begin)
    search = cv2.DISOpticalFlow.create(PRESET)
    if quick:
        search.setFinestScale(1)
        search.setVariationalRefinementIterations(0)
    return np.asarray(search.calc(one, another, first)[:height, :width], np.float32)


def _padded(*images: Any) -> list[Any]:
    """Repeat the edges of images that are too small for the search; each is a copy."""
    import cv2

    height, width = images[0].shape
    below, beside = max(0, LEAST - height), max(0, LEAST - width)
    return [cv2.copyMakeBorder(one, 0, below, 0, beside, cv2.BORDER_REPLICATE) for one in images]


def _displaced(residual: Floats, motion: Doubles, to_map: Doubles) -> np.ndarray:
    """Return displacements in pixels of a map: residual displacements in the image, then the camera's motion."""
    height, width, _ = residual.shape
    from_map = inverse(to_map)
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    there = to_map @ motion @ from_map
    u, v = x + residual[..., 0] * np.float32(to_map[0, 0]), y + residual[..., 1] * np.float32(to_map[1, 1])
    a = there.astype(np.float32)
    z = a[2, 0] * u + a[2, 1] * v + a[2, 2]
    total = np.stack([(a[0, 0] * u + a[0, 1] * v + a[0, 2]) / z - x, (a[1, 0] * u + a[1, 1] * v + a[1, 2]) / z - y], -1)
    return total.astype(np.float16)
