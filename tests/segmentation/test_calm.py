"""Images that are smoothed before they are compared, as in the dark."""

import numpy as np
import pytest

from stillplate.segmentation.noise import calm_distances, distance
from stillplate.segmentation.options import EQUAL_WEIGHTS


@pytest.mark.parametrize("factor", [1, 2])
def test_one_comparison_is_as_two(factor: int) -> None:
    image, plate = np.random.default_rng(0).integers(0, 256, (2, 37, 53, 3)).astype(np.uint8)
    level, colour = calm_distances(image, plate, factor)
    expected = [distance(image, plate, factor, EQUAL_WEIGHTS, common=part, calm=True) for part in (0, 1)]

    assert level == pytest.approx(expected[0], rel=1e-6)
    assert colour == pytest.approx(expected[1], rel=1e-6)
