"""What a shell does with a command before the program sees it."""

from __future__ import annotations

import shlex
from pathlib import Path

__all__ = ["as_a_shell_would"]


def as_a_shell_would(command: str) -> list[str]:
    """The words of a command, those with a star being the files that there are."""
    words = [sorted(map(str, Path().glob(word))) if "*" in word else [word] for word in shlex.split(command)]
    return [name for names in words for name in names]
