from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stillplate.errors import ParameterError, TooFewFramesError
from stillplate.io.source import ArraySource, Frame, IteratorSource
from stillplate.sampling.gather import choose, gather


def numbered(frames: int, height: int = 5, width: int = 7) -> np.ndarray:
    """Images that carry their own number in every pixel."""
    return np.repeat(np.arange(frames, dtype=np.uint8), height * width * 3).reshape(frames, height, width, 3)


@given(frames=st.integers(1, 5000), samples=st.integers(2, 200), seed=st.integers(0, 2**32))
def test_choice_is_stratified(frames: int, samples: int, seed: int) -> None:
    """One frame out of each equal part, strictly ascending; all frames of a short clip."""
    picks = choose(frames, samples, seed=seed)

    assert picks == sorted(set(picks))
    if frames <= samples:
        assert picks == list(range(frames))
    else:
        assert [pick * samples // frames for pick in picks] == pytest.approx(list(range(samples)), abs=1)
        assert len(picks) == samples
        assert picks[0] >= 0 and picks[-1] < frames


def test_choice_hangs_on_the_seed() -> None:
    assert choose(1000, 20, seed=1) == choose(1000, 20, seed=1)
    assert choose(1000, 20, seed=1) != choose(1000, 20, seed=2)


def test_gather_takes_the_chosen_frames() -> None:
    stack = gather(ArraySource(numbered(100)), 10, seed=3)

    assert stack.indices == tuple(choose(100, 10, seed=3))
    assert stack.times == tuple(Fraction(index, 25) for index in stack.indices)
    assert stack.rows(slice(0, 5))[:, 0, 0, 0].tolist() == list(stack.indices)


def test_gather_from_unknown_length_is_a_uniform_reservoir() -> None:
    """Every frame of an iterator has the same chance to be kept."""
    hits = np.zeros(40)
    for seed in range(400):
        stack = gather(IteratorSource(iter(numbered(40, 1, 1))), 8, seed=seed)
        assert len(stack) == 8
        assert list(stack.indices) == sorted(set(stack.indices))
        assert stack.rows(slice(0, 1))[:, 0, 0, 0].tolist() == list(stack.indices)
        hits[list(stack.indices)] += 1

    expected = 400 * 8 / 40
    assert abs(hits - expected).max() < 5 * np.sqrt(expected)


def test_short_clip_gives_all_frames() -> None:
    assert gather(ArraySource(numbered(5)), 64).indices == (0, 1, 2, 3, 4)
    assert gather(IteratorSource(iter(numbered(5))), 64).indices == (0, 1, 2, 3, 4)


class Overclaiming(ArraySource):
    """A container that promises ten times the frames it holds, as a truncated file does."""

    def __init__(self, images: np.ndarray) -> None:
        super().__init__(images)
        info = self.info
        self.info = type(info)(info.name, info.width, info.height, 10 * len(images))

    def __iter__(self):  # type: ignore[no-untyped-def]
        yield from (Frame(image, index, index / self.info.rate) for index, image in enumerate(self._images))


def test_clip_that_ends_early_is_sampled_over_what_there_is() -> None:
    stack = gather(Overclaiming(numbered(50)), 20, seed=0)

    assert len(stack) == 20
    assert max(stack.indices) > 30


def test_one_frame_is_too_few() -> None:
    with pytest.raises(TooFewFramesError, match="1 frame found, but at least 2"):
        gather(ArraySource(numbered(1)), 64)


@pytest.mark.parametrize("samples", [1, 0, -3])
def test_too_few_samples(samples: int) -> None:
    with pytest.raises(ParameterError, match="at least 2"):
        gather(ArraySource(numbered(9)), samples)


def test_progress_counts_the_samples() -> None:
    seen: list[tuple[int, int | None]] = []
    gather(ArraySource(numbered(30)), 3, progress=lambda done, total: seen.append((done, total)))

    assert seen == [(1, 3), (2, 3), (3, 3)]


class Uneven(ArraySource):
    """Frames that come ever more seldom, from a container that knows their mean rate only."""

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        for frame in super().take(indices):
            yield Frame(frame.image, frame.index, Fraction(frame.index**2, 2500))


@pytest.mark.parametrize("neighbours", [False, True])
def test_only_the_span_is_sampled(neighbours: bool) -> None:
    """From a source of known length and rate, from one that only passes, and from one whose rate tells nothing."""
    images = numbered(200)
    for source in (ArraySource(images), IteratorSource(iter(images)), Uneven(images)):
        with gather(source, 20, start=2, end=4.2, neighbours=neighbours) as stack:
            inside = range(71, 103) if isinstance(source, Uneven) else range(50, 106)
            assert set(stack.indices) <= set(inside)
            assert len(set(stack.indices)) == 20
            assert max(stack.indices) - min(stack.indices) > 0.7 * len(inside)
            assert stack.rows(slice(0, 5))[:, 0, 0, 0].tolist() == list(stack.indices)
            if neighbours:
                assert stack.small_neighbours is not None
                assert stack.small_neighbours[:, 0, 0, 0].tolist() == [index - 1 for index in stack.indices]


def test_a_short_span_gives_all_of_its_frames() -> None:
    for source in (ArraySource(numbered(90)), IteratorSource(iter(numbered(90)))):
        assert gather(source, 64, start=0.4, end=Fraction(15, 25)).indices == (10, 11, 12, 13, 14, 15)


def test_a_span_of_a_known_rate_is_stratified() -> None:
    stack = gather(ArraySource(numbered(200)), 10, seed=3, start=2, end=5.96)

    assert stack.indices == tuple(50 + pick for pick in choose(100, 10, seed=3))


def test_an_open_span_is_the_whole_clip() -> None:
    whole, spanned = (gather(ArraySource(numbered(100)), 10, start=start) for start in (None, 0))

    assert whole.indices == spanned.indices


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        (9, None, "no frame found from 9 s, .* the last of the clip is at 3.960 s"),
        (1, 1.01, "1 frame found from 1 s to 1.01 s, .* the last of the clip is at 3.960 s"),
        (None, 0, "1 frame found to 0 s"),
        (1.001, 1.002, "no frame found from 1.001 s to 1.002 s"),
    ],
)
def test_a_span_of_too_few_frames(start: float | None, end: float | None, message: str) -> None:
    for source in (ArraySource(numbered(100)), IteratorSource(iter(numbered(100)))):
        with pytest.raises(TooFewFramesError, match=message):
            gather(source, 64, start=start, end=end)
