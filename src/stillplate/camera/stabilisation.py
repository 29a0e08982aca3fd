"""Detection of a shaking camera, and alignment of its samples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Grey
from stillplate.camera.translation import Reference
from stillplate.imaging.transform import Transform
from stillplate.sampling.stack import SampleStack

__all__ = ["align"]


STILL = 0.25  # pixels: least median displacement of a camera that shakes
MOST_SHAKE = 1 / 40  # share of the width: a greater displacement shows another view
TEST_SAMPLES = 8  # samples of the first test
TEST_WIDTH, MOST_WIDTH = 240, 480  # pixels: greatest width of the grey images, in the first test and afterwards
ROUNDS = 3  # rounds of registration to the median of the registered samples


def align(stack: SampleStack) -> float:
    """Register the samples of a shaking camera to one another, and align them in place.

    Parameters
    ----------
    stack : SampleStack
        Its frames are replaced if the camera shakes.

    Returns
    -------
    float
        The 90 % quantile of the samples' displacement from the median position, in pixels; 0 if the camera stands
        still, by less than a quarter of a pixel in the median, or if it moves to another view, by more than 1/40 of the
        width.
    """
    tested = np.unique(np.linspace(0, len(stack) - 1, TEST_SAMPLES).astype(int)).tolist()
    if len(stack) < 3:
        return 0.0
    shifts = _registered(_greys(stack, tested, TEST_WIDTH), rounds=1)
    if _still(shifts, stack.width, TEST_WIDTH, STILL / 2):
        return 0.0
    shifts = _registered(_greys(stack, range(len(stack)), MOST_WIDTH), rounds=ROUNDS)
    if _still(shifts, stack.width, MOST_WIDTH, STILL):
        return 0.0
    shake = float(np.quantile(np.linalg.norm(_displacements(shifts, stack.width, MOST_WIDTH), axis=1), 0.9))
    if shake > MOST_SHAKE * stack.width:
        return 0.0
    factor = max(1.0, stack.width / MOST_WIDTH)
    for number, shift in enumerate(shifts):
        stack.replace(number, shift.scaled(factor).to_plate(stack.image(number)))
    _align_neighbours(stack)
    return shake


def _align_neighbours(stack: SampleStack) -> None:
    if stack.small is None or stack.small_neighbours is None:
        return
    reference = Reference(np.median(stack.small, axis=0).astype(np.uint8))
    for neighbour in stack.small_neighbours:
        neighbour[:] = reference.register(neighbour).to_plate(neighbour)


def _greys(stack: SampleStack, numbers: Sequence[int], widest: int) -> list[Grey]:
    import cv2

    size = (min(stack.width, widest), max(1, round(stack.height * min(1.0, widest / stack.width))))
    return [
        np.asarray(cv2.resize(cv2.cvtColor(stack.image(n), cv2.COLOR_RGB2GRAY), size, interpolation=cv2.INTER_AREA))
        for n in numbers
    ]


def _registered(greys: list[Grey], rounds: int) -> list[Transform]:
    shifts = [Transform.shifted(0, 0)] * len(greys)
    for _ in range(rounds):
        placed = [shift.to_plate(grey) for shift, grey in zip(shifts, greys, strict=True)]
        reference = Reference(np.median(placed, axis=0).astype(np.float32))
        shifts = [reference.register(grey.astype(np.float32)) for grey in greys]
    return shifts


def _still(shifts: list[Transform], width: int, widest: int, least: float) -> bool:
    return bool(np.median(np.abs(_displacements(shifts, width, widest)).max(axis=1)) < least)


def _displacements(shifts: list[Transform], width: int, widest: int) -> npt.NDArray[np.float64]:
    """Return each sample's displacement from the median position: float64 of shape (T, 2), in pixels of the frame."""
    positions = np.array([shift.matrix[:2, 2] for shift in shifts]) * max(1.0, width / widest)
    return np.asarray(positions - np.median(positions, axis=0))
