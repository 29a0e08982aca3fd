"""The heaviest samples of each pixel against their plain twin, and by hand."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import KernelError
from stillplate.kernels import _native, heaviest

ISAS = _native.isas()
SHAPES = [(1, 1, 1), (2, 3, 5), (5, 1, 255), (9, 1, 256), (7, 1, 257), (130, 9, 31), (400, 3, 4)]


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def naive_heaviest(weights: npt.NDArray[np.float32], kept: int) -> npt.NDArray[np.intp]:
    """Each pixel's samples by themselves, sorted by NumPy."""
    counted = np.where(weights > 0, weights, np.float32(0))
    chosen = np.empty((kept, *weights.shape[1:]), np.intp)
    for y, x in np.ndindex(weights.shape[1:]):
        keys = (np.ascontiguousarray(counted[:, y, x]).view(np.uint32) >> 16).tolist()
        chosen[:, y, x] = sorted(np.argsort([-key for key in keys], kind="stable")[:kept].tolist())
    return chosen


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("kind", ["any", "few", "none"])
def test_against_the_plain_twin(shape: tuple[int, ...], share: float, kind: str) -> None:
    random = np.random.default_rng(sum(shape))
    drawn = {"any": random.random(shape) ** 9, "few": random.integers(0, 3, shape) / 2, "none": np.zeros(shape)}
    weights = drawn[kind].astype(np.float32)
    images = random.integers(0, 256, (*shape, 3), np.uint8)
    kept = max(1, int(share * shape[0]))

    image, weight, chosen = heaviest(images, weights, kept)

    expected = naive_heaviest(weights, kept)
    assert np.array_equal(chosen, expected)
    assert np.array_equal(image, np.take_along_axis(images, expected[..., None], axis=0))
    assert np.array_equal(weight, np.take_along_axis(weights, expected, axis=0))


def test_what_is_no_weight_counts_as_nothing() -> None:
    images = np.arange(5, dtype=np.uint8).reshape(5, 1, 1, 1).repeat(3, axis=3)
    weights = np.array([np.nan, -2, 1e-30, np.inf, 0], np.float32).reshape(5, 1, 1)

    _, weight, chosen = heaviest(images, weights, 3)

    assert chosen.ravel().tolist() == [0, 2, 3]
    assert weight.ravel().tolist() == [0, np.float32(1e-30), np.inf]


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_any_number_of_threads(threads: int) -> None:
    random = np.random.default_rng(0)
    images, weights = random.integers(0, 256, (20, 50, 211, 3), np.uint8), random.random((20, 50, 211), np.float32)

    image, weight, chosen = heaviest(images, weights, 7, threads=threads)

    expected = heaviest(images, weights, 7, threads=1)
    assert np.array_equal(image, expected[0])
    assert np.array_equal(weight, expected[1])
    assert np.array_equal(chosen, expected[2])


def test_no_pixels() -> None:
    image, weight, chosen = heaviest(np.empty((4, 0, 3, 3), np.uint8), np.empty((4, 0, 3), np.float32), 2)

    assert (image.shape, weight.shape, chosen.shape) == ((2, 0, 3, 3), (2, 0, 3), (2, 0, 3))


@pytest.mark.parametrize("kept", [0, 3])
def test_more_than_there_are(kept: int) -> None:
    with pytest.raises(KernelError, match=f"kept={kept} given; it may be 1 to 2"):
        heaviest(np.zeros((2, 1, 1, 3), np.uint8), np.zeros((2, 1, 1), np.float32), kept)


def test_weights_of_another_shape() -> None:
    with pytest.raises(KernelError, match="weights"):
        heaviest(np.zeros((2, 1, 1, 3), np.uint8), np.zeros((2, 1, 2), np.float32), 1)
