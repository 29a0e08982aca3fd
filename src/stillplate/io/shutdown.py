"""SIGINT and SIGTERM: clean up, or exit hard after 10 s."""

from __future__ import annotations

import os
import signal
import threading
import time
from types import FrameType

from stillplate.io.atomic import discard_unfinished

__all__ = ["CODES", "exit_on_signals"]

CODES = {signal.SIGINT: 130, signal.SIGTERM: 143}  # exit codes, as a shell reports these signals
GRACE = 10.0  # seconds from the signal to the hard exit


def exit_on_signals(*numbers: signal.Signals) -> None:
    """Install handlers that unwind the main thread on these signals, so that partial outputs are removed."""
    for number in numbers:
        signal.signal(number, _on_signal)


def _on_signal(number: int, frame: FrameType | None) -> None:
    code = CODES[signal.Signals(number)]
    threading.Thread(target=_exit_after_grace, args=(code,), daemon=True).start()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(code)


def _exit_after_grace(code: int) -> None:
    """Exit hard if unwinding takes too long: an interrupt can leave an internal lock of Python taken forever."""
    time.sleep(GRACE)
    discard_unfinished()
    os._exit(code)
