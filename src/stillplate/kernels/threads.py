"""Pieces of the work, on as many threads as there are processors."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from functools import cache

from stillplate.errors import KernelError

__all__ = ["processors", "spread"]


def spread(run: Callable[[int, int], None], pixels: int, threads: int | None, *, least: int, grain: int = 64) -> None:
    """Call `run(first, last)` on pieces of at least `least` pixels, from this thread and its helpers."""
    if threads is not None and threads < 1:
        raise KernelError(f"threads={threads} given; it must be 1 or more")
    workers = threads or processors()
    size = max(least, -(-pixels // (4 * workers) // grain) * grain)
    pieces = deque((first, min(first + size, pixels)) for first in range(0, pixels, size))

    def drain() -> None:
        while True:
            try:
                first, last = pieces.popleft()
            except IndexError:
                return
            run(first, last)

    helping = min(workers, len(pieces)) - 1
    helpers = [_pool(workers).submit(drain) for _ in range(helping)]
    try:
        drain()
    finally:
        wait(helpers)
    for helper in helpers:
        helper.result()


def processors() -> int:
    """Tell how many processors this process may use, which may be fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@cache
def _pool(workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(workers, thread_name_prefix="stillplate-kernel")


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pool.cache_clear)  # a child has none of its parent's threads
