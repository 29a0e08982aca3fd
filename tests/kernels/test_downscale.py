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


@pytest.mark.parametrize("factor", [4, 6, 8, 12, 36])
@pytest.mark.parametrize(("height", "width"), [*SHAPES, (97, 211)])
def test_even_factors_are_taken_one_after_another(height: int, width: int, factor: int) -> None:
    image = np.random.default_rng(height + width).integers(0, 256, (height, width, 3)).astype(np.uint8)
    step, found = image, kernels.downscale(image, factor)
    while factor % 2 == 0:
        step, factor = kernels.downscale(step, 2), factor // 2

    assert np.array_equal(found, kernels.downscale(step, factor))


@pytest.mark.parametrize("factor", [255, 511, 1023])
def test_large_factors_of_extreme_pictures(factor: int) -> None:
    """Where a sum of the largest levels is divided, and one just below the middle between two means."""
    assert (kernels.downscale(np.full((factor, factor, 3), 255, np.uint8), factor) == 255).all()
    image = np.zeros((factor, factor, 3), np.uint8)
    image.reshape(-1, 3)[: factor**2 // 2] = 1  # less than half of them

    assert not kernels.downscale(image, factor).any()
    image.reshape(-1, 3)[factor**2 // 2] = 1
    assert (kernels.downscale(image, factor) == 1).all()


@pytest.mark.parametrize("factor", [0, 1024, -1])
def test_the_factor_is_checked(factor: int) -> None:
    with pytest.raises(KernelError, match=f"factor={factor} given; it must be 1 to 1023"):
        kernels.downscale(np.zeros((4, 4, 3), np.uint8), factor)
