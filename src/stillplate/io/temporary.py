"""A temporary file that may be opened by its path while it is open here."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from pathlib import Path
from typing import BinaryIO

__all__ = ["TemporaryFile"]


class TemporaryFile:
    """A file in a temporary folder of its own; Windows lets nobody open a `tempfile.NamedTemporaryFile` again.

    It is deleted when it is closed, when nothing refers to it, and at exit.

    Attributes
    ----------
    file : binary file
        Open for writing and reading.
    path : Path
    """

    def __init__(self) -> None:
        folder = tempfile.mkdtemp(prefix="stillplate-")
        self.path = Path(folder, "copy")
        self.file = self.path.open("w+b")
        self._end = weakref.finalize(self, _delete, self.file, folder)

    def close(self) -> None:
        """Close and delete the file. Safe to call twice."""
        self._end()


def _delete(file: BinaryIO, folder: str) -> None:
    file.close()
    shutil.rmtree(folder, ignore_errors=True)
