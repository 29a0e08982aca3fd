"""The kernels of the vote against their plain twins: agreement of patches, clusters that join."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillplate import kernels
from stillplate.errors import ParameterError
from stillplate.kernels import _native
from tests import naive


@pytest.fixture(params=_native.isas())
def isa(request: pytest.FixtureRequest) -> Iterator[str]:
    """Each instruction set this machine has."""
    _native.use_isa(request.param)
    yield request.param
    _native.use_isa(_native.isas()[-1])


@pytest.mark.parametrize("shape", [(2, 1, 1), (5, 1, 9), (4, 9, 1), (3, 2, 33), (3, 8, 9), (6, 7, 23), (9, 5, 40)])
@pytest.mark.parametrize("full", [1, 10, 28])
def test_agreement_equals_its_twin(shape: tuple[int, int, int], full: int, isa: str) -> None:
    rng = np.random.default_rng(shape[1])
    pictures = rng.integers(100, 100 + 2 * full, (*shape, 3)).astype(np.uint8)
    votes = rng.random((2, *shape), np.float32)

    sums = kernels.patch_agreement(pictures, votes, full=full, sharpness=4.0)

    assert sums.dtype == np.float32
    np.testing.assert_allclose(sums, naive.patch_agreement(pictures, votes, full, 4.0), rtol=1e-5)


@pytest.mark.parametrize("most", [128, 3])
def test_who_does_not_hear_itself(most: int) -> None:
    """A sample's own vote is missing from its sum, where it is one of those that are heard."""
    rng = np.random.default_rng(0)
    pictures, votes = rng.integers(100, 120, (5, 6, 7, 3)).astype(np.uint8), rng.random((2, 5, 6, 7), np.float32)
    whole, others = (
        kernels.patch_agreement(pictures, votes, full=10, sharpness=4.0, most=most, own=own) for own in (True, False)
    )
    heard = [0, 1, 2, 3, 4] if most > 5 else [0, 2, 4]
    alone = kernels.patch_agreement(pictures[:1], votes[:, :1], full=10, sharpness=4.0, own=False)

    np.testing.assert_allclose((whole - others)[:, heard], votes[:, heard], rtol=1e-5)
    assert np.array_equal(np.delete(whole, heard, axis=1), np.delete(others, heard, axis=1))
    assert (alone == 0).all()


def test_agreement_by_hand() -> None:
    """One pixel in nine differs by half of what is full: the patch around it agrees with exp(-4 / 18)."""
    pictures = np.full((2, 5, 5, 3), 90, np.uint8)
    pictures[1, 2, 2, 1] = 95
    sums = kernels.patch_agreement(pictures, np.ones((1, 2, 5, 5), np.float32), full=10, sharpness=4.0)[0]

    assert sums[0, 2, 2] == pytest.approx(1 + np.exp(-4 / 18))
    assert sums[1, 1, 3] == pytest.approx(1 + np.exp(-4 / 18))
    assert sums[0, 0, 4] == 2


def test_edges_count_twice() -> None:
    pictures = np.full((2, 3, 3, 3), 90, np.uint8)
    pictures[1, 0, 0] = 200
    sums = kernels.patch_agreement(pictures, np.ones((1, 2, 3, 3), np.float32), full=10, sharpness=4.0)[0]

    assert sums[0, 0, 0] == pytest.approx(1 + np.exp(-4 * 4 / 9))
    assert sums[0, 0, 1] == pytest.approx(1 + np.exp(-4 * 2 / 9))


def test_of_many_samples_an_even_choice_is_heard() -> None:
    pictures = np.full((300, 9, 9, 3), 90, np.uint8)
    votes = np.ones((1, 300, 9, 9), np.float32)

    assert (kernels.patch_agreement(pictures, votes, full=10, sharpness=4.0, most=100) == 100).all()
    assert (kernels.patch_agreement(pictures, votes, full=10, sharpness=4.0, most=300) == 300).all()


@pytest.mark.parametrize("count", [2, 6, 64, 130])
@pytest.mark.parametrize("clusters", [2, 4])
@pytest.mark.parametrize("merge", [0.5, 6.0, 40.0])
def test_clusters_that_join_equal_their_twin(count: int, clusters: int, merge: float, isa: str) -> None:
    rng = np.random.default_rng(count)
    centres = rng.integers(60, 190, (3, 1, 4, 9, 3))
    mixed = np.choose(rng.integers(0, 3, (count, 4, 9, 1)), centres[:, 0]) + rng.integers(-5, 6, (count, 4, 9, 3))
    images = np.asarray(mixed, np.uint8)
    weights = rng.random((count, 4, 9), np.float32) ** 4
    made = np.empty((4, 9, -(-count // 8)), np.uint8)
    image, support, noise = kernels.dominant_cluster(
        images, clusters=clusters, weights=weights, merge=merge, makers=made
    )
    for y, x in np.ndindex(4, 9):
        colours = [tuple(colour) for colour in images[:, y, x].tolist()]
        labels = kernels.cluster(images[:, y, x : x + 1], clusters=clusters)[0][:, 0].tolist()
        votes = weights[:, y, x].tolist()
        parts = naive.joined(colours, labels, naive.whole_votes(votes, count), merge)
        colour, share, spread = naive.pixel_plate(colours, parts, votes, count)

        assert image[y, x].tolist() == colour
        assert support[y, x] == share
        assert noise[y, x] == spread
        winner = naive.ranking(colours, parts, naive.whole_votes(votes, count))[0]
        members = np.unpackbits(made[y, x], bitorder="little")[:count].astype(bool).tolist()
        assert members == naive.makers(parts, votes, winner, count)


def test_a_still_pixel_is_one_cluster() -> None:
    """Split by its noise, it would lose half of its samples; a passer-by stays out."""
    images = np.array([99, 99, 101, 101, 101, 240], np.uint8).repeat(3).reshape(6, 1, 1, 3)
    weights = np.array([1, 1, 1, 1, 1, 0.1], np.float32).reshape(6, 1, 1)
    image, support, _ = kernels.dominant_cluster(images[:5], merge=2.0)
    without, with_passer_by = (kernels.dominant_cluster(images, weights=weights, merge=merge) for merge in (0.0, 2.0))

    assert (image[0, 0, 0], support[0, 0]) == (101, 1)
    assert kernels.dominant_cluster(images[:5])[1][0, 0] == np.float32(3 / 5)
    assert without[0].tolist() == with_passer_by[0].tolist()


@settings(max_examples=20)
@given(count=st.integers(2, 20), height=st.integers(1, 12), width=st.integers(1, 40), threads=st.integers(1, 5))
def test_every_isa_and_thread_count_gives_the_same_bytes(count: int, height: int, width: int, threads: int) -> None:
    rng = np.random.default_rng(count)
    pictures = rng.integers(0, 60, (count, height, width, 3), np.uint8)
    votes = rng.random((1, count, height, width), np.float32)

    def run(isa: str, workers: int) -> list[bytes]:
        _native.use_isa(isa)
        sums = kernels.patch_agreement(pictures, votes, full=14, sharpness=4.0, threads=workers)
        plate = kernels.dominant_cluster(pictures, weights=votes[0], merge=5.0, threads=workers)
        return [part.tobytes() for part in (sums, *plate)]

    results = [run(isa, workers) for isa in _native.isas() for workers in (1, threads)]

    assert all(result == results[0] for result in results)


def test_no_pixel_gives_no_sum() -> None:
    sums = kernels.patch_agreement(
        np.empty((3, 0, 4, 3), np.uint8), np.empty((2, 3, 0, 4), np.float32), full=9, sharpness=1.0
    )

    assert sums.shape == (2, 3, 0, 4)


SMALL, ONES = np.zeros((2, 4, 5, 3), np.uint8), np.ones((1, 2, 4, 5), np.float32)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kernels.patch_agreement(SMALL, ONES[0], full=10, sharpness=4.0), "votes is a float32 array"),
        (lambda: kernels.patch_agreement(SMALL, ONES[:, :1], full=10, sharpness=4.0), "votes is a"),
        (lambda: kernels.patch_agreement(SMALL, ONES, full=0, sharpness=4.0), "full=0"),
        (lambda: kernels.patch_agreement(SMALL, ONES, full=29, sharpness=4.0), "full=29"),
        (lambda: kernels.patch_agreement(SMALL, ONES, full=10, sharpness=-1.0), "sharpness=-1"),
        (lambda: kernels.dominant_cluster(SMALL, merge=-1.0), "merge=-1"),
        (lambda: kernels.dominant_cluster(SMALL, merge=float("nan")), "merge=nan"),
    ],
)
def test_a_wrong_argument_is_named(call: Any, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        call()
