"""The pixels on which two images are aligned."""

import cv2
import numpy as np
import pytest

from stillplate.camera.direct_alignment import CELL, LEAST_GRADIENT, PIXELS_PER_CELL, Template, smooth


@pytest.mark.parametrize("size", [(36, 48), (31, 50), (12, 12), (11, 40)])
def test_the_steepest_pixels_of_each_cell_are_taken(size: tuple[int, int]) -> None:
    """As many as may be, of whole cells; the left third is plain, and has none."""
    grey = np.random.default_rng(0).integers(0, 256, size, np.uint8)
    grey[:, : size[1] // 3] = 90
    image = smooth(grey)
    slopes = [cv2.Sobel(image, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1))]
    steep = np.hypot(*slopes)
    expected = set()
    for top, left in np.ndindex(size[0] // CELL, size[1] // CELL):
        cell = [(x + left * CELL, y + top * CELL) for y, x in np.ndindex(CELL, CELL)]
        steepest = sorted(cell, key=lambda at: -steep[at[1], at[0]])[:PIXELS_PER_CELL]
        expected |= {(x, y) for x, y in steepest if steep[y, x] > LEAST_GRADIENT}
    taken = [(int(x), int(y)) for x, y in Template(image).pixels.places]

    assert len(taken) == len(set(taken))
    assert set(taken) == expected
    assert not any(x < size[1] // 3 - 4 for x, _ in taken)
