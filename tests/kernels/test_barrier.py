"""The minimum barrier distance against its plain twin, against all boxes of tiny fields, and by hand."""

from itertools import combinations_with_replacement, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import KernelError
from stillplate.kernels import _native, barrier_distance
from tests import naive

ISAS = _native.isas()
SIZES = [(1, 1), (1, 9), (7, 1), (2, 2), (13, 17)]


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def field_of(size: tuple[int, int], seed: int = 0) -> npt.NDArray[np.float32]:
    """A flow in steps, so that many paths are equally long, with some noise on half of it."""
    random = np.random.default_rng(seed)
    field = random.integers(-3, 4, (*size, 2)).astype(np.float32)
    field[: size[0] // 2] += random.normal(0, 0.3, (size[0] // 2, size[1], 2))
    return field


def frame_of(size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """The edge of a picture."""
    starts = np.ones(size, np.bool_)
    starts[1:-1, 1:-1] = False
    return starts


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scans", [1, 2, 3, 4, 7])
def test_any_starts(size: tuple[int, int], scans: int) -> None:
    random = np.random.default_rng(1)
    for share in (0.0, 0.03, 0.4, 1.0):
        field, starts = field_of(size), random.random(size) < share
        expected = naive.barrier_distance(field, starts, scans)

        assert np.array_equal(barrier_distance(field, starts, scans=scans), expected)


def test_four_scans_unless_told() -> None:
    field, starts = field_of((13, 17)), frame_of((13, 17))

    assert np.array_equal(barrier_distance(field, starts), naive.barrier_distance(field, starts, 4))


@pytest.mark.parametrize("size", [(0, 0), (0, 5), (5, 0)])
def test_empty(size: tuple[int, int]) -> None:
    assert barrier_distance(np.empty((*size, 2), np.float32), np.empty(size, np.bool_)).shape == size


@pytest.mark.parametrize("size", SIZES)
def test_constant(size: tuple[int, int]) -> None:
    """All that a path leads to has the distance 0; without a start, no path leads anywhere."""
    field, starts = np.full((*size, 2), 7.25, np.float32), np.zeros(size, np.bool_)

    assert np.isposinf(barrier_distance(field, starts)).all()
    starts[size[0] // 2, size[1] // 2] = True
    assert not barrier_distance(field, starts).any()


def test_one_scan_leads_right_and_down_only() -> None:
    starts = np.zeros((3, 3), np.bool_)
    starts[1, 1] = True
    reached = barrier_distance(np.zeros((3, 3, 2), np.float32), starts, scans=1) == 0

    assert reached.tolist() == [[False] * 3, [False, True, True], [False, True, True]]


@pytest.mark.parametrize("seed", range(3))
def test_never_below_the_truth_and_mostly_the_truth(seed: int) -> None:
    """A pixel is as far as the least range of values whose pixels join it to a start."""
    random = np.random.default_rng(seed)
    values, starts = random.permutation(20).reshape(4, 5), random.random((4, 5)) < 0.15
    starts[3, 4] = True
    truth = np.full((4, 5), np.inf)
    for low, high in combinations_with_replacement(range(20), 2):
        labels = naive.components((values >= low) & (values <= high), diagonal=False)
        joined = (labels >= 0) & np.isin(labels, labels[starts])
        truth[joined] = np.minimum(truth[joined], high - low)
    field = np.stack([values, np.zeros((4, 5))], axis=2).astype(np.float32)
    found = barrier_distance(field, starts)

    assert (found >= truth).all()
    assert (found == truth).mean() >= 0.9


def test_starts_are_at_no_distance_and_scans_only_shorten() -> None:
    field, starts = field_of((30, 41)), np.random.default_rng(2).random((30, 41)) < 0.01
    results = [barrier_distance(field, starts, scans=scans) for scans in range(1, 8)]

    for fewer, more in pairwise(results):
        assert (more <= fewer).all()
    assert not any(result[starts].any() for result in results)
    assert np.isfinite(results[1]).all()


@pytest.mark.parametrize("shift", [(1, 0), (-0.5, 3.25), (100, -40)])
def test_a_flow_that_all_share_is_no_distance(shift: tuple[float, float]) -> None:
    """But for the rounding of float32 near the shift, which two values of the box have."""
    field, starts = field_of((13, 17)), frame_of((13, 17))
    moved = barrier_distance(field + np.array(shift, np.float32), starts)

    assert moved == pytest.approx(barrier_distance(field, starts), abs=8 * float(np.spacing(np.float32(104))))


def test_an_enclosed_region_is_as_far_as_its_step() -> None:
    field = np.zeros((13, 17, 2), np.float32)
    field[4:9, 5:12] = 3, -4
    distance = barrier_distance(field, frame_of((13, 17)))

    assert (distance[4:9, 5:12] == 5).all()
    assert np.count_nonzero(distance) == 5 * 7


def test_a_region_at_the_start_is_at_no_distance() -> None:
    """So are both surfaces of a picture of two; the region within the nearer is a step from that one."""
    field = np.zeros((13, 17, 2), np.float32)
    field[:, 9:] = 8, 0
    field[5:8, 12:15] = 8, 6
    distance = barrier_distance(field, frame_of((13, 17)))

    assert (distance[5:8, 12:15] == 6).all()
    assert np.count_nonzero(distance) == 9


def test_a_slope_that_leads_inside_counts_as_far_as_it_rises() -> None:
    """A cone: a path's box spans from the flow at the edge to that of the pixel."""
    y, x = np.mgrid[:9, :9]
    height = 4 - np.maximum(abs(y - 4), abs(x - 4))
    field = np.stack([3 * height, 4 * height], axis=2).astype(np.float32)

    assert np.array_equal(barrier_distance(field, frame_of((9, 9))), 5 * height)


def test_arrays_that_are_not_contiguous_are_read_and_left_as_they_are() -> None:
    wide = field_of((20, 26))
    starts = np.random.default_rng(3).random((20, 26)) < 0.1
    parts = wide[1::2, ::-2], starts[1::2, ::-2]
    before = wide.copy(), starts.copy()

    assert np.array_equal(barrier_distance(*parts), naive.barrier_distance(*parts, 4))
    assert np.array_equal(wide, before[0])
    assert np.array_equal(starts, before[1])


@pytest.mark.parametrize(
    ("field", "starts", "scans", "message"),
    [
        (np.zeros((4, 5, 2)), np.zeros((4, 5), np.bool_), 4, "field is a float64 array"),
        (np.zeros((4, 5, 3), np.float32), np.zeros((4, 5), np.bool_), 4, r"field .* shape \(any, any, 2\)"),
        (np.zeros((4, 5), np.float32), np.zeros((4, 5), np.bool_), 4, "field"),
        ([[[0.0, 0.0]]], np.zeros((1, 1), np.bool_), 4, "field is a list"),
        (np.zeros((4, 5, 2), np.float32), np.zeros((5, 4), np.bool_), 4, r"starts .* shape \(4, 5\)"),
        (np.zeros((4, 5, 2), np.float32), np.zeros((4, 5), np.uint8), 4, "starts is a uint8 array"),
        (np.zeros((4, 5, 2), np.float32), np.zeros((4, 5), np.bool_), 0, "scans=0 given; 1 or more is needed"),
        (np.zeros((4, 5, 2), np.float32), np.zeros((4, 5), np.bool_), -3, "scans=-3 given"),
    ],
)
def test_wrong_arguments(field: Any, starts: Any, scans: int, message: str) -> None:
    with pytest.raises(KernelError, match=message):
        barrier_distance(field, starts, scans=scans)
