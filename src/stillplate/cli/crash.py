"""Unexpected errors: one line for the user, and a file with the traceback for a report."""

from __future__ import annotations

import platform
import sys
import tempfile
import traceback
from pathlib import Path
from types import TracebackType

from stillplate.errors import without_secrets

__all__ = ["note_crash", "tell_of_crash"]


def note_crash(error: BaseException) -> str:
    """Write a traceback to a temporary file, and say in one line what to do with it.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    str
        What went wrong, and the path of the file; where none can be written, that of the disk to free.
    """
    told = without_secrets(" ".join(f"{type(error).__name__}: {error}".split()))[:200]
    from importlib.metadata import version

    facts = f"stillplate {version('stillplate')}, Python {platform.python_version()}, {platform.platform()}"
    lines = [facts, f"arguments: {sys.argv[1:]}", "", *traceback.format_exception(error)]
    try:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="backslashreplace", prefix="stillplate-crash-", suffix=".txt", delete=False
        ) as file:
            file.write(without_secrets("\n".join(lines)))
    except OSError as err:
        return f"this is a fault of stillplate itself, please report it ({told}); no details: {err.strerror or err}"
    return f"this is a fault of stillplate itself, please report it ({told}) with the file {Path(file.name)}"


def tell_of_crash(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Replace `sys.excepthook`: print one line."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    sys.stderr.write(f"stillplate: {note_crash(error)}\n")
