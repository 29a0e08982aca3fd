"""How long the tests wait for what must end: a busy machine is no failure, and nothing is judged by the clock."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["HANGS", "wait_for"]

HANGS = 300.0  # seconds, after which a program is taken to hang


def wait_for(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + HANGS
    while not reached():
        assert time.monotonic() < until, "it hangs"
        time.sleep(0.02)
