import numpy as np
import pytest

from stillplate.rendering import comparison


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [(640, 360, (1280, 720)), (1920, 1080, (1920, 1080)), (1, 3, (2, 6)), (3840, 5, (1920, 2))],
)
def test_comparison_has_the_size_told(width: int, height: int, size: tuple[int, int]) -> None:
    image = np.zeros((height, width, 3), np.uint8)
    picture = comparison.comparison(image, image, np.zeros((height, width), bool), image)

    assert comparison.comparison_size(width, height) == size
    assert picture.shape == (size[1], size[0], 3)


def test_comparison_puts_each_in_its_place() -> None:
    frame, plate, foreground = (np.full((2, 2, 3), level, np.uint8) for level in (10, 20, 30))
    picture = comparison.comparison(frame, plate, np.ones((2, 2), bool), foreground)

    assert picture[::2, ::2, 0].tolist() == [[10, 20], [255, 30]]
