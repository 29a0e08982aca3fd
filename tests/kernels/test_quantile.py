"""Quantiles over samples against their plain twin, and by hand."""

from math import floor, inf

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import KernelError
from stillplate.kernels import _native, quantile

Floats = npt.NDArray[np.float32]
Masks = npt.NDArray[np.bool_]

ISAS = _native.isas()
SHAPES = [(1, 1, 1), (2, 3, 5), (12, 7, 9), (96, 5, 4), (13, 40)]


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def naive_quantile(values: Floats, left_out: Masks, share: float, least: float) -> Floats:
    """Each cell's values by themselves, sorted by Python."""
    out = np.full(values.shape[1:], np.inf, np.float32)
    for cell in np.ndindex(out.shape):
        counted = sorted(values[:, *cell][~left_out[:, *cell]].tolist())
        if counted and len(counted) >= least:
            place = share * (len(counted) - 1)
            below, above = counted[floor(place)], counted[min(floor(place) + 1, len(counted) - 1)]
            out[cell] = below + float(np.float32(above) - np.float32(below)) * (place - floor(place))
    return out


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.9, 1.0])
@pytest.mark.parametrize("left", [0.0, 0.3, 0.9])
def test_against_the_plain_twin(shape: tuple[int, ...], share: float, left: float) -> None:
    random = np.random.default_rng(sum(shape))
    values, left_out = random.gamma(2, 2, shape).astype(np.float32), random.random(shape) < left
    expected = naive_quantile(values, left_out, share, shape[0] / 2)

    assert np.array_equal(quantile(values, left_out, share, least=shape[0] / 2), expected)


def test_all_values_count_without_a_mask() -> None:
    values = np.random.default_rng(0).random((9, 50), np.float32)

    assert np.array_equal(quantile(values, None, 0.3), quantile(values, np.zeros(values.shape, np.bool_), 0.3))
    assert np.array_equal(quantile(values, None, 0.5), np.median(values, axis=0))


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_any_number_of_threads(threads: int) -> None:
    values = np.random.default_rng(0).random((7, 200, 211), np.float32)

    assert np.array_equal(quantile(values, None, 0.9, threads=threads), quantile(values, None, 0.9, threads=1))


def test_too_few_values_by_hand() -> None:
    values = np.array([[1, 1], [3, 3], [8, 8]], np.float32)
    left_out = np.array([[False, True], [False, True], [True, False]])

    assert quantile(values, left_out, 0.5, least=2).tolist() == [2, inf]
    assert quantile(values, left_out, 0.5).tolist() == [2, 8]
    assert quantile(values, np.ones_like(left_out), 0.5, least=0).tolist() == [inf, inf]


@pytest.mark.parametrize("shape", [(0, 4), (3, 0), (0, 2, 2)])
def test_empty(shape: tuple[int, ...]) -> None:
    assert np.isinf(quantile(np.empty(shape, np.float32), None, 0.5)).all()


def test_parts_of_larger_arrays() -> None:
    values = np.random.default_rng(0).random((8, 9, 10), np.float32)

    assert np.array_equal(quantile(values[::2, 1:5], None, 0.4), quantile(values[::2, 1:5].copy(), None, 0.4))


def test_what_is_given_is_checked() -> None:
    with pytest.raises(KernelError, match="values has 513 samples; it must have 512 at most"):
        quantile(np.zeros((513, 1), np.float32), None, 0.5)
    with pytest.raises(KernelError, match=r"left_out is a bool array of shape \(2, 2\)"):
        quantile(np.zeros((2, 3), np.float32), np.zeros((2, 2), np.bool_), 0.5)
