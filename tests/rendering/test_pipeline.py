import threading
import time
from collections.abc import Iterator

import pytest

from stillplate.rendering.pipeline import WriteBehind, read_ahead
from tests.patience import HANGS


def ours() -> list[threading.Thread]:
    return [
        thread for thread in threading.enumerate() if thread.name.startswith(("stillplate-read", "stillplate-write"))
    ]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    yield

    assert ours() == []


def test_reading_ahead_keeps_the_order() -> None:
    assert list(read_ahead(range(1000), 4)) == list(range(1000))


def test_reading_ahead_is_bounded() -> None:
    """No more is fetched than the depth, the item in hand and the one being put."""
    fetched: list[int] = []

    def items() -> Iterator[int]:
        for item in range(100):
            fetched.append(item)
            yield item

    stream = read_ahead(items(), 3)
    next(stream)
    time.sleep(0.3)
    stream.close()

    assert len(fetched) <= 5


def test_error_of_the_source_reaches_the_caller_after_what_came_before() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise RuntimeError("broken")

    stream = read_ahead(items(), 4)

    assert next(stream) == 1
    with pytest.raises(RuntimeError, match="broken"):
        next(stream)


def test_leaving_the_loop_frees_the_source() -> None:
    closed = threading.Event()

    def items() -> Iterator[int]:
        try:
            yield from range(10**9)
        finally:
            closed.set()

    for item in (stream := read_ahead(items(), 2)):
        if item == 5:
            break
    stream.close()

    assert closed.wait(5)


def test_writing_behind_keeps_the_order_and_finishes() -> None:
    written: list[int] = []
    with WriteBehind(written.append, 3) as writer:
        for item in range(500):
            writer.put(item)

    assert written == list(range(500))


def test_error_of_the_writer_reaches_the_caller() -> None:
    def consume(item: int) -> None:
        if item == 3:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), WriteBehind(consume, 2) as writer:
        for item in range(10_000):
            writer.put(item)


def test_error_of_the_last_item_reaches_the_caller() -> None:
    def consume(item: int) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"), WriteBehind(consume, 8) as writer:
        writer.put(0)


def test_error_of_the_caller_drops_what_is_queued() -> None:
    written: list[int] = []

    def consume(item: int) -> None:
        writer._stop.wait(HANGS)
        written.append(item)

    writer = WriteBehind(consume, 8)
    with pytest.raises(KeyboardInterrupt), writer:
        for item in range(8):
            writer.put(item)
        raise KeyboardInterrupt

    assert written in ([], [0])
