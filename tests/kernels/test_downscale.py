"""The kernel that reduces a picture, against OpenCV's area means."""

import cv2
import numpy as np
import pytest

from stillplate import kernels
from stillplate.errors import KernelError
from stillplate.kernels import _native

ISAS = _native.isas()
SHAPES = [(1, 1), (1, 40), (7, 1), (8, 33), (31, 32), (48, 65)]


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("factor", [1, 2, 3, 5])
@pytest.mark.parametrize(("height", "width"), SHAPES)
def test_each_pixel_is_the_mean_of_those_it_covers(height: int, width: int, factor: int, isa: str) -> None:
    image = np.random.default_rng(height + width).integers(0, 256, (height, width, 3)).astype(np.uint8)
    rows, columns = -(-height // factor), -(-width // factor)
    whole = cv2.copyMakeBorder(
        image, 0, factor * rows - height, 0, factor * columns - width, cv2.BORDER_REPLICATE
    )  # fmt: skip
    _native.use_isa(isa)
    try:
        found = kernels.downscale(image, factor)
    finally:
        _native.use_isa(ISAS[-1])

    assert np.array_equal(found, cv2.resize(whole, (columns, rows), interpolation=cv2.INTER_AREA))


def test_parts_of_larger_pictures_and_empty_ones() -> None:
    image = np.arange(9 * 12 * 3, dtype=np.uint8).reshape(9, 12, 3)

    assert np.array_equal(kernels.downscale(image[::2, 1:], 2), kernels.downscale(image[::2, 1:].copy(), 2))
    assert kernels.downscale(image[:0], 2).shape == (0, 6, 3)


@pytest.mark.parametrize("factor", [0, 4, -1])
def test_the_factor_is_checked(factor: int) -> None:
    with pytest.raises(KernelError, match=f"factor={factor} given; it must be 2, or odd"):
        kernels.downscale(np.zeros((4, 4, 3), np.uint8), factor)
