"""What explains the motion of a frame: by hand, and of drawn clips whose depth is known."""

import numpy as np
import pytest

from stillplate.camera.neighbour_flow import NeighbourFlow
from stillplate.segmentation.motion_shares import MotionShares, shares_between

SHAPE = (4, 10)  # rows and columns: a column is a tenth of the picture


def flow(on_plane: slice, covered: slice) -> NeighbourFlow:
    """On the plane, and shown by the neighbour, in these columns."""
    still = np.zeros((*SHAPE, 2), np.float32)
    flags = np.zeros((2, *SHAPE), np.bool_)
    flags[0, :, on_plane] = flags[1, :, covered] = True
    return NeighbourFlow(still.astype(np.float16), still, flags[1], flags[0])


def likely(columns: slice) -> np.ndarray:
    likelihood = np.full(SHAPE, 0.2, np.float32)
    likelihood[:, columns] = 0.8
    return likelihood


def test_what_moves_is_neither_on_the_plane_nor_beside_it() -> None:
    """Columns 0 to 5 are on the plane, 5 and 6 move, 7 to 9 are at another depth."""
    shares = shares_between(flow(slice(0, 6), slice(0, 10)), likely(slice(5, 7)))

    assert shares == pytest.approx((0.5, 0.3, 0.2))


def test_what_the_neighbour_does_not_show_is_divided_as_the_rest() -> None:
    """Of the ground that it shows, columns 4 to 7, three are on the plane; so are three quarters of all nine."""
    shares = shares_between(flow(slice(0, 7), slice(4, 9)), likely(slice(8, 9)))

    assert shares == pytest.approx((0.9 * 0.75, 0.9 * 0.25, 0.1))
    assert shares_between(flow(slice(0, 0), slice(0, 0)), likely(slice(0, 2))) == pytest.approx((0.8, 0, 0.2))
    assert shares_between(flow(slice(0, 5), slice(0, 10)), likely(slice(0, 10))) == pytest.approx((0, 0, 1))


def test_a_frame_without_neighbours_has_none() -> None:
    shares = MotionShares.of([(0.5, 0.3, 0.2, 0.9), None, (0.25, 0.25, 0.5, 0.8)])
    some = shares.at([2, 1, 7, -1])

    assert np.isnan(some.own).tolist() == [False, True, True, True]
    assert (some.plane[0], some.parallax[0], some.own[0]) == (0.25, 0.25, 0.5)
    assert shares.summary()["own"] == pytest.approx({"mean": 0.35, "max": 0.5})
    assert "28% by parallax (30% at most), 35% by itself (50% at most)" in str(shares)
    assert not some.at([3, 4]).known
    assert some.at([3]).summary() == {}
    assert len(MotionShares.of([])) == 0
    assert not MotionShares.of([]).known
