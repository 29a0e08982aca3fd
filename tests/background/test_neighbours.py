"""The frames of a clip, each among those that may show what it hides."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

import stillplate
from stillplate.background.neighbours import accompanied
from stillplate.camera.path import CameraPath
from stillplate.errors import ParameterError
from stillplate.io.source import ArraySource, Frame, IteratorSource
from stillplate.plate.plate import Plate
from stillplate.sampling.span import Span, within
from stillplate.segmentation.likelihoods import OCTAVES, Likelihoods
from stillplate.segmentation.motion_shares import MotionShares
from stillplate.segmentation.neighbour import Surroundings

SIZE, COUNT = (32, 24), 180
BYTES = 3 * 32 * 24 + 4 * 480 * 360  # of a frame, and of what it is reduced to
PLENTY = 2**30
CLEAR, RED = (0.6, 0.2, 0.2, 0.7), (0.1, 0.3, 0.6, 0.1)
Pair = tuple[Frame, Surroundings | None]


class Reads(ArraySource):
    """Frames that are counted as they are read."""

    def __init__(self, images: npt.NDArray[np.uint8]) -> None:
        super().__init__(images, Fraction(25))
        self.scans, self.taken, self.left = 0, list[Sequence[int]](), 0

    def __iter__(self) -> Iterator[Frame]:
        self.scans += 1
        yield from super().take(range(len(self._images)))

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        self.taken.append(indices)
        try:
            yield from super().take(indices)
        finally:
            self.left += 1


@pytest.fixture
def clip() -> Reads:
    """Each frame has the grey of its number."""
    return Reads(np.repeat(np.arange(COUNT, dtype=np.uint8), 32 * 24 * 3).reshape(COUNT, 24, 32, 3))


def background(parallax: float = 2.0, red: Sequence[int] = (), count: int = COUNT) -> stillplate.Background:
    """Of a walking camera; what moves is in the left half of each frame. The ground of red frames is unclear."""
    matrices = np.tile(np.eye(3), (count, 1, 1))
    path = CameraPath(matrices, np.zeros(count, np.float32), np.full(count, 9, np.int32), "translation", SIZE, SIZE)
    likely = np.zeros((24, 32), np.float32)
    likely[:, :16] = 0.5
    some = np.ones((24, 32), np.float32)
    plate = Plate(np.zeros((24, 32, 3), np.uint8), some, some, some > 0, np.zeros((24, 32, 0), np.uint8))
    return stillplate.Background(
        plate, (Fraction(0),), stillplate.Noise.even(16), camera=path, parallax=parallax,
        likelihoods=Likelihoods.of((32, 24), [likely] * count, np.ones((2, len(OCTAVES) + 1))),
        motion_shares=MotionShares.of([RED if index in red else CLEAR for index in range(count)]),
    )  # fmt: skip


def numbers(pairs: Iterator[Pair]) -> dict[int, list[int]]:
    """Of each frame, those of its neighbours."""
    return {frame.index: [one.index for one in around.others] for frame, around in pairs if around is not None}


def expected(index: int, count: int = COUNT, reach: int = 64) -> list[int]:
    return [number for number in range(0, count, 4) if abs(number - index) <= reach]


def test_every_fourth_frame_up_to_64_before_and_after(clip: Reads) -> None:
    pairs = list(stillplate.with_neighbours(clip, background()))
    found = numbers(iter(pairs))

    assert [frame.index for frame, _ in pairs] == list(range(COUNT))
    assert all((frame.image == frame.index).all() for frame, _ in pairs)
    assert found == {index: expected(index) for index in range(COUNT)}
    assert len(found[90]) == 32
    assert (clip.scans, len(clip.taken)) == (1, 1)


def test_what_a_neighbour_is(clip: Reads) -> None:
    """Its own picture, at both sizes, and what moves in it, grown by a pixel of the map."""
    frame, around = list(stillplate.with_neighbours(clip, background()))[70]
    assert around is not None

    assert around.frame.index == frame.index
    assert around.frame.image is frame.image
    for one in (around.frame, *around.others):
        assert (one.image == one.index).all() and (one.small == one.index).all()
        assert one.small.shape == (360, 480, 3)
        assert one.movers[:, :255].all() and not one.movers[:, 255:].any()


def test_frames_whose_likelihood_is_not_known_may_move_anywhere(clip: Reads) -> None:
    """The clip goes on after the path; what comes then is no neighbour."""
    pairs = list(stillplate.with_neighbours(clip, background(count=150)))
    _, after = pairs[160]
    assert after is not None

    assert len(pairs) == COUNT
    assert after.frame.movers.all()
    assert [one.index for one in after.others] == expected(160, 150)


def test_frames_whose_ground_is_unclear_are_no_neighbours(clip: Reads) -> None:
    """Not even where the next clear one is farther than 64 frames away, nor is one that is taken in its place."""
    model = background(red=range(21, 140))
    assert model.motion_shares is not None
    unclear, found = set(model.motion_shares.unclear), numbers(stillplate.with_neighbours(clip, model))

    assert len(unclear) > 100
    assert found == {index: [one for one in expected(index) if one not in unclear] for index in range(COUNT)}
    assert found[0] == [0, 4, 8, 12, 16, 20]


@pytest.mark.parametrize(("neighbours", "reach"), [(0, 4), (3, 4), (5, 8), (9, 16), (32, 60), (1000, 64)])
def test_little_memory_has_few_neighbours(clip: Reads, neighbours: int, reach: int) -> None:
    """A quarter of it is theirs; at least one on each side is needed."""
    found = numbers(stillplate.with_neighbours(clip, background(), memory=4 * neighbours * BYTES))

    assert found == {index: expected(index, reach=reach) for index in range(COUNT)}


def test_a_camera_without_parallax_has_none(clip: Reads) -> None:
    """One that turns, one that stands, and one of which only the plate tells what moves: the clip is read once."""
    model = background()
    for other in (
        background(parallax=0),
        background(parallax=0.5),
        replace(model, likelihoods=None),
        replace(model, camera=None, likelihoods=None, motion_shares=None),
    ):
        pairs = list(stillplate.with_neighbours(clip, other))

        assert [around for _, around in pairs] == [None] * COUNT
        assert [frame.index for frame, _ in pairs] == list(range(COUNT))
    assert (clip.scans, clip.taken) == (4, [])


def test_what_can_be_read_once_has_none() -> None:
    images = (np.full((24, 32, 3), index, np.uint8) for index in range(9))
    pairs = list(stillplate.with_neighbours(images, background()))
    source = IteratorSource(np.full((24, 32, 3), index, np.uint8) for index in range(9))

    assert [(frame.index, int(frame.image.max()), around) for frame, around in pairs] == [
        (i, i, None) for i in range(9)
    ]
    assert len(list(accompanied(source, source, background(), PLENTY))) == 9


def test_another_clip_and_no_memory(clip: Reads) -> None:
    """Of any camera."""
    for model in (background(), replace(background(), camera=None, likelihoods=None, motion_shares=None)):
        with pytest.raises(ParameterError, match="is 20x10, but the background is of frames of 32x24: give the clip"):
            next(stillplate.with_neighbours(np.zeros((9, 10, 20, 3), np.uint8), model))
        with pytest.raises(ParameterError, match="memory is -1, but 0 bytes or more is needed"):
            next(stillplate.with_neighbours(clip, model, memory=-1))


@pytest.mark.parametrize("function", [stillplate.trace_camera, stillplate.fit])
def test_no_memory_elsewhere(clip: Reads, function: Callable[..., object]) -> None:
    with pytest.raises(ParameterError, match="memory is -1"):
        function(clip, memory=-1)


def test_a_span_in_the_middle(clip: Reads) -> None:
    """Neighbours before it are read, but none that is farther than 64 frames away."""
    span = Span.of(Fraction(100, 25), Fraction(110, 25))
    found = numbers(accompanied(within(clip, span), clip, background(), PLENTY))

    assert found == {index: expected(index) for index in range(100, 111)}
    assert min(clip.taken[0]) == 36


def test_leaving_early_ends_the_second_reading(clip: Reads) -> None:
    pairs = stillplate.with_neighbours(clip, background())
    next(pairs)
    before = clip.left
    pairs.close()
    gc.collect()

    assert (before, clip.left) == (0, 1)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists what is open")
def test_leaving_early_closes_the_file(tmp_path: Path) -> None:
    """Both readings of it; and the pictures are freed."""
    path, model = tmp_path / "clip.avi", background(count=100)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 25, SIZE)
    for index in range(100):
        writer.write(np.full((24, 32, 3), 2 * index, np.uint8))
    writer.release()
    pairs = stillplate.with_neighbours(path, model)
    frame, around = next(pairs)
    assert around is not None
    kept, during = weakref.ref(around.others[3].image), times_open(path)
    del frame, around
    pairs.close()
    gc.collect()

    assert (during, times_open(path)) == (2, 0)
    assert kept() is None
    assert numbers(stillplate.with_neighbours(path, model)) == {index: expected(index, 100) for index in range(100)}


def times_open(path: Path) -> int:
    return sum(link.resolve() == path.resolve() for link in Path("/proc/self/fd").iterdir())
