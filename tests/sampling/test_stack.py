from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stillplate.errors import ParameterError
from stillplate.io.source import Frame
from stillplate.sampling.stack import SampleStack
from stillplate.sampling.stack_builder import StackBuilder


def filled(images: np.ndarray, order: list[int], memory: int) -> SampleStack:
    """A stack whose frames were put in slots in the order given, as a reservoir does."""
    frames, height, width, _ = images.shape
    builder = StackBuilder(width, height, frames, memory)
    for slot, index in enumerate(order):
        builder.put(slot, Frame(images[index], index, Fraction(index, 30)))
    return builder.finish()


@settings(max_examples=30)
@given(
    frames=st.integers(1, 9),
    height=st.integers(1, 8),
    width=st.integers(1, 8),
    band=st.integers(1, 3000),
    data=st.data(),
)
def test_spilled_and_kept_stacks_give_the_same_bytes(
    frames: int, height: int, width: int, band: int, data: st.DataObject
) -> None:
    """Whatever the memory, the order of arrival and the bands: the frames come back in the order of time."""
    images = np.random.default_rng(frames).integers(0, 256, (frames, height, width, 3), np.uint8)
    order = data.draw(st.permutations(range(frames)))
    row = frames * width * 3
    for memory in (row, row * height):
        with filled(images, order, memory) as stack:
            pieces = list(stack.bands(band))

        assert stack.indices == tuple(range(frames))
        assert stack.times == tuple(Fraction(index, 30) for index in range(frames))
        assert np.array_equal(np.concatenate([piece for _, piece in pieces], axis=1), images)
        assert all(piece.nbytes <= max(band, row) for _, piece in pieces)


def test_slot_can_be_overwritten() -> None:
    images = np.arange(3, dtype=np.uint8).repeat(12).reshape(3, 2, 2, 3)
    builder = StackBuilder(2, 2, 2, memory=24)
    for slot, index in ((0, 0), (1, 1), (0, 2)):
        builder.put(slot, Frame(images[index], index, Fraction(index)))
    stack = builder.finish()

    assert stack.indices == (1, 2)
    assert np.array_equal(stack.rows(slice(0, 2)), images[1:])


def test_a_spilled_stack_is_read_where_files_have_one_place_for_all_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in Windows."""
    monkeypatch.delattr("os.preadv", raising=False)
    images = np.random.default_rng(0).integers(0, 256, (5, 40, 6, 3), np.uint8)
    with filled(images, [3, 0, 4, 1, 2], memory=90) as stack, ThreadPoolExecutor(4) as pool:
        bands = list(pool.map(lambda y: stack.rows(slice(y, y + 4)), range(0, 40, 4)))

    assert np.array_equal(np.concatenate(bands, axis=1), images)


def test_memory_below_one_row_is_refused() -> None:
    with pytest.raises(ParameterError, match="one row of 10 samples takes 300"):
        StackBuilder(10, 4, 10, memory=299)
