"""Threads with bounded queues that read ahead of the caller and write behind it, and pass on errors to the caller."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

__all__ = ["DEPTH", "WriteBehind", "read_ahead"]

T = TypeVar("T")
DEPTH = 2  # frames: capacity of each queue of a render
POLL = 0.1  # seconds between checks whether the other thread has stopped


class _End:
    """The end of a stream, after the last item; holds the error that ended it, if any."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _BoundedQueue(Generic[T]):
    """A bounded queue in which an interrupt never leaves a lock held, as it can in `queue.Queue`.

    SimpleQueue puts and gets atomically; a second one holds a token for each free place.
    """

    def __init__(self, depth: int) -> None:
        self._items: SimpleQueue[T] = SimpleQueue()
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(depth):
            self._places.put(None)

    def put(self, item: T, stopped: Callable[[], bool]) -> bool:
        """Append an item as soon as there is a free place; return False if `stopped` became true before."""
        while not stopped():
            try:
                self._places.get(timeout=POLL)
            except Empty:
                continue
            self._items.put(item)
            return True
        return False

    def get(self, timeout: float | None = None) -> T:
        """Remove and return the first item; raise queue.Empty after the timeout."""
        item = self._items.get(timeout=timeout)
        self._places.put(None)
        return item


def read_ahead(items: Iterable[T], depth: int) -> Generator[T]:
    """Yield `items` in order while a thread fetches up to `depth` of the next ones.

    The thread ends when the iterator is exhausted or closed.
    """
    queue: _BoundedQueue[T | _End] = _BoundedQueue(depth)
    stop = threading.Event()

    def produce() -> None:
        error: BaseException | None = None
        iterator = iter(items)
        try:
            for item in iterator:
                if not queue.put(item, stop.is_set):
                    break
        except BaseException as err:  # noqa: BLE001  re-raised in the caller's thread
            error = err
        finally:
            if isinstance(iterator, Generator):
                iterator.close()
        queue.put(_End(error), stop.is_set)

    thread = threading.Thread(target=produce, name="stillplate-read", daemon=True)
    thread.start()
    try:
        while True:
            item = queue.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
    finally:
        stop.set()
        thread.join()


class WriteBehind(Generic[T]):
    """Calls `consume` with items, in order, in a separate thread that is at most `depth` items behind.

    Use as a context manager: leaving it waits for the last item; leaving it with an error drops the queued items.
    An error of `consume` is raised by the next `put`, or on leaving.
    """

    def __init__(self, consume: Callable[[T], None], depth: int) -> None:
        self._consume = consume
        self._queue: _BoundedQueue[T | _End] = _BoundedQueue(depth)
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="stillplate-write", daemon=True)

    def _work(self) -> None:
        try:
            while not self._stop.is_set():
                try:
                    item = self._queue.get(timeout=POLL)
                except Empty:
                    continue
                if isinstance(item, _End):
                    return
                self._consume(item)
        except BaseException as err:  # noqa: BLE001  re-raised in the caller's thread
            self._error = err
            self._stop.set()

    def put(self, item: T) -> None:
        """Queue an item, after waiting while `depth` items are queued."""
        if not self._queue.put(item, self._stop.is_set) and self._error is not None:
            raise self._error

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            self._stop.set()
        self._queue.put(_End(), self._stop.is_set)
        self._thread.join()
        if error is None and self._error is not None:
            raise self._error
