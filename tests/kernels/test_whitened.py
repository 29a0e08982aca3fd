"""The whitened distance against its plain twin, and by hand."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import KernelError
from stillplate.kernels import _native, whitened
from tests import naive_whitened

Floats = npt.NDArray[np.float32]

ISAS = _native.isas()
SHAPES = [(1, 1), (1, 7), (5, 3), (13, 17), (300, 301)]


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def random(*shape: int, scale: float = 1.0) -> Floats:
    return np.random.default_rng(sum(shape)).normal(0, scale, shape).astype(np.float32)


@pytest.mark.parametrize(("height", "width"), SHAPES[:-1])
def test_against_the_plain_twin(height: int, width: int) -> None:
    difference, factors = random(height, width, 3, scale=40), random(6, height, width)

    assert np.array_equal(whitened(difference, factors), naive_whitened.whitened(difference, factors))


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_any_number_of_threads(threads: int) -> None:
    height, width = SHAPES[-1]
    difference, factors = random(height, width, 3, scale=40), random(6, height, width)
    one = whitened(difference, factors, threads=1)

    assert np.array_equal(whitened(difference, factors, threads=threads), one)


def test_water_that_waves_between_dark_and_bright_hides_brightness_and_not_colour() -> None:
    """Standard deviations: 20 levels of grey (√3 · 20 along the diagonal), 1 across it."""
    grey = np.ones((3, 3)) / 3
    precision = np.linalg.inv(1200 * grey + (np.eye(3) - grey))
    upper = np.linalg.cholesky(precision).T[np.triu_indices(3)].astype(np.float32).reshape(6, 1, 1)
    dark, red = (np.array([[colour]], np.float32) for colour in ((-20, -20, -20), (20, -10, -10)))

    assert whitened(dark, upper).item() == pytest.approx(1, rel=1e-3)
    assert whitened(red, upper).item() == pytest.approx(np.sqrt(600), rel=1e-3)


def test_no_difference_has_no_distance() -> None:
    assert not whitened(np.zeros((4, 5, 3), np.float32), random(6, 4, 5)).any()


def test_parts_of_larger_arrays() -> None:
    difference, factors = random(8, 9, 3)[::2, 1:6], random(6, 8, 9)[:, ::2, 1:6]

    assert np.array_equal(whitened(difference, factors), naive_whitened.whitened(difference, factors))


@pytest.mark.parametrize("shape", [(0, 5), (5, 0)])
def test_empty(shape: tuple[int, int]) -> None:
    assert whitened(np.empty((*shape, 3), np.float32), np.empty((6, *shape), np.float32)).shape == shape


def test_shapes_and_types_are_checked() -> None:
    with pytest.raises(KernelError, match=r"difference is a float64 array of shape \(2, 2, 3\)"):
        whitened(np.zeros((2, 2, 3)), np.zeros((6, 2, 2), np.float32))  # type: ignore[arg-type]  # what is tested
    with pytest.raises(KernelError, match=r"factors is a float32 array of shape \(6, 2, 3\)"):
        whitened(np.zeros((2, 2, 3), np.float32), np.zeros((6, 2, 3), np.float32))
