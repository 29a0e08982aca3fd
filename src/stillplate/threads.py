"""Thread pools of kernels and of work on samples, with one thread per processor."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache
from importlib import import_module
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from stillplate.errors import KernelError

__all__ = ["load_beside", "map_samples", "mapped", "processors", "spread"]

CHUNKS = 8  # pieces of a thread's work on samples, so that no thread waits long for the last

T = TypeVar("T")
R = TypeVar("R")
_here = threading.local()  # `mapping` is true in the threads of `mapped`


def spread(run: Callable[[int, int], None], pixels: int, threads: int | None, *, least: int, grain: int = 64) -> None:
    """Call `run(first, last)` on ranges that partition `pixels` pixels, in this thread and in those of a pool.

    Parameters
    ----------
    run : callable
        Takes the first pixel of a range, and the pixel after its last.
    pixels : int
        Number of pixels.
    threads : int, optional
        Number of threads; by default one per processor, but this one alone where `mapped` calls it: its threads are
        as many as the processors.
    least : int
        Pixels per range, at least, except for the last range.
    grain : int
        A number of pixels of which the length of a range is a multiple, unless it is `least`.
    """
    if threads is not None and threads < 1:
        raise KernelError(f"threads={threads} given; it must be 1 or more")
    workers = threads or (1 if getattr(_here, "mapping", False) else processors())
    if workers == 1 and pixels:
        run(0, pixels)
        return
    size = max(least, -(-pixels // (4 * workers) // grain) * grain)
    pieces = deque((first, min(first + size, pixels)) for first in range(0, pixels, size))

    def drain() -> None:
        while True:
            try:
                first, last = pieces.popleft()
            except IndexError:
                return
            run(first, last)

    helpers = [_kernel_pool(workers).submit(drain) for _ in range(min(workers, len(pieces)) - 1)]
    try:
        drain()
    finally:
        wait(helpers)
    for helper in helpers:
        helper.result()


def processors() -> int:
    """Number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def map_samples(work: Callable[[int], T], count: int) -> list[T]:
    """Return `work(t)` for every sample t, computed in a pool separate from the kernels', which `work` may call."""
    size = max(1, count // (CHUNKS * processors()))
    chunks = [range(first, min(first + size, count)) for first in range(0, count, size)]
    done = _sample_pool().map(lambda chunk: [work(t) for t in chunk], chunks)
    return [result for results in done for result in results]


def load_beside(module: str) -> None:
    """Begin to import a module in a thread, while this one does what needs no lock of the interpreter's.

    Whoever imports it later waits for the rest, and has the error if there is one.
    """
    if module not in sys.modules:
        _sample_pool().submit(import_module, module)


def mapped(function: Callable[[T], R], items: Iterable[T], workers: int) -> Generator[R]:
    """Yield `function` of each item, in order, computed in `workers` threads, with up to as many results waiting.

    Those that map the results of others share the threads, so that no more run than there is work for; `function` must
    not wait for another of them.
    """
    calls, waiting = _calls(workers), deque[_Call[R]]()

    def first() -> R:
        result = waiting[0].result()  # an interrupt leaves it among those that are waited for
        waiting.popleft()
        return result

    try:
        for item in items:
            call = _Call(function, item)
            waiting.append(call)
            calls.put(call)
            if len(waiting) > workers:
                yield first()
        while waiting:
            yield first()
    finally:
        for call in waiting:
            call.cancel()
        for call in waiting:
            call.wait()


class _Call(Generic[R]):
    """A call of a function in another thread: what a Future is, with one lock in place of two and a condition."""

    __slots__ = ("_cancelled", "_done", "_error", "_function", "_item", "_result")
    _result: R

    def __init__(self, function: Callable[[T], R], item: T) -> None:
        self._function, self._item, self._cancelled = function, item, False
        self._error: BaseException | None = None
        self._done = threading.Lock()
        self._done.acquire()

    def run(self) -> None:
        """Call the function, unless that was cancelled."""
        try:
            if not self._cancelled:
                self._result = self._function(self._item)
        except BaseException as err:  # noqa: BLE001  re-raised in the caller's thread
            self._error = err
        self._done.release()

    def cancel(self) -> None:
        """Leave the call out if it has not begun."""
        self._cancelled = True

    def wait(self) -> None:
        """Wait for the end of the call."""
        with self._done:
            pass

    def result(self) -> R:
        """Wait for the end of the call; return its result or raise its error."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._result


@cache
def _calls(workers: int) -> SimpleQueue[_Call[Any] | None]:
    """Return a queue whose calls so many threads run."""
    calls: SimpleQueue[_Call[Any] | None] = SimpleQueue()

    def work() -> None:
        _here.mapping = True
        while (call := calls.get()) is not None:
            call.run()

    def end() -> None:
        """Let the threads end: one that returned from a kernel to an interpreter that is gone would abort."""
        for _ in threads:
            calls.put(None)
        for thread in threads:
            thread.join()

    names = (f"stillplate-frame_{number}" for number in range(workers))
    threads = [threading.Thread(target=work, name=name, daemon=True) for name in names]
    for thread in threads:
        thread.start()
    atexit.register(end)
    return calls


@cache
def _kernel_pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="stillplate-kernel")


@cache
def _sample_pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(processors(), thread_name_prefix="stillplate-sample")


if hasattr(os, "register_at_fork"):
    # a forked process has none of the threads of its parent
    os.register_at_fork(after_in_child=_calls.cache_clear)
    os.register_at_fork(after_in_child=_kernel_pool.cache_clear)
    os.register_at_fork(after_in_child=_sample_pool.cache_clear)
