"""Names of array types. They define the dtype; shape and unit are in the docstrings of the functions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = [
    "AnyArray", "Bits", "DeepImage", "Doubles", "Flags", "Floats", "Grey", "Image", "Labels", "Mask", "Matrix",
    "Numbers", "Points", "Shorts",
]  # fmt: skip

Image = npt.NDArray[np.uint8]  # (H, W, 3), RGB
DeepImage = npt.NDArray[np.uint16]  # (H, W, 3), RGB
Grey = npt.NDArray[np.uint8]  # (H, W)
Mask = npt.NDArray[np.bool_]  # (H, W)
Labels = npt.NDArray[np.uint8]  # (H, W): 255 foreground, 127 shadow, 0 background
Matrix = npt.NDArray[np.float64]  # (3, 3): a homography
Points = npt.NDArray[np.float64]  # (N, 2): x and y
Bits = npt.NDArray[np.uint8]  # flags packed into bits, eight per byte
Flags = npt.NDArray[np.bool_]  # any shape
Floats = npt.NDArray[np.float32]  # any shape
Doubles = npt.NDArray[np.float64]  # any shape
Numbers = npt.NDArray[np.intp]  # any shape
Shorts = npt.NDArray[np.int16]  # any shape
AnyArray = npt.NDArray[Any]  # any shape, dtype in the docstring
