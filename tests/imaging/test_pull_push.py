"""Values interpolated into the places where they are not known."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.imaging.pull_push import filled_in, halved

Floats = npt.NDArray[np.float32]
SHAPES = [(1, 1), (1, 9), (9, 1), (2, 3), (3, 3), (7, 5), (24, 31), (33, 64)]


def filled(values: Floats, known: npt.NDArray[np.bool_]) -> Floats:
    weight = known.astype(np.float32)
    return filled_in(values * (weight if values.ndim == 2 else weight[:, :, None]), weight)


def random_values(shape: tuple[int, ...]) -> Floats:
    return np.random.default_rng(0).uniform(-50, 200, shape).astype(np.float32)


@pytest.mark.parametrize("channels", [(), (2,), (3,)])
@pytest.mark.parametrize("shape", SHAPES)
def test_what_is_known_stays(shape: tuple[int, int], channels: tuple[int, ...]) -> None:
    values, known = random_values((*shape, *channels)), np.random.default_rng(1).random(shape) < 0.4
    known[0, 0] = True
    result = filled(values, known)

    assert result.dtype == np.float32
    assert result.shape == values.shape
    assert result[known] == pytest.approx(values[known], abs=1e-3)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_constant_stays_constant(shape: tuple[int, int]) -> None:
    """One pixel that is known fills a picture to which it belongs at every size."""
    known = np.random.default_rng(2).random(shape) < 0.3
    known[shape[0] // 2, shape[1] // 2] = True

    assert filled(np.full(shape, 42, np.float32), known)[known].tolist() == pytest.approx([42] * known.sum())
    if min(shape) > 2:
        assert filled(np.full(shape, 42, np.float32), known) == pytest.approx(42, abs=1e-3)


def test_between_two_values_it_rises() -> None:
    """Eight columns are known on either side; in the middle lies their mean."""
    values, known = np.zeros((33, 33), np.float32), np.ones((33, 33), np.bool_)
    values[:, 16:], known[:, 8:25] = 64, False
    row = filled(values, known)[16]

    assert (np.diff(row) >= -1e-3).all()
    assert row[[0, 7, 16, 25, 32]].tolist() == pytest.approx([0, 0, 32, 64, 64], abs=1)
    assert 5 < row[11] < 27


def test_far_from_the_little_that_is_known_it_fades() -> None:
    known = np.zeros((64, 64), np.bool_)
    known[0, 0] = True
    result = filled(np.full((64, 64), 40, np.float32), known)

    assert result[0, :3].min() > 10
    assert 0 <= result[-1, -1] < 1


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_known_is_0(shape: tuple[int, int]) -> None:
    assert not filled(random_values(shape), np.zeros(shape, np.bool_)).any()


def test_channels_are_filled_alike() -> None:
    values, known = random_values((21, 18)), np.random.default_rng(3).random((21, 18)) < 0.1
    together = filled(np.stack([values, 2 * values], axis=2), known)

    assert together[:, :, 0] == pytest.approx(filled(values, known), abs=1e-3)
    assert together[:, :, 1] == pytest.approx(2 * filled(values, known), abs=1e-3)


def test_a_small_weight_is_mixed_with_what_lies_around() -> None:
    """Weights from a quarter count as known; an eighth, for half of the result."""
    weight = np.ones((9, 9), np.float32)
    for small, least, most in ((0.25, 99.9, 100), (0.125, 50, 75), (0.0, 0, 40)):
        weight[4, 4] = small
        values = np.zeros((9, 9), np.float32)
        values[4, 4] = 100 * small

        assert least <= filled_in(values, weight)[4, 4] <= most


def test_another_size() -> None:
    values, known = random_values((10, 12, 3)), np.ones((10, 12), np.bool_)
    small, weight = halved(values, known.astype(np.float32))

    assert small.shape == (5, 6, 3)
    assert weight == pytest.approx(1)
    assert filled_in(small, weight, (12, 10)).shape == (10, 12, 3)
    assert np.array_equal(filled_in(small, weight, (6, 5)), filled_in(small, weight))
