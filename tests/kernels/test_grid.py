"""The smoothing of a grid against its plain twin, and by hand."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import KernelError
from stillplate.kernels import _native, smooth_grid
from tests import naive_grid

Floats = npt.NDArray[np.float32]

ISAS = _native.isas()
# one cell, short lines that are taken together, lines of wide rows, one long line, rows of more than 256 cells
SHAPES = [(1,), (5,), (301,), (7, 1), (1, 9), (13, 17), (90, 3), (3, 261), (4, 2, 270), (3, 1, 2, 4, 1, 5, 3)]
BINOMIAL = np.array([0.5, 0.25], np.float32)


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def grid_of(shape: tuple[int, ...], share: float = 1.0) -> Floats:
    """Random values in a share of the cells, 0 in the others."""
    random = np.random.default_rng(0)
    return np.where(random.random(shape) < share, random.normal(0, 1, shape), 0).astype(np.float32)


def weights_of(axes: int, seed: int = 1) -> list[Floats]:
    """Up to four weights for each axis."""
    random = np.random.default_rng(seed)
    return [random.random(random.integers(1, 5)).astype(np.float32) for _ in range(axes)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("share", [1.0, 0.3, 0.01])
def test_any_shape(shape: tuple[int, ...], share: float) -> None:
    grid, weights = grid_of(shape, share), weights_of(len(shape))

    assert np.array_equal(smooth_grid(grid, weights), naive_grid.smooth_grid(grid, weights))


@pytest.mark.parametrize("radius", [0, 1, 4, 31])
@pytest.mark.parametrize("shape", [(3, 20), (20, 3), (2, 2, 2)])
def test_any_reach(shape: tuple[int, ...], radius: int) -> None:
    """Also one that is longer than the grid."""
    grid = grid_of(shape)
    weights = [np.linspace(0.3, 0.1, radius + 1, dtype=np.float32)] * len(shape)

    assert np.array_equal(smooth_grid(grid, weights), naive_grid.smooth_grid(grid, weights))


def test_wide_rows_apart_from_one_another() -> None:
    """Stretches of 0 in some rows, beside others that are full."""
    grid = np.zeros((40, 600), np.float32)
    for row, column in ((0, 0), (3, 255), (3, 256), (17, 300), (39, 599), (38, 512)):
        grid[row, column] = row + 1
    weights = [np.array([0.4, 0.2, 0.07, 0.03], np.float32), np.array([1], np.float32)]

    assert np.array_equal(smooth_grid(grid, weights), naive_grid.smooth_grid(grid, weights))


@pytest.mark.parametrize("shape", [(0,), (0, 5), (5, 0), (2, 0, 3)])
def test_empty(shape: tuple[int, ...]) -> None:
    assert smooth_grid(np.empty(shape, np.float32), weights_of(len(shape))).shape == shape


def test_a_grid_without_axes() -> None:
    assert smooth_grid(np.array(3, np.float32), []) == 3


@pytest.mark.parametrize("shape", SHAPES)
def test_nothing_comes_of_nothing(shape: tuple[int, ...]) -> None:
    assert not smooth_grid(np.zeros(shape, np.float32), weights_of(len(shape))).any()


def test_a_constant_stays_but_at_the_edge() -> None:
    """There 0 lies beside it: a quarter is lost at each edge."""
    smooth = smooth_grid(np.full((6, 20), 8, np.float32), [BINOMIAL, BINOMIAL])

    assert (smooth[1:-1, 1:-1] == 8).all()
    assert (smooth[[0, -1], 1:-1] == 6).all()
    assert (smooth[1:-1, [0, -1]] == 6).all()
    assert (smooth[[0, 0, -1, -1], [0, -1, 0, -1]] == 4.5).all()


def test_one_cell_spreads_along_both_axes() -> None:
    grid = np.zeros((3, 4), np.float32)
    grid[1, 1] = 16

    assert smooth_grid(grid, [BINOMIAL, BINOMIAL]).tolist() == [[1, 2, 1, 0], [2, 4, 2, 0], [1, 2, 1, 0]]


def test_lines_do_not_mix() -> None:
    """The end of one and the start of the next lie side by side in memory."""
    grid = np.zeros((4, 5), np.float32)
    grid[1, 4], grid[2, 0] = 8, 4

    assert smooth_grid(grid, [np.ones(1, np.float32), BINOMIAL]).tolist() == [
        [0, 0, 0, 0, 0],
        [0, 0, 0, 2, 4],
        [2, 1, 0, 0, 0],
        [0, 0, 0, 0, 0],
    ]


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_any_number_of_threads(threads: int) -> None:
    grid, weights = grid_of((7, 40, 30, 40)), weights_of(4)
    alone = smooth_grid(grid, weights, threads=1)

    assert np.array_equal(smooth_grid(grid, weights, threads=threads), alone)
    assert np.array_equal(smooth_grid(grid, weights), alone)


def test_an_array_that_is_not_contiguous_is_read_and_left_as_it_is() -> None:
    wide, weights = grid_of((20, 26)), [np.array([0.5, 9, 0.25, 9], np.float32)[::2]] * 2
    part, before = wide[1::2, ::-2], wide.copy()

    assert np.array_equal(smooth_grid(part, weights), naive_grid.smooth_grid(part, weights))
    assert np.array_equal(wide, before)


@pytest.mark.parametrize(
    ("grid", "weights", "threads", "message"),
    [
        (np.zeros((2, 3)), [BINOMIAL] * 2, 1, "grid is a float64 array"),
        ([[1.0]], [BINOMIAL] * 2, 1, "grid is a list"),
        (np.zeros((2, 3), np.float32), [BINOMIAL], 1, "1 arrays of weights given; 2 are needed"),
        (np.zeros((2, 3), np.float32), [BINOMIAL, np.ones(2)], 1, "weights is a float64 array"),
        (np.zeros((2, 3), np.float32), [BINOMIAL, np.ones((1, 1), np.float32)], 1, r"weights .* shape \(any\)"),
        (np.zeros((2, 3), np.float32), [BINOMIAL, BINOMIAL[:0]], 1, "0 weights given; 1 to 32 are needed"),
        (np.zeros((2, 3), np.float32), [BINOMIAL, np.ones(33, np.float32)], 1, "33 weights given"),
        (np.zeros((2, 3), np.float32), [BINOMIAL] * 2, 0, "threads=0 given"),
    ],
)
def test_wrong_arguments(grid: Any, weights: Any, threads: int, message: str) -> None:
    with pytest.raises(KernelError, match=message):
        smooth_grid(grid, weights, threads=threads)
