"""Whether a plate knows where it is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from stillplate.arrays import Image
from stillplate.metrics import luma
from stillplate.metrics.scores import ERROR_LEVEL
from stillplate.plate.plate import Plate

__all__ = ["CERTAIN", "DOUBTFUL", "Calibration"]

CERTAIN, DOUBTFUL = 0.9, 0.6  # support from which a pixel is to be right, and under which a wrong one is to be


@dataclass(frozen=True, slots=True)
class Calibration:
    """Counts of scored pixels; those of several plates add up with `+`. Wrong is more than 20 grey levels off.

    Attributes
    ----------
    pixels, wrong : int
        All of them, and those that are wrong.
    certain, certain_wrong : int
        Those with a support of 0.9 or more.
    doubtful, doubtful_wrong : int
        Those with a support of less than 0.6.
    """

    pixels: int = 0
    wrong: int = 0
    certain: int = 0
    certain_wrong: int = 0
    doubtful: int = 0
    doubtful_wrong: int = 0

    @classmethod
    def of(cls, plate: Plate, truth: Image, valid: npt.NDArray[np.bool_]) -> Self:
        """Hold a plate to the truth, at the valid pixels."""
        wrong = (np.abs(luma(plate.image) - luma(truth)) > ERROR_LEVEL)[valid]
        support = plate.support[valid]
        certain, doubtful = support >= CERTAIN, support < DOUBTFUL
        counts = (wrong.size, wrong, certain, certain & wrong, doubtful, doubtful & wrong)
        return cls(*(int(np.sum(count)) for count in counts))

    def __add__(self, other: Calibration) -> Calibration:
        return Calibration(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def figures(self) -> dict[str, float]:
        """Shares, 0..1 (NaN of nothing): the certain, the wrong among them, the doubtful, those among the wrong."""
        return {
            "certain": _share(self.certain, self.pixels),
            "wrong_of_certain": _share(self.certain_wrong, self.certain),
            "doubtful": _share(self.doubtful, self.pixels),
            "doubtful_of_wrong": _share(self.doubtful_wrong, self.wrong),
        }


def _share(part: int, of: int) -> float:
    return part / of if of else float("nan")
