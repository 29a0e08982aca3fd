"""The background subtractors that OpenCV has, learning from the clip frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from benchmarks.sequences import LabelledSequence
from stillplate.arrays import Image

__all__ = ["LEFT_OUT", "Method", "cleaned", "subtractors"]

Mask = npt.NDArray[np.bool_]
Method = Callable[[LabelledSequence, int], Iterator[tuple[int, Mask]]]

LEARNING_PASSES = 2  # over the whole clip, before the subtractors are scored
FOREGROUND = 255  # their label; 127 is shadow, which counts as background
CONTRIBUTED = ("GSOC", "LSBP", "CNT")  # those of `cv2.bgsegm` that are like ViBe, or fast
LEFT_OUT = "GSOC, LSBP and CNT are left out: this OpenCV has no cv2.bgsegm (make bench makes an environment that has)"


class Subtractor(Protocol):
    """What OpenCV's background subtractors have in common."""

    def apply(self, image: Image, /) -> npt.NDArray[Any]:
        """Learn from a frame and label its pixels."""


def subtractors() -> dict[str, Method]:
    """Return those that this OpenCV has, by name: MOG2 and KNN, and the contributed ones where they are."""
    made: dict[str, Callable[[], Subtractor]] = {
        "OpenCV MOG2": lambda: cv2.createBackgroundSubtractorMOG2(detectShadows=True),
        "OpenCV KNN": lambda: cv2.createBackgroundSubtractorKNN(detectShadows=True),
    }
    contributed: Any = getattr(cv2, "bgsegm", None)
    if contributed is not None:
        made |= {f"OpenCV {name}": getattr(contributed, f"createBackgroundSubtractor{name}") for name in CONTRIBUTED}
    return {name: learner(make) for name, make in made.items()}


def learner(make: Callable[[], Subtractor]) -> Method:
    """Let a subtractor see the whole clip twice, and score what it says the third time."""

    def masks(sequence: LabelledSequence, seed: int) -> Iterator[tuple[int, Mask]]:
        cv2.setRNGSeed(seed)  # GSOC and LSBP draw what they forget
        subtractor = make()
        for _ in range(LEARNING_PASSES):
            for frame in sequence:
                subtractor.apply(frame.image)
        for frame in sequence:
            labels = subtractor.apply(frame.image)
            if frame.index in sequence.truths:
                yield frame.index, cleaned(labels == FOREGROUND)

    return masks


def cleaned(mask: Mask) -> Mask:
    """Take specks out with a 5x5 median."""
    return np.asarray(cv2.medianBlur(mask.astype(np.uint8), 5), np.bool_)
