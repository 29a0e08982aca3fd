"""Components of a mask against their plain twin."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import ParameterError
from stillplate.kernels import Components, _native
from tests import naive

ISAS = _native.isas()
SIZES = [(1, 1), (1, 12), (11, 1), (2, 2), (16, 33), (40, 31)]


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def labels_of(regions: Components) -> npt.NDArray[np.int64]:
    labels = np.full(regions.shape, -1)
    for row, first, last, region in regions.runs.tolist():
        labels[row, first:last] = region
    return labels


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 1.0])
@pytest.mark.parametrize("diagonal", [True, False])
def test_regions(size: tuple[int, int], share: float, diagonal: bool) -> None:
    random = np.random.default_rng(0)
    mask, other = random.random(size) < share, random.random(size) < 0.5
    picture = random.random(size, np.float32)
    regions, expected = Components.of(mask, diagonal=diagonal), naive.components(mask, diagonal)
    each = range(expected.max() + 1)

    assert np.array_equal(labels_of(regions), expected)
    assert regions.count == len(each)
    assert regions.sizes().tolist() == [np.count_nonzero(expected == k) for k in each]
    assert regions.count_in(other).tolist() == [np.count_nonzero(other[expected == k]) for k in each]
    assert regions.sums(picture) == pytest.approx([picture[expected == k].sum(dtype=float) for k in each])
    assert regions.maxima(picture).tolist() == [picture[expected == k].max() for k in each]
    for number, measures in enumerate(regions.measures().tolist()):
        places = np.argwhere(expected == number)
        down, across = places.sum(axis=0)
        assert measures == [*places.min(axis=0), *(places.max(axis=0) + 1), len(places), down, 2 * across]
    for reach in (1, 3):
        assert regions.border_shares(other, reach) == pytest.approx(naive.rims(expected, other, reach))
    keep = random.random(regions.count) < 0.5
    assert np.array_equal(regions.select(keep), np.isin(expected, np.flatnonzero(keep)))
    holes = Components.of(~mask, value=False, diagonal=diagonal)
    assert np.array_equal(holes.runs, regions.runs)


def test_a_region_that_closes_late() -> None:
    """Two arms that meet below, a spiral, and a comb: joined though they begin apart."""
    rows = ["1.1.1.1", "1.1.1.1", "1111111", ".......", "11111..", "....1..", "111.1..", "1.111.."]
    mask = np.array([[c == "1" for c in row] for row in rows])

    assert Components.of(mask, diagonal=False).sizes().tolist() == [15.0, 14.0]


def test_wrong_shapes() -> None:
    regions = Components.of(np.ones((3, 4), np.bool_))
    with pytest.raises(ParameterError, match="mask"):
        Components.of(np.ones((3, 4), np.uint8))
    with pytest.raises(ParameterError, match="mask"):
        regions.count_in(np.ones((4, 3), np.bool_))
    with pytest.raises(ParameterError, match="picture"):
        regions.sums(np.ones((4, 3), np.float32))
    with pytest.raises(ParameterError, match="keep"):
        regions.select(np.ones(2, np.bool_))
