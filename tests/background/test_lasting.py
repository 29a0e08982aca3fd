"""Faint evidence counts in `Background.masks` where it persists."""

from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.io.source import Frame

Images = npt.NDArray[np.uint8]

HEIGHT, WIDTH, FRAMES = 60, 120, 40


@pytest.fixture(scope="module")
def haze() -> tuple[Images, stillplate.Background]:
    """A block that is 6 levels brighter than a plane in noise of a level, and walks 2 pixels a frame."""
    random = np.random.default_rng(0)
    images = 100 + random.normal(0, 1, (FRAMES, HEIGHT, WIDTH, 3))
    for number, image in enumerate(images):
        image[20:44, 2 * number : 2 * number + 20] += 6
    pictures = np.rint(images).astype(np.uint8)
    return pictures, stillplate.fit(pictures)


def test_masks_find_what_is_faint(haze: tuple[Images, stillplate.Background]) -> None:
    images, background = haze
    masks = [mask for _, mask in background.masks(images)]

    assert len(masks) == FRAMES
    for number, mask in enumerate(masks):
        assert mask[22:42, 2 * number + 2 : 2 * number + 18].mean() > 0.8
        assert not mask[:, 2 * number + 26 :].any()
    assert not background.mask(images[20]).any()


def test_frames_that_do_not_follow_one_another_are_not_compared(haze: tuple[Images, stillplate.Background]) -> None:
    """A run of four frames is too short for anything to persist; in the six runs of five, all do."""
    images, background = haze

    def found(length: int) -> int:
        numbers = [number for number in range(FRAMES) if number % (length + 1) < length]
        frames = (Frame(images[number], number, Fraction(number, 25)) for number in numbers)
        return sum(bool(mask.any()) for _, mask in background.masks(frames))

    assert (found(4), found(5)) == (0, 30)
