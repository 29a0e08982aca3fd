"""How a program of ours ends when it is told to: tidily or, where that takes too long, at once."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType

from stillplate.io.atomic import discard_unfinished

__all__ = ["CODES", "listen"]

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}  # what a shell reports of a program that was ended by them
GRACE = 10.0  # seconds


def listen(*numbers: signal.Signals) -> None:
    """From now on, unwind and remove what is half-written when one of these signals comes; for the main thread."""
    for number in numbers:
        signal.signal(number, _end)


def _end(number: int, frame: FrameType | None) -> None:
    code = CODES[signal.Signals(number)]
    threading.Thread(target=_end_at_last, args=(code,), daemon=True).start()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(code)


def _end_at_last(code: int) -> None:
    """An interrupt can leave one of Python's own locks taken, between two steps, and threads wait for it for good."""
    time.sleep(GRACE)
    discard_unfinished()
    os._exit(code)
