"""The kernels of the odds of foreground against plain NumPy, and by hand."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest

from stillplate import kernels
from stillplate.errors import KernelError
from stillplate.kernels import _native

Map = npt.NDArray[np.float32]

ISAS = _native.isas()
LIMITS = np.array([0.5, 1, 2], np.float32)
FACTORS = np.array([0.25, 0.5, 2, 8], np.float32)


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> Iterator[None]:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def naive_odds(likelihood: Map, ratio: Map) -> Map:
    likely = np.clip(likelihood, np.float32(0.01), np.float32(0.99))
    factor = np.where(np.isnan(ratio), np.float32(1), FACTORS[np.searchsorted(LIMITS, ratio, "right") % 4])
    return np.asarray(np.square(likely / (1 - likely)) * factor, np.float32)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (17, 33), (40, 61)])
def test_joined(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    likelihood, ratio = random.random(shape, np.float32), (4 * random.random(shape)).astype(np.float32)
    ratio[random.random(shape) < 0.2] = np.nan
    found = kernels.join_odds(likelihood, ratio, LIMITS, FACTORS, least=0.01)

    assert found == pytest.approx(naive_odds(likelihood, ratio), rel=1e-6)


def test_joined_by_hand() -> None:
    likelihood = np.array([[0.5, 0.5, 0.5, 0.8, 0, 1]], np.float32)
    ratio = np.array([[0.5, 0, np.nan, 5, np.nan, np.nan]], np.float32)
    found = kernels.join_odds(likelihood, ratio, LIMITS, FACTORS, least=0.1)

    assert found.tolist() == [pytest.approx([0.5, 0.25, 1, 128, 1 / 81, 81], rel=1e-5)]


@pytest.mark.parametrize("shape", [(1, 1), (0, 4), (17, 33)])
@pytest.mark.parametrize("bins", [1, 10, 100])
def test_counted(shape: tuple[int, int], bins: int) -> None:
    odds = np.random.default_rng(1).lognormal(0, 3, shape).astype(np.float32)
    probability = odds / (1 + odds)
    places = np.minimum((probability * bins).astype(np.intp), bins - 1).ravel()
    counts, sums = kernels.count_odds(odds, bins)

    assert np.array_equal(counts, np.bincount(places, minlength=bins))
    assert sums == pytest.approx(np.bincount(places, probability.ravel(), bins))


def test_even_odds_are_in_one_bin() -> None:
    counts, sums = kernels.count_odds(np.ones((4, 5), np.float32), 4)

    assert counts.tolist() == [0, 0, 20, 0]
    assert sums.tolist() == [0, 0, 10, 0]


def test_arguments_are_checked() -> None:
    one = np.ones((2, 3), np.float32)
    with pytest.raises(KernelError, match=r"factors is a float32 array of shape \(3,\)"):
        kernels.join_odds(one, one, LIMITS, FACTORS[:3], least=0.01)
    with pytest.raises(KernelError, match="bins=0 given"):
        kernels.count_odds(one, 0)
