from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from stillplate.errors import ParameterError
from stillplate.synthetic import SyntheticClip, bus_stop
from stillplate.synthetic.waiting import Stay, stays_of


@pytest.fixture(scope="module")
def clip() -> SyntheticClip:
    return bus_stop(96, 54, frames=300, seed=3, noise=0, vehicles=0)


def test_somebody_hides_the_ground_for_more_than_half_of_the_time(clip: SyntheticClip) -> None:
    hidden = np.mean([clip.mask(index) for index in range(0, 300, 4)], axis=0)

    assert (hidden > 0.5).mean() > 0.005
    assert hidden.max() < 1


def test_the_frame_is_the_plate_where_nobody_is(clip: SyntheticClip) -> None:
    for index in (0, 120, 299):
        alpha = clip.mask(index)
        same = (clip.frame(index).image == clip.plate).all(axis=2)

        assert same[~alpha].mean() > 0.9  # but for the rims, which are covered in part
        assert not same[alpha].mean() > 0.05


def test_those_who_wait_move_a_little(clip: SyntheticClip) -> None:
    moved = [np.mean(clip.frame(i).image != clip.frame(i + 1).image) for i in range(100, 200, 25)]

    assert all(0 < share < 0.2 for share in moved)


def test_same_seed_same_bytes_and_another_seed_another_stop() -> None:
    first, second, other = (bus_stop(64, 36, frames=20, seed=seed) for seed in (5, 5, 6))

    assert np.array_equal(first.frame(10).image, second.frame(10).image)
    assert not np.array_equal(first.plate, other.plate)


@pytest.mark.parametrize("standing", [0.3, 0.6, 0.8])
@pytest.mark.parametrize("count", [1, 2, 5])
def test_stays_follow_one_another_and_last_as_long_as_is_said(standing: float, count: int) -> None:
    for seed in range(5):
        stays = stays_of(1000, 0.6, 2.0, standing, count, 0.5, np.random.default_rng(seed))

        assert len(stays) == count
        assert sum(stay.last - stay.first for stay in stays) == pytest.approx(1000 * standing)
        assert stays[0].first >= 0
        assert stays[-1].last <= 1000.001
        assert all(stay.last < later.first for stay, later in pairwise(stays))
        assert all(abs(stay.place - 2) < 0.3 for stay in stays)


def test_a_person_comes_waits_and_leaves() -> None:
    stay = Stay(0.6, 1.0, 100, 200, 0.05, -0.05, 0.01, (0.0, 0.1), 0.5, 0.0)

    assert stay.across(60) == pytest.approx(-1.0)
    assert stay.across(240) == pytest.approx(-1.0)
    assert [stay.stands(index) for index in (99, 100, 199, 200)] == [False, True, True, False]
    assert all(abs(stay.across(index) - 1) < 0.12 for index in range(100, 200))
    assert not stay.heads_left(60) and stay.heads_left(240)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"width": 8}, "16x16"), ({"seed": -1}, "seed"), ({"standing": 1.0}, "standing"), ({"standing": 0.0}, "standing")],
)
def test_impossible_stops(settings: dict[str, float], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        bus_stop(**settings)  # type: ignore[arg-type]
