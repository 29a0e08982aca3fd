"""A plate made as sharp as the frames that it was made of."""

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

ROUNDS = 2
MOST = 20.0  # levels by which a frame may correct a pixel: what is farther off is no blur


def project_back(plate: Plate, stack: SampleStack, coverage: Coverage) -> Image:
    """Correct a plate by what its views lack of the frames.

    Parameters
    ----------
    plate : Plate
        On the canvas.
    stack : SampleStack
        Placed on it.
    coverage : Coverage

    Returns
    -------
    uint8 array of shape (H, W, 3), RGB

    Notes
    -----
    Frames are interpolated where they are laid on the canvas, and the plate where it is seen from a frame: both blur.
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
    """Correct the median of what made a plate, at 8 or 16 bits, by frames as deep, called by their numbers."""
    white = np.iinfo(median.dtype).max
    most, image = MOST * white / 255, median.astype(np.float32)
    for _ in range(ROUNDS):
        total, count = np.zeros_like(image), np.zeros(image.shape[:2], np.float32)
        for number, to_frame in enumerate(coverage.matrices):
            to_plate = inverse(to_frame)
            part = _part(to_plate, coverage.size, image.shape)
            lacking = _lacking(image, frame(number), to_plate, part, most)
            made = (plate.made_by(number) & coverage.whole(number))[part]
            total[part] += lacking * made[:, :, None]
            count[part] += made
        image = np.clip(image + total / np.maximum(count, 1)[:, :, None], 0, white)
    return np.rint(image).astype(median.dtype)


def _lacking(
    plate: npt.NDArray[np.float32],
    frame: npt.NDArray[Any],
    to_plate: Doubles,
    part: tuple[slice, slice],
    most: float,
) -> npt.NDArray[np.float32]:
    """What the view of the plate lacks of the frame, on a part of the canvas: float32 of shape (h, w, 3)."""
    import cv2

    rows, columns = part
    shift = np.array([[1.0, 0, -columns.start], [0, 1, -rows.start], [0, 0, 1]]) @ to_plate
    view = cv2.warpPerspective(plate[part], shift, frame.shape[1::-1], flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    apart = np.clip(frame - view, -most, most)
    size = (columns.stop - columns.start, rows.stop - rows.start)
    return np.asarray(cv2.warpPerspective(apart, shift, size, flags=cv2.INTER_LINEAR), np.float32)


def _part(to_plate: Doubles, size: tuple[int, int], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The rows and columns of the canvas in which a frame lies."""
    ends = project(to_plate, corners_of(size))
    (left, top), (right, bottom) = ends.min(axis=0), ends.max(axis=0)
    rows, columns = (
        slice(int(np.clip(first, 0, length - 1)), int(np.clip(last + 2, 1, length)))
        for first, last, length in ((top, bottom, shape[0]), (left, right, shape[1]))
    )
    return rows, columns
