"""Phases of a job, logged as they begin, since some have no frames to count."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["log_phase", "on_phase"]

LOGGER = logging.getLogger("stillplate")
LOGGER.addHandler(logging.NullHandler())  # or what nobody asked for would be printed


def log_phase(phase: str) -> None:
    """Log the start of a phase as an INFO record of the logger "stillplate", which has no handler by default."""
    LOGGER.info("%s", phase)


class _CallbackHandler(logging.Handler):
    def __init__(self, callback: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._callback = callback

    def emit(self, record: logging.LogRecord) -> None:
        self._callback(record.getMessage())


@contextmanager
def on_phase(callback: Callable[[str], None]) -> Iterator[None]:
    """Call `callback` with each phase that begins inside the `with` block."""
    handler, level = _CallbackHandler(callback), LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOGGER.setLevel(level)
        LOGGER.removeHandler(handler)
