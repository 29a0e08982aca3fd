"""Reading by ranges: the same bytes as of the object, in few requests."""

import io
import os

from hypothesis import given
from hypothesis import strategies as st

from stillplate.io import ranges
from stillplate.io.ranges import RangeFile, Ranges

DATA = bytes(range(251)) * 400


def opened(least: int = 64, most: int = 1024, data: bytes = DATA) -> tuple[Ranges, list[tuple[int, int]]]:
    fetched: list[tuple[int, int]] = []

    def fetch(start: int, end: int) -> bytes:
        assert 0 <= start < end <= len(data)
        fetched.append((start, end))
        return data[start:end]

    return Ranges(fetch, len(data), least, most), fetched


@given(
    st.lists(st.tuples(st.integers(0, 1200), st.integers(0, 300)), max_size=30),
    st.lists(st.tuples(st.integers(0, 900), st.integers(1, 200)), max_size=5),
    st.integers(0, 1000),
    st.integers(50, 500),
)
def test_any_reads_give_the_objects_bytes(
    reads: list[tuple[int, int]], expected: list[tuple[int, int]], size: int, kept: int
) -> None:
    data, before = DATA[:size], ranges.KEPT
    ranges.KEPT = kept
    try:
        parts, _ = opened(16, 100, data)
        parts.expect([(start, start + count) for start, count in expected])
        file, twin = io.BufferedReader(RangeFile(parts, "x"), 32), io.BytesIO(data)
        for start, count in reads:
            assert file.seek(start) == twin.seek(start)
            assert file.read(count) == twin.read(count)
        assert file.seek(-1, os.SEEK_END) == max(0, size - 1)
    finally:
        ranges.KEPT = before


def test_no_byte_is_fetched_twice_and_reading_on_takes_ever_more() -> None:
    parts, fetched = opened()
    file = RangeFile(parts, "x")
    assert b"".join(iter(lambda: file.read(50), b"")) == DATA
    assert [end - start for start, end in fetched[:7]] == [64, 128, 256, 512, 1024, 1024, 1024]
    assert [one[0] for one in fetched[1:]] == [one[1] for one in fetched[:-1]]
    count = len(fetched)
    file.seek(0)
    assert file.read(64) == DATA[:64] and len(fetched) == count
    other, again = opened()
    other.read(5000, 10)
    other.read(5000 - 40, 30)
    other.read(20, 1)
    assert again == [(5000, 5064), (4960, 5000), (20, 84)]


def test_what_is_expected_is_one_request_and_no_byte_more() -> None:
    parts, fetched = opened()
    parts.expect([(9000, 9500), (300, 700), (700, 800)])
    file = RangeFile(parts, "x")
    for place in (300, 420, 799, 9000, 9499):
        file.seek(place)
        assert file.read(1) == DATA[place : place + 1]
    file.seek(750)
    assert file.read(100) == DATA[750:800]  # a read across the end has what is there, and asks for no more
    assert fetched == [(300, 800), (9000, 9500)]


def test_skipped_bytes_are_zeros_without_a_request() -> None:
    parts, fetched = opened()
    file = RangeFile(parts, "x")
    file.skip(100, 5000)
    file.seek(90)
    assert file.read(20) == DATA[90:110]
    file.seek(200)
    assert io.BufferedReader(file, 8).read(20) == bytes(20)
    file.seek(4999)
    assert (file.read(9), file.read(3)) == (b"\0", DATA[5000:5003])
    assert fetched == [(90, 154), (5000, 5064)]


def test_little_is_kept() -> None:
    before = ranges.KEPT
    ranges.KEPT = 2000
    try:
        parts, fetched = opened()
        for place in range(0, 50_000, 500):
            parts.read(place, 1)
        assert sum(map(len, parts._parts.values())) <= 2000
        parts.read(0, 1)
        assert fetched[-1] == (0, 64)
    finally:
        ranges.KEPT = before
