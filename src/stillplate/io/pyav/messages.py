"""FFmpeg's error messages."""

from __future__ import annotations

__all__ = ["message_of"]


def message_of(error: Exception) -> str:
    """The message of an error on one line: FFmpeg's or the system's own where there is one."""
    return getattr(error, "strerror", None) or " ".join(str(error).split())
