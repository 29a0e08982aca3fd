"""Iterative back-projection: sharpen a plate to the sharpness of its frames."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Doubles, Image
from stillplate.camera.canvas import Coverage
from stillplate.imaging.homography import corners_of, inverse, project
from stillplate.plate.plate import Plate
from stillplate.sampling.stack import SampleStack

__all__ = ["project_back", "sharpened"]

ROUNDS = 2  # iterations of back-projection
MOST = 20.0  # levels: largest correction of a pixel by one frame; a larger difference is not blur


def project_back(plate: Plate, stack: SampleStack, coverage: Coverage) -> Image:
    """Return the plate, corrected by the differences between the frames and its views.

    Parameters
    ----------
    plate : Plate
        On the canvas.
    stack : SampleStack
        The frames, warped to the canvas.
    coverage : Coverage

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB

    Notes
    -----
    Frames are interpolated when they are warped to the canvas, and the plate when it is warped to a frame; both blur.
    Iterative back-projection: B += mean over t of W_t⁻¹(I_t - B ∘ W_t), each frame where it made the plate.

    References
    ----------
    M. Irani, S. Peleg, "Improving resolution by image registration", CVGIP: Graph. Models Image Process. 53(3), 1991.
    :doi:`10.1016/1049-9652(91)90045-L`
    """
    return sharpened(plate.image, plate, stack.frame, coverage)


def sharpened(
    median: npt.NDArray[Any], plate: Plate, frame: Callable[[int], npt.NDArray[Any]], coverage: Coverage
) -> npt.NDArray[Any]:
    """Return the median of a plate's samples, corrected by frames of the same bit depth, which `frame` returns."""
    white = np.iinfo(median.dtype).max
    most, image = MOST * white / 255, median.astype(np.float32)
    for _ in range(ROUNDS):
        total, count = np.zeros_like(image), np.zeros(image.shape[:2], np.float32)
        for number, to_frame in enumerate(coverage.matrices):
            to_plate = inverse(to_frame)
            part = _part(to_plate, coverage.size, image.shape)
            difference = _difference(image, frame(number), to_plate, part, most)
            made = (plate.made_by(number) & coverage.whole(number))[part]
            total[part] += difference * made[:, :, None]
            count[part] += made
        image = np.clip(image + total / np.maximum(count, 1)[:, :, None], 0, white)
    return np.rint(image).astype(median.dtype)


def _difference(
    plate: npt.NDArray[np.float32],
    frame: npt.NDArray[Any],
    to_plate: Doubles,
    part: tuple[slice, slice],
    most: float,
) -> npt.NDArray[np.float32]:
    """Return the limited frame minus the view of the plate, on a part of the canvas: float32 of shape (h, w, 3)."""
    import cv2

    rows, columns = part
    shift = np.array([[1.0, 0, -columns.start], [0, 1, -rows.start], [0, 0, 1]]) @ to_plate
    view = cv2.warpPerspective(plate[part], shift, frame.shape[1::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    difference = np.clip(frame - view, -most, most)
    size = (columns.stop - columns.start, rows.stop - rows.start)
    return np.asarray(cv2.warpPerspective(difference, shift, size, flags=cv2.INTER_LINEAR), np.float32)


def _part(to_plate: Doubles, size: tuple[int, int], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the rows and columns of the canvas in which a frame lies."""
    ends = project(to_plate, corners_of(size))
    (left, top), (right, bottom) = ends.min(axis=0), ends.max(axis=0)
    rows, columns = (
        slice(int(np.clip(first, 0, length - 1)), int(np.clip(last + 2, 1, length)))
        for first, last, length in ((top, bottom, shape[0]), (left, right, shape[1]))
    )
    return rows, columns
