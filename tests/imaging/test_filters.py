import numpy as np
import pytest

from stillplate.imaging.filters import channel_mean


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (0, 4), (48, 64)])
def test_the_mean_of_channels_is_numpys(size: tuple[int, int]) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*size, 3)).astype(np.uint8)
    found = channel_mean(image)

    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, image.mean(axis=2, dtype=np.float32))
