"""The kernels against their plain twins, against exhaustive search and against scikit-learn."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

from stillplate import kernels
from stillplate.errors import ParameterError
from stillplate.kernels import _native
from tests import naive

Bytes = npt.NDArray[np.uint8]


@pytest.fixture(params=_native.isas())
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each instruction set this machine has."""
    _native.use_isa(request.param)
    yield request.param
    _native.use_isa(_native.isas()[-1])


def scene(rng: np.random.Generator, shape: tuple[int, ...], noise: float = 3.0) -> Bytes:
    """Samples (T, H, W, 3) of a ground with noise, and some other colours in front of it now and then."""
    ground = rng.uniform(20, 235, (1, *shape[1:3], 3))
    front = rng.uniform(0, 255, (*shape[:3], 3))
    hidden = rng.random((*shape[:3], 1)) < rng.uniform(0, 0.6, (1, *shape[1:3], 1))
    samples = np.where(hidden, front, ground) + rng.normal(0, noise, (*shape[:3], 3))
    return np.clip(np.rint(samples), 0, 255).astype(np.uint8)


def colours_of(samples: Bytes, keep: npt.NDArray[np.bool_] | None = None) -> list[naive.Colour]:
    return [tuple(x) for t, x in enumerate(samples.tolist()) if keep is None or keep[t]]


def expect_plate(
    images: Bytes, clusters: int, weights: Any = None, valid: Any = None, threads: int | None = None
) -> None:
    """Hold `plate` to the twin: the clusters come from `cluster`, of the valid samples; the rest is the twin's."""
    made = np.empty((*images.shape[1:3], -(-len(images) // 8)), np.uint8)
    image, support, noise = kernels.dominant_cluster(
        images, clusters=clusters, weights=weights, valid=valid, makers=made, threads=threads
    )
    made = np.unpackbits(made, axis=2, bitorder="little").astype(bool)
    for y, x in np.ndindex(images.shape[1:3]):
        keep = np.ones(len(images), bool) if valid is None else valid[:, y, x]
        colours, labels = colours_of(images[:, y, x], keep), []
        if colours:
            labels = kernels.cluster(images[keep][:, y, x : x + 1], clusters=clusters)[0][:, 0].tolist()
        votes = None if weights is None else weights[keep, y, x].tolist()
        colour, share, spread = naive.pixel_plate(colours, labels, votes, len(images))

        assert image[y, x].tolist() == colour
        assert support[y, x] == share
        assert noise[y, x] == spread
        assert made[y, x, : len(images)][keep].tolist() == expected_makers(colours, labels, votes, len(images))
        assert not made[y, x, : len(images)][~keep].any()


def expected_makers(
    colours: list[naive.Colour], labels: list[int], weights: list[float] | None, samples: int
) -> list[bool]:
    if not colours:
        return []
    votes = [1] * len(colours) if weights is None else naive.whole_votes(weights, samples)
    return naive.makers(labels, weights, naive.ranking(colours, labels, votes)[0], samples)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 63, 64, 65, 128, 130, 208, 209, 256])
def test_plate_equals_its_twin(count: int, isa: str) -> None:
    expect_plate(scene(np.random.default_rng(count), (count, 3, 7, 3)), 2)


@pytest.mark.parametrize("clusters", range(1, 9))
@pytest.mark.parametrize("count", [1, 6, 20, 65])
def test_plate_with_any_number_of_clusters_equals_its_twin(clusters: int, count: int) -> None:
    expect_plate(scene(np.random.default_rng(clusters), (count, 2, 5, 3)), clusters)


@pytest.mark.parametrize("shape", [(1, 1), (1, 67), (67, 1), (5, 13), (8, 8), (9, 129)])
@pytest.mark.parametrize("clusters", [2, 3])
def test_plate_of_odd_sizes(shape: tuple[int, int], clusters: int) -> None:
    expect_plate(scene(np.random.default_rng(3), (7, *shape, 3)), clusters)


@pytest.mark.parametrize("count", [1, 2, 5, 64, 130, 300])
@pytest.mark.parametrize("clusters", [2, 3])
def test_votes_and_validity_equal_the_twin(count: int, clusters: int, isa: str) -> None:
    rng = np.random.default_rng(count)
    images = scene(rng, (count, 4, 9, 3))
    weights = rng.random(images.shape[:3], np.float32) ** 3
    weights[rng.random(weights.shape) < 0.3] = 0
    # Up to 208 samples two clusters are found another way: keep what is valid on the same side.
    valid = rng.random(weights.shape) < rng.uniform(0.8 if count > 208 else 0, 1, (1, 4, 9))
    expect_plate(images, clusters, weights, None)
    expect_plate(images, clusters, None, valid)
    expect_plate(images, clusters, weights, valid)


def test_odd_votes_count_as_none() -> None:
    images = scene(np.random.default_rng(1), (9, 2, 3, 3))
    weights = np.random.default_rng(2).random((9, 2, 3), np.float32)
    weights[0], weights[1], weights[2] = np.nan, -1, -np.inf
    clean = np.where(weights > 0, weights, 0).astype(np.float32)

    odd, expected = kernels.dominant_cluster(images, weights=weights), kernels.dominant_cluster(images, weights=clean)

    assert [a.tobytes() for a in odd] == [a.tobytes() for a in expected]


def test_one_each_is_the_majority() -> None:
    images = scene(np.random.default_rng(5), (64, 5, 7, 3))
    ones = np.full((64, 5, 7), 0.25, np.float32)

    assert [a.tobytes() for a in kernels.dominant_cluster(images, weights=ones)] == [
        a.tobytes() for a in kernels.dominant_cluster(images)
    ]


def test_without_any_vote_the_majority_is_taken_with_no_support() -> None:
    images = scene(np.random.default_rng(6), (15, 3, 4, 3))
    image, support, noise = kernels.dominant_cluster(images, weights=np.zeros((15, 3, 4), np.float32))
    majority, _, spread = kernels.dominant_cluster(images)

    assert (image == majority).all()
    assert (noise == spread).all()
    assert not support.any()


def test_without_a_valid_sample_all_is_zero() -> None:
    images = scene(np.random.default_rng(7), (5, 2, 2, 3))
    for clusters in (1, 2, 4):
        for result in kernels.dominant_cluster(images, clusters=clusters, valid=np.zeros((5, 2, 2), bool)):
            assert not result.any()


@pytest.mark.parametrize("clusters", range(1, 9))
def test_constant_input_is_its_own_plate(clusters: int) -> None:
    images = np.broadcast_to(np.array([7, 0, 255], np.uint8), (12, 3, 5, 3))
    image, support, noise = kernels.dominant_cluster(images, clusters=clusters)

    assert (image == images[0]).all()
    assert (support == 1).all()
    assert not noise.any()


def test_a_case_solved_by_hand() -> None:
    """Three grounds and two walkers: {100, 102, 104} and {200, 220} on red; the rest is 50."""
    red = [100, 200, 102, 220, 104]
    images = np.array([[[[r, 50, 50]]] for r in red], np.uint8)
    image, support, noise = kernels.dominant_cluster(images)
    labels, inertia = kernels.cluster(images[:, 0])

    assert image.tolist() == [[[102, 50, 50]]]
    assert support[0, 0] == np.float32(3 / 5)
    assert noise[0, 0] == np.float32(np.sqrt((4 + 0 + 4) / 9))
    assert labels[:, 0].tolist() == [0, 1, 0, 1, 0]
    assert inertia.tolist() == [8 + 200]


def test_the_median_of_an_even_number_is_rounded_half_up() -> None:
    images = np.array([10, 13, 200], np.uint8).repeat(3).reshape(3, 1, 1, 3)

    assert kernels.dominant_cluster(images)[0].tolist() == [[[12, 12, 12]]]


def test_equal_votes_go_to_the_tighter_cluster_then_to_the_earlier() -> None:
    tighter = np.array([0, 10, 200, 202], np.uint8).repeat(3).reshape(4, 1, 1, 3)
    earlier = np.array([200, 0, 2, 202], np.uint8).repeat(3).reshape(4, 1, 1, 3)

    assert kernels.dominant_cluster(tighter)[0].tolist() == [[[201, 201, 201]]]
    assert kernels.dominant_cluster(earlier)[0].tolist() == [[[201, 201, 201]]]
    assert kernels.dominant_cluster(earlier[::-1])[0].tolist() == [[[201, 201, 201]]]
    assert kernels.dominant_cluster(earlier[[1, 0, 2, 3]])[0].tolist() == [[[1, 1, 1]]]


@pytest.mark.parametrize("clusters", [2, 3, 5, 8])
@pytest.mark.parametrize("count", [3, 20, 64, 130, 250])
def test_clusters_are_a_fixpoint_in_falling_order(clusters: int, count: int) -> None:
    samples = scene(np.random.default_rng(clusters * count), (count, 1, 12, 3), noise=20)[:, 0]
    labels, inertia = kernels.cluster(samples, clusters=clusters)
    for p in range(12):
        colours, label = colours_of(samples[:, p]), labels[:, p].tolist()

        assert naive.is_fixpoint(colours, label)
        assert naive.ranking(colours, label, [1] * count) == list(range(len(set(label))))
        assert inertia[p] == pytest.approx(float(naive.inertia(colours, label)), rel=1e-12, abs=1e-9)


def test_two_clusters_of_few_samples_reach_the_optimum() -> None:
    """All partitions tried: at least 99 % of random pixels, which have no clusters at all, reach the best there is."""
    rng = np.random.default_rng(11)
    reached = tried = 0
    for count in (2, 3, 4, 5, 6, 7):
        samples = rng.integers(0, 256, (count, 40, 3), np.uint8)
        _, inertia = kernels.cluster(samples)
        for p in range(40):
            best = float(naive.best_inertia(colours_of(samples[:, p]), 2))
            reached, tried = reached + (inertia[p] <= best * (1 + 1e-9)), tried + 1

    assert reached >= 0.99 * tried


def walkers(rng: np.random.Generator, count: int, pixels: int) -> Bytes:
    """Samples (T, P, 3) of a noisy ground, and of three things of one colour each that pass now and then."""
    colours = rng.uniform(20, 235, (pixels, 4, 3))
    shown = np.where(rng.random((count, pixels)) < 0.6, 0, rng.integers(1, 4, (count, pixels)))
    samples = colours[np.arange(pixels), shown] + rng.normal(0, 4, (count, pixels, 3))
    return np.clip(np.rint(samples), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(("clusters", "count", "share"), [(2, 20, 0.99), (2, 64, 0.99), (3, 64, 0.98), (4, 64, 0.98)])
def test_inertia_is_as_low_as_ten_restarts_of_scikit_learn(clusters: int, count: int, share: float) -> None:
    samples = walkers(np.random.default_rng(count), count, 100)
    _, inertia = kernels.cluster(samples, clusters=clusters)
    best = restarts(samples, clusters)

    assert (inertia <= best * (1 + 1e-9) + 1e-6).mean() >= share


@pytest.mark.parametrize("clusters", [2, 3, 5])
@pytest.mark.parametrize("cloud", [True, False])
def test_colours_without_that_many_clusters_are_as_well_parted_as_by_scikit_learn(clusters: int, cloud: bool) -> None:
    """Noise, or colours all over the cube, have many local optima; no method finds the best of them every time."""
    rng = np.random.default_rng(64)
    samples = scene(rng, (64, 1, 60, 3), noise=6)[:, 0] if cloud else walkers(rng, 64, 60)
    _, inertia = kernels.cluster(samples, clusters=clusters)
    best = restarts(samples, clusters)

    assert inertia.sum() <= best.sum() * (1 + 1e-9)
    assert (inertia < best * (1 - 1e-9)).sum() >= (inertia > best * (1 + 1e-9)).sum()


def restarts(samples: Bytes, clusters: int) -> npt.NDArray[np.float64]:
    peer = KMeans(clusters, n_init=10, random_state=0)
    with threadpool_limits(1):
        return np.array([peer.fit(samples[:, p].astype(float)).inertia_ for p in range(samples.shape[1])])


@settings(max_examples=40)
@given(
    images=hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 3), st.integers(1, 40), st.just(3))),
    clusters=st.integers(1, 8),
    seed=st.integers(0, 99),
)
def test_plates_have_the_right_shapes_and_do_not_depend_on_order_or_threads(
    images: Bytes, clusters: int, seed: int
) -> None:
    image, support, noise = kernels.dominant_cluster(images, clusters=clusters, threads=1)
    order = np.random.default_rng(seed).permutation(len(images))
    shuffled = kernels.dominant_cluster(images[order], clusters=clusters, threads=3)
    labels, _ = kernels.cluster(images.reshape(len(images), -1, 3), clusters=clusters)
    sizes = np.sort([(labels == k).sum(axis=0) for k in range(clusters)], axis=0)
    alone = np.ones(len(support.ravel()), bool) if clusters == 1 else sizes[-1] != sizes[-2]
    alone = alone.reshape(support.shape)  # equal votes may be decided by time, see `plate`

    assert image.shape == images.shape[1:]
    assert support.shape == noise.shape == images.shape[1:3]
    assert ((support > 0) & (support <= 1)).all()
    assert (image[alone] == shuffled[0][alone]).all()
    assert (support[alone] == shuffled[1][alone]).all()
    assert (noise[alone] == shuffled[2][alone]).all()


@pytest.mark.parametrize("clusters", [1, 2, 3, 8])
@pytest.mark.parametrize("count", [6, 64, 220])
def test_every_instruction_set_and_thread_count_gives_the_same_bytes(clusters: int, count: int) -> None:
    rng = np.random.default_rng(count)
    images = scene(rng, (count, 40, 240, 3) if clusters < 3 and count < 209 else (count, 3, 24, 3), noise=4)
    options: dict[str, Any] = {"clusters": clusters, "weights": rng.random(images.shape[:3], np.float32)}
    options["valid"] = rng.random(images.shape[:3]) < 0.9
    results = []
    for isa in _native.isas():
        _native.use_isa(isa)
        for threads in (1, 5):
            plain = kernels.dominant_cluster(images, clusters=clusters, threads=threads)
            full = kernels.dominant_cluster(images, **options, threads=threads)
            results.append([a.tobytes() for a in (*plain, *full)])

    assert all(result == results[0] for result in results)


def test_views_and_read_only_arrays_are_taken_as_they_are() -> None:
    images = scene(np.random.default_rng(8), (9, 12, 20, 3))
    band, flipped = images[::2, 3:7], images[:, :, ::-1]
    images.flags.writeable = False

    assert (kernels.dominant_cluster(band)[0] == kernels.dominant_cluster(band.copy())[0]).all()
    assert (kernels.dominant_cluster(flipped)[0] == kernels.dominant_cluster(images)[0][:, ::-1]).all()


def test_an_empty_picture_gives_empty_results() -> None:
    image, support, noise = kernels.dominant_cluster(np.empty((3, 0, 5, 3), np.uint8))

    assert (image.shape, support.shape, noise.shape) == ((0, 5, 3), (0, 5), (0, 5))


def frame_and_plate(rng: np.random.Generator, height: int, width: int) -> tuple[Bytes, Bytes]:
    plate = rng.integers(0, 256, (height, width, 3), np.uint8)
    near = np.clip(plate + rng.integers(-30, 31, plate.shape), 0, 255).astype(np.uint8)
    return np.where(rng.random((height, width, 1)) < 0.3, rng.integers(0, 256, plate.shape, np.uint8), near), plate


@pytest.mark.parametrize("shape", [(1, 1), (3, 171)])
@pytest.mark.parametrize("common", [0.5, 1.0])
def test_difference_of_colour(shape: tuple[int, int], common: float, isa: str) -> None:
    image, plate = frame_and_plate(np.random.default_rng(0), *shape)
    weights = (0.2, 0.5, 0.3)
    expected = naive.colour_difference(image, plate, weights, common)

    assert kernels.difference(image, plate, weights, common=common) == pytest.approx(expected, abs=1e-3)
    assert not kernels.difference(np.full_like(plate, 90), np.full_like(plate, 40), common=1.0).any()
    with pytest.raises(ParameterError, match="common"):
        kernels.difference(image, plate, common=1.5)


@pytest.mark.parametrize("shape", [(1, 1), (1, 511), (3, 171), (2, 700), (513, 1)])
@pytest.mark.parametrize("weights", [(1 / 3, 1 / 3, 1 / 3), (1.0, 1.0, 1.0), (0.299, 0.587, 0.114), (0.0, 1.0, 0.0)])
def test_difference_mask_and_foreground_equal_their_twins(
    shape: tuple[int, int], weights: tuple[float, float, float], isa: str
) -> None:
    rng = np.random.default_rng(shape[1])
    image, plate = frame_and_plate(rng, *shape)
    distance = naive.difference(image, plate, weights)
    thresholds = rng.uniform(0, 60, shape).astype(np.float32)

    assert (kernels.difference(image, plate, weights) == distance).all()
    for threshold in (-1.0, 0.0, 0.1, 20.0, 33.3, 84.9, 85.0, 250.0, 255.0, 1e9, float("inf"), thresholds):
        expected = distance > np.float64(threshold) if np.ndim(threshold) == 0 else distance > threshold
        mask, foreground = kernels.mask_foreground(image, plate, threshold, weights)

        assert (kernels.mask(image, plate, threshold, weights) == expected).all()
        assert (mask == expected).all()
        assert (foreground == naive.foreground(image, expected)).all()
        assert (kernels.foreground(image, expected) == foreground).all()


def test_whole_thresholds_compare_whole_sums() -> None:
    """With three thirds, D > n is sum > 3n for every sum and every n: no rounding at the border."""
    sums = np.arange(766)
    image = np.stack([np.clip(sums - 255 * c, 0, 255) for c in range(3)], axis=-1).astype(np.uint8)[None]
    plate = np.zeros_like(image)
    for n in range(256):
        assert (kernels.mask(image, plate, n)[0] == (sums > 3 * n)).all()
        assert (kernels.mask(image, plate, np.full((1, 766), n, np.float32))[0] == (sums > 3 * n)).all()


def test_results_are_written_into_given_buffers() -> None:
    image, plate = frame_and_plate(np.random.default_rng(9), 40, 50)
    mask, cut, kept = np.empty((40, 50), bool), np.empty((40, 50, 3), np.uint8), np.empty((40, 50, 3), np.uint8)
    results = kernels.mask_foreground(image, plate, 20.0, out=(mask, cut), threads=2)

    assert results[0] is mask
    assert results[1] is cut
    assert kernels.mask(image, plate, 20.0, out=mask) is mask
    assert kernels.foreground(image, mask, out=kept) is kept
    assert (kept == cut).all()


PICTURE, FRAMES = np.zeros((4, 5, 3), np.uint8), np.zeros((2, 4, 5, 3), np.uint8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kernels.dominant_cluster(FRAMES.astype(np.float32)), "images is a float32 array"),
        (lambda: kernels.dominant_cluster(FRAMES[0]), "shape"),
        (lambda: kernels.dominant_cluster([1, 2]), "images is a list"),  # type: ignore[arg-type]  # the point of the test
        (lambda: kernels.dominant_cluster(FRAMES[:0]), "samples is 0"),
        (lambda: kernels.dominant_cluster(np.zeros((4097, 1, 1, 3), np.uint8)), "samples is 4097"),
        (lambda: kernels.dominant_cluster(FRAMES, clusters=0), "clusters is 0"),
        (lambda: kernels.dominant_cluster(FRAMES, clusters=9), "clusters is 9"),
        (lambda: kernels.dominant_cluster(FRAMES, threads=0), "threads=0"),
        (lambda: kernels.dominant_cluster(FRAMES, makers=np.zeros((4, 5, 2), np.uint8)), r"\(4, 5, 1\)"),
        (lambda: kernels.dominant_cluster(FRAMES, weights=np.ones((2, 4, 5), np.float64)), "weights is a float64"),
        (lambda: kernels.dominant_cluster(FRAMES, weights=np.ones((2, 4, 6), np.float32)), r"\(2, 4, 6\)"),
        (lambda: kernels.dominant_cluster(FRAMES, valid=np.ones((2, 4, 5), np.uint8)), "valid is a uint8"),
        (lambda: kernels.cluster(PICTURE, clusters=12), "clusters is 12"),
        (lambda: kernels.mask(PICTURE, PICTURE[1:], 20.0), "plate is a"),
        (lambda: kernels.mask(PICTURE, PICTURE, float("nan")), "threshold"),
        (lambda: kernels.mask(PICTURE, PICTURE, np.zeros((4, 4), np.float32)), "threshold is a"),
        (lambda: kernels.mask(PICTURE, PICTURE, 20.0, (1.0, 1.0)), "weights"),
        (lambda: kernels.difference(PICTURE, PICTURE, (1.0, -1.0, 1.0)), "weights"),
        (lambda: kernels.mask(PICTURE, PICTURE, 20.0, out=np.empty((5, 4), bool)), "out is a bool"),
        (lambda: kernels.mask(PICTURE, PICTURE, 20.0, out=np.empty((5, 4), bool).T), "C-contiguous"),
        (lambda: kernels.foreground(PICTURE, np.zeros((5, 4), bool)), "mask is a bool"),
    ],
)
def test_a_wrong_argument_is_named(call: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        call()
