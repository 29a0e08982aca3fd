"""What is faint is found by the ground's own colours, and the ground is learnt from what nothing hides."""

import numpy as np
import numpy.typing as npt
import pytest

from stillplate import kernels
from stillplate.arrays import Floats
from stillplate.io.source import ArraySource
from stillplate.sampling.gather import gather
from stillplate.segmentation.ground import Ground, GroundLimits
from stillplate.segmentation.ground_learning import PAIRS, learn_ground, sums_of_products
from stillplate.segmentation.run_quantiles import quantile_of_runs
from stillplate.segmentation.sample_differences import SampleDifferences

Images = npt.NDArray[np.uint8]

HEIGHT, WIDTH = 60, 80


def unit_limits(height: int = HEIGHT, width: int = WIDTH) -> GroundLimits:
    """Of ground whose colours differ by a level in each channel."""
    factors = np.zeros((6, height, width), np.float32)
    factors[[0, 3, 5]] = 1
    return GroundLimits(factors, *(np.full((height, width), limit, np.float32) for limit in (5, 1.5)))


def evidence_of(difference: Floats, level: Floats) -> Floats:
    limits = unit_limits()
    return limits.evidence(kernels.whitened(difference, limits.factors), level)


def ground_of(images: Images, plate: Images) -> Ground:
    with gather(ArraySource(images), len(images)) as stack:
        return learn_ground(SampleDifferences.of(stack, plate))


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 3), (64, 18, 32)])
def test_products_are_summed_over_the_ground(shape: tuple[int, int, int]) -> None:
    random = np.random.default_rng(0)
    differences, ground = random.normal(0, 9, (*shape, 3)).astype(np.float32), random.random(shape) < 0.8
    expected = [
        np.einsum("thw,thw,thw->hw", differences[..., a], differences[..., b], ground, dtype=np.float32)
        for a, b in PAIRS
    ]

    np.testing.assert_allclose(sums_of_products(differences, ground), expected, rtol=1e-6)


def noisy(count: int = 64, seed: int = 0) -> Images:
    """A grey plane of level 100 in noise of 3 levels, which the smoothing lessens."""
    random = np.random.default_rng(seed)
    return np.rint(100 + random.normal(0, 3, (count, HEIGHT, WIDTH, 3))).astype(np.uint8)


PLANE = np.full((HEIGHT, WIDTH, 3), 100, np.uint8)


def test_limits_of_ground() -> None:
    """The distance has twice its tail, but 5 at least; the level its own, but 1.5 at least."""
    factors = np.ones((6, 1, 2), np.float16)
    ground = Ground(factors, np.array([[1, 20]], np.float16), np.array([[2, 4]], np.float16))
    limits = ground.limits(1, 2)

    assert limits.factors.shape == (6, 1, 2)
    assert limits.distance.tolist() == [[5, 8]]
    assert limits.level.tolist() == [[1.5, 20]]


def test_evidence_by_hand() -> None:
    """(2, 3, 6) is 7 standard deviations, 1.4 thresholds; its mean is 11/3 levels, 2.4 thresholds of 1.5."""
    difference = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    difference[10, 20] = (2, 3, 6)
    evidence = evidence_of(difference, difference.mean(axis=2))

    assert evidence[10, 20] == pytest.approx(1.4)
    assert np.count_nonzero(evidence) == 1


def test_beside_what_is_of_high_contrast_the_faint_counts_less() -> None:
    """A quarter of the contrast within 0.04 W, and a twelfth of it within 0.12 W, may be haze and reflections."""
    difference = np.zeros((HEIGHT, WIDTH, 3), np.float32)
    difference[10, 20], difference[10, [22, 28, 40]] = 96, 8
    evidence = evidence_of(difference, difference.mean(axis=2))

    assert evidence[10, 22] == pytest.approx(1 / 3)
    assert evidence[10, 28] == pytest.approx(1)
    assert evidence[10, 40] == pytest.approx(8 * 3**0.5 / 5)


def test_a_frame_that_is_louder_as_a_whole_is_compared_at_its_own_scale() -> None:
    random = np.random.default_rng(0)
    difference = random.normal(0, 1, (HEIGHT, WIDTH, 3)).astype(np.float32)
    difference[20:30, 20:30] = 6
    plain, loud = (evidence_of(scale * difference, np.full((HEIGHT, WIDTH), 50, np.float32)) for scale in (1, 4))

    assert np.median(plain[20:30, 20:30]) > 2
    assert np.median(loud) == pytest.approx(np.median(plain), rel=0.1)


def test_covariance_of_ground() -> None:
    """Uᵀ U is the inverse of the covariance of the smoothed differences plus 1."""
    random = np.random.default_rng(0)
    common = random.normal(0, 12, (64, HEIGHT, WIDTH, 1))
    images = np.rint(100 + common * [1, 0.5, -0.5] + random.normal(0, 3, (64, HEIGHT, WIDTH, 3))).astype(np.uint8)
    with gather(ArraySource(images), 64) as stack:
        samples = SampleDifferences.of(stack, PLANE)
    expected = np.cov(samples.signed[:, 10:-10, 10:-10].reshape(-1, 3).T)
    upper = np.zeros((3, 3))
    upper[np.triu_indices(3)] = learn_ground(samples).factors[:, 10:-10, 10:-10].mean(axis=(1, 2), dtype=np.float64)

    assert np.linalg.inv(upper.T @ upper) - np.eye(3) == pytest.approx(expected, rel=0.1, abs=0.5)


def test_the_tail_of_normal_noise() -> None:
    ground = ground_of(noisy(), PLANE)

    assert float(np.median(ground.tail)) == pytest.approx(2.5 * 0.68, rel=0.15)  # of Σ + 1, with Σ = 0.84 levels²


@pytest.mark.parametrize("level", [60, 7], ids=["strong", "faint"])
def test_what_stands_for_a_while_is_no_ground(level: int) -> None:
    """A block that stands in a third of the samples, strong or faint, changes nothing of what is learnt there."""
    images = noisy()
    images[10:31, 20:40, 30:60] += np.uint8(level)
    there, before = ground_of(images, PLANE), ground_of(noisy(), PLANE)
    block = np.s_[22:38, 32:58]

    assert float(there.level[block].max()) < 1.2 * float(before.level[block].max())
    assert float(there.factors[0][block].min()) > 0.8 * float(before.factors[0][block].min())


def test_where_samples_do_not_count_the_surroundings_do() -> None:
    class Nowhere:
        def small(self, height: int, width: int) -> npt.NDArray[np.bool_]:
            valid = np.ones((64, height, width), np.bool_)
            valid[:, 20:40, 30:60] = False
            return valid

    images = noisy()
    images[:, 20:40, 30:60] = 180
    with gather(ArraySource(images), 64) as stack:
        ground = learn_ground(SampleDifferences.of(stack, PLANE), Nowhere())  # type: ignore[arg-type]  # a stub

    assert float(ground.factors[0, 30, 45]) == pytest.approx(float(ground.factors[0, 10, 10]), rel=0.2)
    assert (float(ground.level[30, 45]), float(ground.tail[30, 45])) == (2, 2.5)


def naive_quantile_of_runs(values: Floats, left_out: npt.NDArray[np.bool_]) -> Floats:
    """Each pixel by itself: the 0.6 quantile over eight runs of the 0.9 quantile of what is not left out."""
    result = np.full(values.shape[1:], np.inf, np.float32)
    for y, x in np.ndindex(result.shape):
        runs = []
        for part, out in zip(np.array_split(values[:, y, x], 8), np.array_split(left_out[:, y, x], 8), strict=True):
            if len(part) and np.count_nonzero(~out) >= len(part) / 2:
                runs.append(np.quantile(part[~out], 0.9))
        if runs:
            result[y, x] = np.quantile(runs, 0.6)
    return result


@pytest.mark.parametrize("count", [8, 40])
def test_quantile_of_runs(count: int) -> None:
    random = np.random.default_rng(count)
    values = random.exponential(1, (count, 4, 5)).astype(np.float32)
    left_out = random.random((count, 4, 5)) < np.linspace(0, 1, 5)

    assert quantile_of_runs(values, left_out) == pytest.approx(naive_quantile_of_runs(values, left_out), rel=1e-5)
