"""Pictures sampled at places."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.imaging.extent import enlarged_box
from stillplate.imaging.warping import sampled, warped, warped_part

PICTURE = np.array([[0, 10, 20], [100, 110, 120]], np.uint8)


def places(*points: tuple[float, float]) -> npt.NDArray[np.float32]:
    return np.array([points], np.float32)


def test_places_are_columns_and_rows() -> None:
    at = places((0, 0), (2, 0), (0, 1), (0.5, 0.5))

    assert sampled(PICTURE, at, cv2.INTER_LINEAR).tolist() == [[0, 20, 100, 55]]
    assert sampled(PICTURE, places((1.4, 0.6)), cv2.INTER_NEAREST).tolist() == [[110]]


def test_outside_of_the_picture() -> None:
    """Its nearest pixel, or what is asked for: 0, too."""
    at = places((-5, 0), (9, 1), (1, 7))

    assert sampled(PICTURE, at, cv2.INTER_LINEAR).tolist() == [[0, 120, 110]]
    assert sampled(PICTURE, at, cv2.INTER_NEAREST, outside=7).tolist() == [[7, 7, 7]]
    assert sampled(PICTURE, at, cv2.INTER_NEAREST, outside=0).tolist() == [[0, 0, 0]]


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
def test_shapes_and_types(dtype: type) -> None:
    at = np.zeros((4, 5, 2), np.float32)
    for channels in ((), (2,), (3,)):
        result = sampled(np.ones((7, 9, *channels), dtype), at, cv2.INTER_CUBIC)

        assert result.shape == (4, 5, *channels)
        assert result.dtype == dtype
        assert (result == 1).all()


def test_displaced_places_show_a_moved_picture() -> None:
    picture = np.random.default_rng(0).integers(0, 255, (12, 15, 3)).astype(np.uint8)
    x, y = np.meshgrid(np.arange(10, dtype=np.float32), np.arange(8, dtype=np.float32))

    assert np.array_equal(sampled(picture, np.stack([x + 3, y + 2], axis=2), cv2.INTER_LINEAR), picture[2:10, 3:13])


def test_a_part_is_as_of_the_whole() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
    matrix = np.array([[1.02, 0.01, 3.0], [-0.02, 0.98, 2.0], [1e-4, 0, 1]])
    part = slice(5, 30), slice(8, 51)
    found, whole = warped_part(picture, matrix, (60, 40), part), warped(picture, matrix, (60, 40))
    outside = np.ones((40, 60), np.bool_)
    outside[part] = False

    assert np.abs(found[part].astype(int) - whole[part]).max() <= 1
    assert not found[outside].any()


def test_a_box_ends_where_the_image_does() -> None:
    box = slice(1, 4), slice(3, 10)

    assert enlarged_box(box, 2, 3, (40, 15)) == (slice(0, 15), slice(3, 36))
    assert enlarged_box(box, 0, 1, (40, 15)) == box
    assert enlarged_box(box, 9, 2, (11, 9)) == (slice(0, 9), slice(0, 11))
