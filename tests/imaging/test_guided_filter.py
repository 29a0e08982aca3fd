"""Maps that are enlarged along the edges of an image: a dark and a bright half, whose limit the map has blurred."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.imaging.guided_filter import enlarged_along

Floats = npt.NDArray[np.float32]
Images = npt.NDArray[np.uint8]

SHAPE, SMALL = (108, 192), (27, 48)
EDGE = 100  # column where the bright half begins


def halves(dark: tuple[int, int, int] = (60, 120, 60), bright: tuple[int, int, int] = (200, 150, 60)) -> Images:
    """With noise of 3 levels."""
    levels = np.where(np.arange(SHAPE[1])[:, None] < EDGE, dark, bright)
    noise = np.random.default_rng(0).normal(0, 3, (*SHAPE, 3))
    return np.clip(levels + noise, 0, 255).astype(np.uint8)


def blurred(deviation: float = 1.5) -> Floats:
    """The bright half's share, blurred by pixels of the map."""
    sharp = np.zeros(SMALL, np.float32)
    sharp[:, EDGE // 4 :] = 1
    return np.asarray(cv2.GaussianBlur(sharp, (0, 0), deviation), np.float32)


def linear(small: Floats) -> Floats:
    return np.asarray(cv2.resize(small, SHAPE[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


@pytest.mark.parametrize("small", [(1, 1), (1, 9), (7, 1), (13, 17)])
@pytest.mark.parametrize("large", [(1, 1), (1, 30), (20, 31), (64, 48)])
@pytest.mark.parametrize("level", [0, 0.3, 1])
def test_constant_stays_constant(small: tuple[int, int], large: tuple[int, int], level: float) -> None:
    image = np.random.default_rng(0).integers(0, 256, (*large, 3), np.uint8)
    result = enlarged_along(image, np.full(small, level, np.float32))

    assert result.dtype == np.float32
    assert result.shape == large
    assert result == pytest.approx(level, abs=1e-3)


def test_a_blurred_edge_becomes_sharp() -> None:
    """In one step of more than half, and not before the edge or behind it."""
    small = blurred()
    before, after = linear(small).mean(axis=0), enlarged_along(halves(), small).mean(axis=0)

    assert np.diff(before).max() < 0.08
    assert np.diff(after)[EDGE - 1] > 0.5
    assert np.abs(np.delete(np.diff(after), EDGE - 1)).max() < 0.06
    assert after[EDGE - 8 : EDGE].max() < 0.3
    assert after[EDGE : EDGE + 8].min() > 0.7


@pytest.mark.parametrize("bright", [(180, 120, 60), (60, 200, 60), (60, 120, 180)])
def test_an_edge_of_any_channel_is_followed(bright: tuple[int, int, int]) -> None:
    after = enlarged_along(halves(bright=bright), blurred()).mean(axis=0)

    assert np.diff(after)[EDGE - 1] > 0.5


def test_an_edge_of_colour_alone_is_followed() -> None:
    """Of red and green as bright as one another."""
    after = enlarged_along(halves((150, 80, 60), (60, 126, 60)), blurred()).mean(axis=0)

    assert np.diff(after)[EDGE - 1] > 0.5


def test_without_an_edge_the_map_is_only_smoothed() -> None:
    """By means of 9x9 pixels, twice."""
    small = blurred()
    smooth = cv2.blur(cv2.blur(small, (9, 9)), (9, 9))
    result = enlarged_along(np.full((*SHAPE, 3), 99, np.uint8), small)

    assert result == pytest.approx(linear(np.asarray(smooth, np.float32)), abs=1e-3)


def test_an_edge_that_the_map_does_not_know_is_not_drawn() -> None:
    """A map whose step is elsewhere, half of the picture away."""
    small = np.zeros(SMALL, np.float32)
    small[:, :5] = 1
    result = enlarged_along(halves(), small)

    assert np.abs(result[:, EDGE - 10 : EDGE + 10]).max() < 0.01


def test_it_is_linear_in_the_map() -> None:
    image, one = halves(), blurred()
    other = np.random.default_rng(1).random(SMALL, np.float32)
    joined = enlarged_along(image, one + 2 * other)

    assert joined == pytest.approx(enlarged_along(image, one) + 2 * enlarged_along(image, other), abs=1e-3)


def test_arguments_are_left_as_they_are() -> None:
    image, small = halves(), blurred()
    before = image.copy(), small.copy()
    enlarged_along(image, small)

    assert np.array_equal(image, before[0])
    assert np.array_equal(small, before[1])
