"""Maps of the likelihood of foreground: as they are kept, and as they are joined with the difference from the plate."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.segmentation.likelihoods import OCTAVES, Likelihoods, enlarged_to_overlap, plate_counts

Floats = npt.NDArray[np.float32]

SIZES = [(1, 1), (1, 9), (7, 1), (13, 17)]
RATIOS = np.float32(2) ** np.linspace(-3, 5, 33, dtype=np.float32)  # beyond the octaves on either side


def none() -> npt.NDArray[np.float64]:
    return np.zeros((2, len(OCTAVES) + 1))


def even(value: float, size: tuple[int, int] = (3, 4)) -> Floats:
    return np.full(size, value, np.float32)


def learnt() -> Likelihoods:
    """Of clips in which foreground differs by about four thresholds, and ground by half of one."""
    random = np.random.default_rng(0)
    moves = plate_counts(even(0.95, (100, 100)), np.exp(random.normal(1.4, 0.6, (100, 100))).astype(np.float32))
    still = plate_counts(even(0.05, (100, 100)), np.exp(random.normal(-0.7, 0.6, (100, 100))).astype(np.float32))
    return Likelihoods.of((4, 3), [], moves + still)


@pytest.mark.parametrize("size", SIZES)
def test_maps_are_kept_in_63_steps(size: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    maps = [random.random(size, np.float32), even(0, size), even(1, size), even(0.31, size)]
    kept = Likelihoods.of((size[1], size[0]), maps, none())

    for index, one in enumerate(maps):
        found = kept.at(index)
        assert found is not None
        assert found.dtype == np.float32
        assert found.shape == size
        assert np.abs(found - one).max() <= 1 / 126 + 1e-6
        assert index not in (1, 2) or np.array_equal(found, one)


def test_kept_maps_stay_the_same_when_kept_again() -> None:
    kept = Likelihoods.of((17, 13), [np.random.default_rng(0).random((13, 17), np.float32)], none())

    assert Likelihoods.of((17, 13), [kept.at(0)], none()) == kept


def test_unknown_frames_have_no_map() -> None:
    kept = Likelihoods.of((4, 3), [even(0.5), None, even(0.2)], none())

    assert [kept.at(index) is None for index in range(3)] == [False, True, False]
    for index in (None, -1, 3, 1000):
        assert kept.at(index) is None
    assert Likelihoods.of((4, 3), [], none()).at(0) is None


def test_counts_by_hand() -> None:
    """Octaves in halves from a quarter to 16: ratio 1 is between the 5th limit and the 6th."""
    likelihood = np.array([[0.25, 1.0, 0.5, 0.5]], np.float32)
    ratio = np.array([[1.1, 1000, 0, np.nan]], np.float32)
    counts = plate_counts(likelihood, ratio)
    expected = none()
    expected[:, 5], expected[:, -1], expected[:, 0] = (0.25, 0.75), (1, 0), (0.5, 0.5)

    assert np.array_equal(counts, expected)


@pytest.mark.parametrize("size", SIZES)
def test_each_known_pixel_counts_once(size: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    ratio = np.exp(random.normal(0, 3, size)).astype(np.float32)
    ratio[random.random(size) < 0.3] = np.nan
    counts = plate_counts(random.random(size, np.float32), ratio)

    assert counts.shape == none().shape
    assert counts.sum() == pytest.approx(np.count_nonzero(~np.isnan(ratio)))


def test_no_pixel_is_known() -> None:
    assert not plate_counts(even(0.5), even(np.nan)).any()
    assert not plate_counts(np.empty((0, 5), np.float32), np.empty((0, 5), np.float32)).any()


@pytest.mark.parametrize("seed", range(20))
def test_weights_never_fall(seed: int) -> None:
    counts = np.random.default_rng(seed).exponential(1000, none().shape) * (np.arange(len(OCTAVES) + 1) % 3 > 0)
    weights = np.array(Likelihoods.of((1, 1), [], counts).weights)

    assert len(weights) == len(OCTAVES) + 1
    assert np.isfinite(weights).all()
    assert (np.diff(weights) >= 0).all()


def test_weights_by_hand() -> None:
    """Counts of 3 and 7 among 14 each, one of each bin added to both: log((3 + 1) / (7 + 1))."""
    counts = none()
    counts[0, [0, -1]], counts[1, [0, -1]] = (3, 11), (7, 7)
    weights = Likelihoods.of((1, 1), [], counts).weights

    assert weights[0] == pytest.approx(np.log(4 / 8))
    assert weights[1:-1] == pytest.approx([0] * (len(OCTAVES) - 1))
    assert weights[-1] == pytest.approx(np.log(12 / 8))


def test_no_counts_tell_nothing() -> None:
    kept = Likelihoods.of((1, 1), [], none())

    assert not any(kept.weights)
    assert kept.joined(even(0.75), even(100)) == pytest.approx(9)


def test_joined_by_hand() -> None:
    """Squared odds of 1 to 4 and 4 to 1, times what the ratio tells, exp of 2 or −2."""
    weights = (-2.0,) * 7 + (2.0,) * 7
    joined = Likelihoods((2, 2), (), weights).joined(
        np.array([[0.2, 0.8], [0.2, 0.8]], np.float32), np.array([[0.5, 0.5], [4, 4]], np.float32)
    )

    assert joined.dtype == np.float32
    assert joined == pytest.approx(np.array([[1 / 16, 16]]) * np.exp([[-2], [2]]), rel=1e-5)


def test_joined_grows_with_the_likelihood_and_with_the_ratio() -> None:
    likelihood, ratio = np.meshgrid(np.linspace(0, 1, 41, dtype=np.float32), RATIOS)
    joined = learnt().joined(likelihood, ratio)

    assert (np.diff(joined, axis=0) >= 0).all()
    assert (np.diff(joined, axis=1)[:, 1:-1] > 0).all()
    assert (joined[-1] > 10 * joined[0]).all()
    assert (joined[:, -1] > 1000 * joined[:, 0]).all()


def test_likelihoods_that_are_sure_can_be_outweighed() -> None:
    kept = Likelihoods((1, 1), (), (-20.0,) * 7 + (20.0,) * 7)
    joined = kept.joined(np.array([[0, 1]], np.float32), np.array([[16, 0.1]], np.float32))

    assert np.isfinite(joined).all()
    assert joined[0, 0] > 1 > joined[0, 1] > 0


@pytest.mark.parametrize("size", SIZES)
def test_a_ratio_that_is_unknown_counts_nothing(size: tuple[int, int]) -> None:
    likelihood = np.random.default_rng(0).uniform(0.1, 0.9, size).astype(np.float32)
    joined = learnt().joined(likelihood, even(np.nan, size))

    assert joined == pytest.approx(np.square(likelihood / (1 - likelihood)), rel=1e-5)


def test_any_ratio_is_taken() -> None:
    """No warning of zero or infinite ones: they are as the least and the largest."""
    kept = learnt()
    zero, small, infinite, large = (kept.joined(even(0.5), even(ratio)) for ratio in (0, 0.1, np.inf, 1000))

    assert np.array_equal(zero, small)
    assert np.array_equal(infinite, large)


def odds_of(probability: Floats) -> Floats:
    return np.asarray(probability / (1 - probability), np.float32)


def expected_f(probability: Floats, marked: npt.NDArray[np.bool_]) -> float:
    return 2 * float(probability[marked].sum()) / max(1e-9, float(marked.sum() + probability.sum()))


@pytest.mark.parametrize("seed", range(8))
def test_what_is_marked_overlaps_best_with_what_is_expected(seed: int) -> None:
    """One thing, sure within and less so outwards: no other limit of its probability has a better expected F."""
    rows, columns = np.mgrid[:60, :80]
    random = np.random.default_rng(seed)
    away = np.hypot(rows - 30, columns - 40) / random.uniform(8, 20)
    probability = np.asarray(np.clip(random.uniform(0.7, 0.95) - random.uniform(0.1, 0.6) * away, 0.001, 1), np.float32)
    marked = enlarged_to_overlap(odds_of(probability)) > 1

    limits = np.linspace(0.25, 0.5, 26)
    best = max(expected_f(probability, probability > limit) for limit in limits)
    assert expected_f(probability, marked) > best - 1e-3
    assert (marked >= (probability > 0.5)).all()


@pytest.mark.parametrize("value", [0.0, 0.001, 0.3, 0.6])
def test_without_anything_sure_nothing_is_enlarged(value: float) -> None:
    odds = odds_of(even(value, (9, 13)))

    assert (enlarged_to_overlap(odds) == odds).all()


def test_where_all_is_sure_nothing_is_enlarged() -> None:
    odds = odds_of(even(0.001, (40, 60)))
    odds[10:30, 20:40] = 1e4

    assert ((enlarged_to_overlap(odds) > 1) == (odds > 1)).all()
