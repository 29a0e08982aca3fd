"""The ellipse that has the same second moments as a region: how long, how wide and which way it lies."""

from __future__ import annotations

from math import atan2, degrees, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Ellipse"]

PIXEL = 1 / 12  # variance of a square pixel along either axis


class Ellipse(NamedTuple):
    """An ellipse about a region's centroid.

    Attributes
    ----------
    major, minor : float
        Whole length of either axis, in pixels.
    angle : float
        Of the major axis, in degrees clockwise from the picture's x axis: above -90, up to 90.
    """

    major: float
    minor: float
    angle: float

    @classmethod
    def of(cls, runs: npt.NDArray[np.int32]) -> Ellipse:
        """Fit it to a region.

        Parameters
        ----------
        runs : int32 array of shape (R, 4)
            Row, first column and the one behind the last of each run of pixels in a row, and a number.

        Notes
        -----
        The axes are four times the roots of the eigenvalues of the pixels' covariance, each pixel being a square, as in
        R. M. Haralick and L. G. Shapiro, *Computer and Robot Vision* I, 1992, appendix A.
        """
        row, first, behind = (runs[:, column].astype(np.float64) for column in range(3))
        count = behind - first
        area = count.sum()
        middle = (first + behind - 1) / 2
        x, y = (count * middle).sum() / area, (count * row).sum() / area
        across = (count * (middle - x) ** 2 + count * (count**2 - 1) / 12).sum() / area + PIXEL
        down = (count * (row - y) ** 2).sum() / area + PIXEL
        both = (count * (middle - x) * (row - y)).sum() / area
        root = sqrt((across - down) ** 2 / 4 + both**2)
        mean = (across + down) / 2
        angle = degrees(atan2(2 * both, across - down)) / 2
        upright = 90.0 if angle <= -90 else float(angle)  # which rounding may turn about
        return cls(4 * sqrt(mean + root), 4 * sqrt(max(mean - root, 0.0)), upright)
