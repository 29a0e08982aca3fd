"""Threads with bounded queues: read ahead of the caller, write behind it. Errors come back to the caller."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Generic, Self, TypeVar

__all__ = ["DEPTH", "WriteBehind", "mapped", "read_ahead"]

T = TypeVar("T")
R = TypeVar("R")
DEPTH = 4  # frames that each queue of a render may hold
POLL = 0.1  # seconds between looks at whether the other side still lives


class _End:
    """Follows the last item; carries the error that ended the stream early."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class _Line(Generic[T]):
    """A queue of bounded length, of which no interrupt leaves a lock taken as it may of `queue.Queue`.

    A SimpleQueue puts and gets in one step; a second one holds a token for each free place.
    """

    def __init__(self, depth: int) -> None:
        self._items: SimpleQueue[T] = SimpleQueue()
        self._places: SimpleQueue[None] = SimpleQueue()
        for _ in range(depth):
            self._places.put(None)

    def put(self, item: T, stopped: Callable[[], bool]) -> bool:
        """Append an item as soon as there is a place for it; tell whether that came before the line was stopped."""
        while not stopped():
            try:
                self._places.get(timeout=POLL)
            except Empty:
                continue
            self._items.put(item)
            return True
        return False

    def get(self, timeout: float | None = None) -> T:
        """Take the first item; raises queue.Empty when none comes in time."""
        item = self._items.get(timeout=timeout)
        self._places.put(None)
        return item


def read_ahead(items: Iterable[T], depth: int) -> Generator[T]:
    """Yield `items` in order while a thread fetches up to `depth` more.

    The thread ends with the iterator: when it is exhausted, closed or broken out of.
    """
    queue: _Line[T | _End] = _Line(depth)
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


def mapped(function: Callable[[T], R], items: Iterable[T], workers: int) -> Generator[R]:
    """Yield `function` of each of the items, in order, from so many threads; as many results more wait at most."""
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(workers, thread_name_prefix="stillplate-frame") as pool:
        try:
            for item in items:
                waiting.append(pool.submit(function, item))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()


class WriteBehind(Generic[T]):
    """Hands items to `consume` in a thread of its own, in order, at most `depth` behind.

    Use as a context manager: leaving it waits for the last item; leaving it with an error drops what is queued.
    An error of `consume` is raised by the next `put`, or on leaving.
    """

    def __init__(self, consume: Callable[[T], None], depth: int) -> None:
        self._consume = consume
        self._queue: _Line[T | _End] = _Line(depth)
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
        """Queue one item; waits while `depth` are queued already."""
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
