from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np
import pytest

from stillplate.errors import DecodeError, ParameterError
from stillplate.io.source import ArraySource, Frame, IteratorSource
from stillplate.viewer.frame_cache import FrameCache
from stillplate.viewer.sampled_source import SampledSource

COUNT, HEIGHT, WIDTH = 40, 6, 8
SIZE = int(HEIGHT * WIDTH * 4.5) + 1  # bytes that one frame counts for


class Counted(ArraySource):
    """A source that notes which frames were decoded; some cannot be."""

    def __init__(self, broken: Sequence[int] = ()) -> None:
        images = np.arange(COUNT, dtype=np.uint8)[:, None, None, None].repeat(HEIGHT, 1).repeat(WIDTH, 2).repeat(3, 3)
        super().__init__(images)
        self.decoded: list[int] = []
        self._broken = set(broken)

    def take(self, indices: Sequence[int]) -> Iterator[Frame]:
        for frame in super().take(indices):
            if frame.index not in self._broken:
                self.decoded.append(frame.index)
                yield frame


def test_frames_come_by_number_in_any_order() -> None:
    with closing(FrameCache(Counted(), 100 * SIZE)) as frames:
        for number in (0, 39, 17, 16, 15, 3, 38):
            frame = frames.get(number)

            assert frame is not None
            assert (frame.index, int(frame.image[0, 0, 0])) == (number, number)


def test_there_is_nothing_outside_the_clip_and_where_nothing_can_be_decoded() -> None:
    with closing(FrameCache(Counted(broken=[5, 39]), 100 * SIZE)) as frames:
        assert [frames.get(number) is None for number in (-1, 4, 5, 6, 39, 40)] == [
            True,
            False,
            True,
            False,
            True,
            True,
        ]


def test_a_window_is_cut_at_the_ends() -> None:
    with closing(FrameCache(Counted(), 100 * SIZE)) as frames:
        assert [frame.index for frame in frames.window(-3, 2)] == [0, 1, 2]
        assert [frame.index for frame in frames.window(37, 50)] == [37, 38, 39]


def test_a_kept_frame_is_not_decoded_again() -> None:
    source = Counted()
    with closing(FrameCache(source, 100 * SIZE)) as frames:
        for number in (3, 4, 5, 4, 3, 5):
            frames.get(number)

    assert len(source.decoded) == len(set(source.decoded))


def test_few_frames_are_kept_where_there_is_little_memory() -> None:
    with closing(FrameCache(Counted(), 5 * SIZE)) as frames:
        for number in range(COUNT):
            frames.get(number)

        assert len(frames._kept) <= 5


def test_many_threads_get_their_own_frames() -> None:
    wrong: list[int] = []

    def ask(frames: FrameCache, numbers: Sequence[int]) -> None:
        for number in numbers:
            frame = frames.get(number)
            if frame is None or frame.index != number:
                wrong.append(number)

    with closing(FrameCache(Counted(), 6 * SIZE)) as frames:
        orders = [range(COUNT), range(COUNT - 1, -1, -1), [7, 30] * 10]
        threads = [threading.Thread(target=ask, args=(frames, order)) for order in orders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert wrong == []


def test_an_error_of_the_clip_reaches_the_caller() -> None:
    class Failing(Counted):
        def take(self, indices: Sequence[int]) -> Iterator[Frame]:
            raise DecodeError("the disk is gone")

    with closing(FrameCache(Failing(), 9 * SIZE)) as frames, pytest.raises(DecodeError, match="the disk is gone"):
        frames.get(3)


def test_a_clip_of_unknown_length_is_refused() -> None:
    with pytest.raises(ParameterError, match="read only once"):
        FrameCache(IteratorSource(iter([np.zeros((4, 4, 3), np.uint8)])), 100)


def test_sampled_frames_are_decoded_once() -> None:
    source = Counted()
    sampled = SampledSource(source, 10**6)
    first = [frame.index for frame in sampled.take([1, 5, 9])]
    again = [frame.index for frame in sampled.take([1, 2, 5, 9, 12])]

    assert (first, again) == ([1, 5, 9], [1, 2, 5, 9, 12])
    assert source.decoded == [1, 5, 9, 2, 12]


def test_sampled_frames_beyond_the_memory_are_decoded_again() -> None:
    source = Counted()
    sampled = SampledSource(source, 2 * HEIGHT * WIDTH * 3)
    for _ in range(2):
        assert [frame.index for frame in sampled.take([1, 5, 9])] == [1, 5, 9]

    assert source.decoded == [1, 5, 9, 9]
