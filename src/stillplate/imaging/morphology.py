"""Structuring elements."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["block", "square"]


def square(side: int) -> npt.NDArray[np.uint8]:
    """Make a structuring element."""
    return np.ones((side, side), np.uint8)


def block(radius: float) -> npt.NDArray[np.uint8]:
    """Make a structuring element that reaches so far to all sides, 1 pixel at least."""
    return square(2 * max(1, round(radius)) + 1)
