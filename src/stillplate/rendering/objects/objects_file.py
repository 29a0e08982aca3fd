"""A file of the objects of each frame, written while a clip is rendered."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from stillplate.errors import EncodeError
from stillplate.io.atomic import PartialOutput
from stillplate.rendering.objects.tracker import Tracked

__all__ = ["ObjectsFile", "TextFile"]


class ObjectsFile:
    """A file of the objects of each frame, in order; it appears complete on leaving the `with`, or not at all."""

    def __init__(
        self, path: Path, width: int, height: int, names: Sequence[str], *, overwrite: bool, folder: bool = False,
        px_per_mm: float | None = None, clip: str = "",
    ) -> None:  # fmt: skip
        self._path, self._size, self._names = path, (width, height), names
        self._px_per_mm, self._clip = px_per_mm, clip
        self._output = PartialOutput(path, overwrite=overwrite, folder=folder)
        try:
            self._begin(self._output.partial)
        except BaseException as err:
            self._output.discard()
            if isinstance(err, OSError):
                raise self._refused(err) from err
            raise

    def write(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        """Append the objects of the frame of this number, from 0, and time, in seconds."""
        try:
            self._append(objects, time, index)
        except OSError as err:
            raise self._refused(err) from err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        try:
            if kind is None:
                self._finish()
                self._output.keep()
        except OSError as err:
            raise self._refused(err) from err
        finally:
            self._abandon()
            self._output.discard()

    def _refused(self, err: OSError) -> EncodeError:
        return EncodeError(f"{self._path}: cannot be written: {err.strerror or err}: check the disk")

    def _begin(self, partial: Path) -> None:
        raise NotImplementedError

    def _append(self, objects: Sequence[Tracked], time: Fraction, index: int) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        """Write the end of the file."""

    def _abandon(self) -> None:
        """Close open files; safe after `_finish`."""


class TextFile(ObjectsFile):
    """A single text file."""

    _file: IO[str]

    def _begin(self, partial: Path) -> None:
        self._file = partial.open("w", encoding="utf-8", newline="")

    def _finish(self) -> None:
        self._file.close()

    def _abandon(self) -> None:
        with suppress(OSError):
            self._file.close()
