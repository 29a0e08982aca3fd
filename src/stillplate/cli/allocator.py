"""Memory that one thread frees, another takes again."""

from __future__ import annotations

from contextlib import suppress

__all__ = ["share_arenas"]

ARENAS = 2  # by default eight a processor: each would keep the frames that were freed in it
ARENA_MAX = -8  # the number of that option in <malloc.h>


def share_arenas() -> None:
    """Limit the arenas of the GNU C library; do nothing where there is another."""
    import ctypes

    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).mallopt(ARENA_MAX, ARENAS)
