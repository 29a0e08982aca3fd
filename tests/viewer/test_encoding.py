from __future__ import annotations

import cv2
import numpy as np
import pytest

from stillplate.arrays import AnyArray
from stillplate.io.picture import PlanarImage
from stillplate.viewer.encoding import jpeg


def smooth(height: int, width: int) -> AnyArray:
    y, x = np.mgrid[:height, :width]
    return np.asarray(128 + 60 * np.sin(x / 17) + 50 * np.cos(y / 13), np.uint8)


def decoded(data: bytes) -> AnyArray:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    return np.asarray(image[:, :, ::-1])


@pytest.mark.parametrize(("height", "width"), [(180, 320), (181, 321), (64, 100), (2, 2), (1, 7)])
@pytest.mark.parametrize("wanted", [1, 33, 99, 160, 319, 5000])
def test_a_picture_that_is_not_yet_rgb_is_reduced_as_the_converted_one(height: int, width: int, wanted: int) -> None:
    """The mean over the pixels of each, but for rounding and JPEG."""
    half = ((height + 1) // 2, (width + 1) // 2)
    planar = PlanarImage((smooth(height, width), np.full(half, 120, np.uint8), np.full(half, 140, np.uint8)), None)
    found, other = decoded(jpeg(planar, wanted)), decoded(jpeg(planar.rgb, wanted))

    assert found.shape[1] == min(wanted, width)
    assert found.shape == other.shape
    assert found.shape[0] == (height if wanted >= width else max(1, round(height * wanted / width)))
    if wanted >= 99:
        expected = cv2.resize(planar.rgb, found.shape[1::-1], interpolation=cv2.INTER_AREA)
        for one in (found, other):
            assert np.abs(one.astype(int) - expected).mean() < 4
