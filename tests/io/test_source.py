"""One contract, held by every source of frames."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from stillplate.errors import ParameterError, VideoOpenError
from stillplate.io.opening import open_sink, open_video
from stillplate.io.source import ArraySource, DeepSource, Frame, FrameSource, IteratorSource, as_rgb

FRAMES, HEIGHT, WIDTH = 30, 24, 32
LUMA = np.array([0.299, 0.587, 0.114])
Opener = Callable[[], FrameSource]


def pictures() -> npt.NDArray[np.uint8]:
    """Frames that differ from each other: grey levels, and a red square that walks."""
    images = np.empty((FRAMES, HEIGHT, WIDTH, 3), np.uint8)
    for index, image in enumerate(images):
        image[:] = 40 + 5 * index
        image[8:16, index % 24 : index % 24 + 8] = (200, 30, 60)
    return images


@pytest.fixture(params=["array", "grey array", "iterator", "mp4", "mkv", "mov", "webm", "avi", "folder"])
def opener(request: pytest.FixtureRequest, tmp_path: Path) -> Opener:
    images = pictures()
    name = str(request.param)
    if name == "array":
        return lambda: ArraySource(images)
    if name == "grey array":
        return lambda: ArraySource(images[:, :, :, 0])
    if name == "iterator":
        return lambda: IteratorSource(iter(images))
    path = str(tmp_path / "clip") + ("/" if name == "folder" else f".{name}")
    with open_sink(path, WIDTH, HEIGHT, Fraction(25)) as sink:
        for index, image in enumerate(images):
            sink.write(image, Fraction(index, 25))
    return lambda: open_video(path)


def key(frame: Frame) -> tuple[int, Fraction, bytes]:
    return frame.index, frame.time, frame.image.tobytes()


def test_it_is_a_source_and_knows_what_it_holds(opener: Opener) -> None:
    with opener() as source:
        assert isinstance(source, FrameSource)
        assert (source.info.width, source.info.height, source.info.rate) == (WIDTH, HEIGHT, Fraction(25))
        assert source.info.frames in (FRAMES, None)
        assert source.info.name


def test_frames_come_in_order_as_rgb_with_exact_times(opener: Opener) -> None:
    with opener() as source:
        frames = list(source)

    assert [frame.index for frame in frames] == list(range(FRAMES))
    assert [frame.time for frame in frames] == [Fraction(index, 25) for index in range(FRAMES)]
    for frame, expected in zip(frames, pictures(), strict=True):
        assert frame.image.shape == (HEIGHT, WIDTH, 3)
        assert frame.image.dtype == np.uint8
        assert frame.image.flags.c_contiguous
        assert np.abs(frame.image[-3:].astype(int) - expected[-3:]).max() <= 8


def test_iteration_starts_again(opener: Opener) -> None:
    with opener() as source:
        if isinstance(source, IteratorSource):
            list(source)
            with pytest.raises(VideoOpenError, match="read already"):
                list(source)
            return
        first = [key(frame) for frame in source]
        for _ in zip(source, range(3), strict=False):
            pass

        assert [key(frame) for frame in source] == first


def test_two_iterations_do_not_disturb_each_other(opener: Opener) -> None:
    with opener() as source:
        if isinstance(source, IteratorSource):
            return
        pairs = [(key(one), key(two)) for one, two in zip(source, source, strict=True)]

    assert all(one == two for one, two in pairs)


@pytest.mark.parametrize("wanted", [[], [0], [FRAMES - 1], [0, 1, 2], [3, 7, 19], [29, 30, 31], [99], list(range(30))])
def test_take_is_iteration_filtered(opener: Opener, wanted: list[int]) -> None:
    with opener() as source, opener() as other:
        expected = [key(frame) for frame in source if frame.index in wanted]

        assert [key(frame) for frame in other.take(wanted)] == expected


@pytest.mark.parametrize("wanted", [[], [3, 7, 19], [29, 30, 31]])
def test_deep_frames_are_the_same_frames(opener: Opener, wanted: list[int]) -> None:
    """By number, by time, and, but for rounding, by how bright they are; colour of half the size is drawn out finer."""
    with opener() as source, opener() as other:
        if not isinstance(source, DeepSource):
            return
        frames, deep = list(other.take(wanted)), list(source.take_deep(wanted))

    assert [(frame.index, frame.time) for frame in deep] == [(frame.index, frame.time) for frame in frames]
    assert all(one.image.dtype == np.uint16 for one in deep)
    for one, frame in zip(deep, frames, strict=True):
        assert np.quantile(np.abs((one.image / 257 - frame.image) @ LUMA), 0.9) <= 1


def test_close_may_come_twice_and_in_the_middle(opener: Opener) -> None:
    source = opener()
    frames = iter(source)
    next(frames)
    source.close()
    source.close()


def test_an_iterator_is_read_no_further_than_asked() -> None:
    images = iter(pictures())

    assert [frame.index for frame in IteratorSource(images).take([1, 3])] == [1, 3]
    assert len(list(images)) == FRAMES - 4


def test_as_rgb_says_what_it_needs() -> None:
    assert as_rgb(np.full((2, 3), 7, np.uint8), "it").tolist() == [[[7] * 3] * 3] * 2
    assert as_rgb(np.zeros((2, 3, 4), np.uint8), "it").shape == (2, 3, 3)
    with pytest.raises(ParameterError, match=r"it has dtype float64, but uint8"):
        as_rgb(np.zeros((2, 3)), "it")
    with pytest.raises(ParameterError, match=r"it has shape \(2, 3, 2\), but"):
        as_rgb(np.zeros((2, 3, 2), np.uint8), "it")


def test_empty_and_uneven_input_is_refused() -> None:
    with pytest.raises(ParameterError, match="N >= 1"):
        ArraySource(np.zeros((0, 2, 2, 3), np.uint8))
    with pytest.raises(VideoOpenError, match="is empty"):
        IteratorSource([])
    with pytest.raises(VideoOpenError, match="image 1 is 5x4, but the first is 3x2"):
        list(IteratorSource([np.zeros((2, 3), np.uint8), np.zeros((4, 5), np.uint8)]))
