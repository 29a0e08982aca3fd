"""The largest rectangle in a region, beside the one that is found by trying all."""

import numpy as np
import pytest

from stillplate.imaging.rectangle import Rectangle, largest_rectangle


def naive(region: np.ndarray) -> int:
    """The area of the largest."""
    height, width = region.shape
    return max(
        (bottom - top) * (right - left)
        for top in range(height)
        for bottom in range(top, height + 1)
        for left in range(width)
        for right in range(left, width + 1)
        if region[top:bottom, left:right].all()
    )


@pytest.mark.parametrize("seed", range(12))
def test_of_all_rectangles_it_is_the_largest(seed: int) -> None:
    region = np.random.default_rng(seed).random((9, 12)) < 0.85
    found = largest_rectangle(region)

    assert found.of(region).all()
    assert found.width * found.height == naive(region)


def test_of_a_large_region_it_is_found_to_the_pixel_in_blocks() -> None:
    """A tilted band, of 3 pixels to a block, and a rectangle to the last row and column."""
    region = np.zeros((700, 1201), np.bool_)
    region[101:603, 203:1002] = True

    assert largest_rectangle(region) == Rectangle(203, 101, 799, 502)
    rows, columns = np.mgrid[:700, :1201]
    tilted = (np.abs(rows - 350 - (columns - 600) * 0.1) < 150) & (np.abs(columns - 600) < 500)
    found = largest_rectangle(tilted)
    assert found.of(tilted).all()
    grown = Rectangle(found.x - 1, found.y - 1, found.width + 2, found.height + 2).of(tilted)
    assert not any(side.all() for side in (grown[0, 1:-1], grown[-1, 1:-1], grown[1:-1, 0], grown[1:-1, -1]))


def test_none() -> None:
    assert largest_rectangle(np.zeros((5, 5), np.bool_)) == (0, 0, 0, 0)
