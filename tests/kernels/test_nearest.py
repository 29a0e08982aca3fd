"""Distance and direction of the nearest pixel outside a mask, against their plain twins and by hand."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from stillplate.kernels import Components, _native, nearest_outside
from tests import naive_cast

Masks = npt.NDArray[np.bool_]

ISAS = _native.isas()
SIZES = [(1, 1), (1, 12), (11, 1), (2, 2), (16, 33), (40, 31)]


@pytest.fixture(params=ISAS, autouse=True)
def isa(request: pytest.FixtureRequest) -> object:
    _native.use_isa(request.param)
    yield
    _native.use_isa(ISAS[-1])


def blobs(size: tuple[int, int], share: float) -> Masks:
    random = np.random.default_rng(5).random(size, np.float32)
    smooth = np.asarray(cv2.GaussianBlur(random, (0, 0), 2)).reshape(size)
    return np.asarray(smooth < np.quantile(smooth, share))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.95])
def test_distances_against_the_plain_twin(size: tuple[int, int], share: float) -> None:
    mask = blobs(size, share)

    assert np.array_equal(nearest_outside(Components.of(mask))[0], naive_cast.distances(mask))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
def test_the_pixel_in_that_direction_is_as_near(share: float) -> None:
    """Of the pixels outside that are as near as any, within the distance's 2 %, one lies in that sector."""
    mask = blobs((40, 31), share)
    distances, sectors = nearest_outside(Components.of(mask))
    outside = np.argwhere(~mask)
    for place in np.argwhere(mask):
        to = outside - place
        nearest = to[np.hypot(*to.T) <= 1.05 * distances[tuple(place)]]

        assert sectors[tuple(place)] in {naive_cast.sector(*vector) for vector in nearest.tolist()}


def test_sectors_of_a_square_by_hand() -> None:
    """Left is 0, above 4, right 8, below 12; of equals, the first in the order of the scans counts."""
    mask = np.zeros((7, 7), np.bool_)
    mask[1:6, 1:6] = True
    distances, sectors = nearest_outside(Components.of(mask))

    assert distances[3].tolist() == [0, 1, 2, 3, 2, 1, 0]
    assert (sectors[3, 1], sectors[1, 3], sectors[3, 5], sectors[5, 3]) == (0, 4, 8, 12)


@pytest.mark.parametrize(("down", "right"), [(d, r) for d in range(-4, 5) for r in range(-4, 5) if d or r])
def test_every_sector(down: int, right: int) -> None:
    """All but one pixel is in the mask: the one at the end of a vector from the middle."""
    mask = np.ones((9, 9), np.bool_)
    mask[4 + down, 4 + right] = False

    assert nearest_outside(Components.of(mask))[1][4, 4] == naive_cast.sector(down, right)


def test_a_mask_without_outside() -> None:
    distances, sectors = nearest_outside(Components.of(np.ones((3, 4), np.bool_)))

    assert (distances == 16384).all()
    assert (sectors == 8).all()
