"""What a job is at, told as it comes to it: some phases have no frames to count."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["enter", "heard"]

LOGGER = logging.getLogger("stillplate")


def enter(phase: str) -> None:
    """Tell that a phase begins: an INFO record of the logger "stillplate", which nobody hears by default."""
    LOGGER.info("%s", phase)


class _Hearing(logging.Handler):
    def __init__(self, hear: Callable[[str], None]) -> None:
        super().__init__(logging.INFO)
        self._hear = hear

    def emit(self, record: logging.LogRecord) -> None:
        self._hear(record.getMessage())


@contextmanager
def heard(hear: Callable[[str], None]) -> Iterator[None]:
    """Call `hear` with each phase that begins meanwhile."""
    handler, level = _Hearing(hear), LOGGER.level
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    try:
        yield
    finally:
        LOGGER.setLevel(level)
        LOGGER.removeHandler(handler)
