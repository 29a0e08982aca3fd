"""Does the camera shake? If so, its samples are brought to one place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Grey
from stillplate.camera.translation import Reference
from stillplate.imaging.transform import Transform
from stillplate.sampling.stack import SampleStack

__all__ = ["align"]


STILL = 0.25  # pixels: a camera whose samples lie nearer than this to one another, in the median, stands still
LEAVES = 1 / 40  # of the width: a camera that moves by more shows another view
FEW = 8  # samples that tell at a glance whether it does
GLANCE, WIDEST = 240, 480  # columns of the grey pictures, for the glance and for good
ROUNDS = 3  # the median of samples that are registered is sharper, and so is what is registered to it


def align(stack: SampleStack) -> float:
    """Register the samples of a shaking camera to one another, and put them in their places.

    Parameters
    ----------
    stack : SampleStack
        Its frames are replaced, if the camera shakes.

    Returns
    -------
    float
        How far nine of ten samples were from the middle of all, in pixels; 0 if the camera stands still, by less than a
        quarter of a pixel in the median over the samples, or goes elsewhere, by more than 1/40 of the width.
    """
    glance = np.unique(np.linspace(0, len(stack) - 1, FEW).astype(int)).tolist()
    if len(stack) < 3 or _still(_registered(_greys(stack, glance, GLANCE), rounds=1), stack.width, GLANCE, STILL / 2):
        return 0.0
    shifts = _registered(_greys(stack, range(len(stack)), WIDEST), rounds=ROUNDS)
    if _still(shifts, stack.width, WIDEST, STILL):
        return 0.0
    shake = float(np.quantile(np.linalg.norm(_places(shifts, stack.width, WIDEST), axis=1), 0.9))
    if shake > LEAVES * stack.width:
        return 0.0
    factor = max(1.0, stack.width / WIDEST)
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
    return bool(np.median(np.abs(_places(shifts, width, widest)).max(axis=1)) < least)


def _places(shifts: list[Transform], width: int, widest: int) -> npt.NDArray[np.float64]:
    """Where each is from the middle of all: float64 of shape (T, 2), in pixels of the frame."""
    places = np.array([shift.matrix[:2, 2] for shift in shifts]) * max(1.0, width / widest)
    return np.asarray(places - np.median(places, axis=0))
