"""Outputs appear whole or not at all: written beside their place, renamed when done."""

from __future__ import annotations

import atexit
import itertools
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from stillplate.errors import EncodeError, ParameterError

__all__ = [
    "PIPES",
    "RAW",
    "PartialOutput",
    "atomic_output",
    "check_not_among",
    "check_output",
    "check_own",
    "discard_unfinished",
    "kept_together",
    "readable",
    "resolve_links",
    "sweep",
]

EXISTS = "{path}: exists already: choose another name than {path.name}, or allow it with overwrite=True"

PARTIAL = re.compile(r"\..*\.(\d+)\.\d+\.partial.*", re.DOTALL)  # the number is that of the process that writes it
RAW = "raw:"  # standard output without a header; with what the header would tell after it, standard input
PIPES = ("-", "pipe:", RAW)  # names of standard input and output; these replace nothing
_serial = itertools.count()  # two outputs of one process never share a temporary name


def check_output(path: Path, *, overwrite: bool, source: Path | None = None, folder: bool | None = None) -> None:
    """Refuse an output that would lose something, before any work is done.

    An empty folder counts as nothing there; "-", "pipe:" and "raw:" are standard output. `folder` says what `path` is
    to become, where the caller knows: a file never takes a folder's place, nor a folder a file's.

    Raises
    ------
    ParameterError
        If `path` is the input or would lie among its images, is in a folder that does not exist, exists and
        `overwrite` is false, or is something that no output may replace: a device, a folder where a file is to be, a
        file where a folder is to be.
    """
    if str(path) in PIPES:
        return
    if source is not None and resolve_links(path) == resolve_links(source):
        raise ParameterError(f"{path}: the output is the input itself: choose another path")
    if source is not None and source.is_dir() and resolve_links(path.parent) == resolve_links(source):
        raise ParameterError(f"{path}: the output would lie among the input's images: choose another folder")
    if path.is_dir():
        if folder is False:
            raise ParameterError(f"{path}: is a folder, but a file is to be written: name a file in it")
        if not overwrite and any(path.iterdir()):
            raise ParameterError(EXISTS.format(path=path))
    elif path.exists():
        if not path.is_file():
            raise ParameterError(f"{path}: is neither a file nor a folder: choose another path")
        if folder:
            raise ParameterError(f"{path}: is a file, but a folder is to be written: choose another path")
        if not overwrite:
            raise ParameterError(EXISTS.format(path=path))
    if not path.parent.is_dir():
        raise ParameterError(f"{path}: there is no folder {path.parent}: create it first")


def resolve_links(path: str | os.PathLike[str]) -> str:
    """Follow all links, as far as that goes: where they lead in a circle, `Path.resolve` raises before Python 3.13."""
    return os.path.realpath(path)


def check_not_among(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Refuse, with a ParameterError, an output that is one of the input's files."""
    taken = {resolve_links(path) for path in inputs}
    for path in outputs:
        if resolve_links(path) in taken:
            raise ParameterError(f"{path}: the output is one of the input's images: choose another path")


def readable(text: str) -> str:
    """Replace what no UTF-8 holds, such as bytes of another encoding in a file's name, so that it can be written."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def check_own(folder: Path, names: re.Pattern[str]) -> None:
    """Refuse, with a ParameterError, a folder that holds anything whose name is not such: it would be lost."""
    for entry in folder.iterdir() if folder.is_dir() else ():
        if not names.fullmatch(entry.name):
            raise ParameterError(f"{folder}: holds {entry.name}, which would be lost: name a new or an empty folder")


class PartialOutput:
    """An output in the making: write to `partial`, then `keep` or `discard` it.

    Parameters
    ----------
    path : Path
        Where the output will be.
    overwrite : bool
        Whether it may replace what is there, now and at the end.
    folder : bool, optional
        Whether it will be a folder, where the caller knows.

    Attributes
    ----------
    partial : Path
        The hidden file or folder to write, beside `path` and with its suffix, which picks the format. Not made yet.

    Raises
    ------
    ParameterError
        As `check_output`.
    """

    def __init__(self, path: Path, *, overwrite: bool, folder: bool | None = None) -> None:
        check_output(path, overwrite=overwrite, folder=folder)
        self.path = path
        self.partial = path.with_name(f".{path.stem[:40]}.{os.getpid()}.{next(_serial)}.partial{path.suffix}")
        self._overwrite, self._waits = overwrite, False
        _unfinished.add(self)

    def keep(self) -> None:
        """Put what was written in its place, at once or with the others that are `kept_together`.

        On any error it vanishes and what was there stays.
        """
        others = _together.get()
        if others is None:
            self.take_place()
        else:
            others.append(self)
            self._waits = True

    def check(self) -> None:
        """Refuse, as `check_output`, to take the place of what must stay."""
        check_output(self.path, overwrite=self._overwrite, folder=self.partial.is_dir())

    def take_place(self) -> None:
        """Put what was written in its place now."""
        try:
            self.check()
            if self.path.is_dir():
                self._replace_folder()
            else:
                self.partial.replace(self.path)
        except OSError as err:
            raise EncodeError(f"{self.path}: cannot be written: {err.strerror or err}") from err
        finally:
            self.drop()

    def discard(self) -> None:
        """Remove what was written so far, unless it waits to be kept together with others. Safe to call at any time."""
        if not self._waits:
            self.drop()

    def drop(self) -> None:
        """Remove what was written so far, in any case."""
        self._waits = False
        if self.partial.is_dir():
            shutil.rmtree(self.partial, ignore_errors=True)
        else:
            with suppress(OSError):  # it was never made, or the disk takes no orders any more
                self.partial.unlink()
        _unfinished.discard(self)

    def _replace_folder(self) -> None:
        """Swap the folders by renaming, so that one of the two is in place but for an instant."""
        old = self.partial.with_suffix(".old")
        self.path.rename(old)
        try:
            self.partial.rename(self.path)
        except OSError:
            old.rename(self.path)
            raise
        shutil.rmtree(old, ignore_errors=True)


_unfinished: set[PartialOutput] = set()
_together: ContextVar[list[PartialOutput] | None] = ContextVar("together", default=None)


@contextmanager
def kept_together() -> Iterator[None]:
    """Let all outputs that are kept meanwhile take their places at the end, or none of them, on an error."""
    outputs: list[PartialOutput] = []
    token = _together.set(outputs)
    try:
        yield
        for output in outputs:
            output.check()
        for output in outputs:
            output.take_place()
    finally:
        _together.reset(token)
        for output in outputs:
            output.drop()


@atexit.register
def discard_unfinished() -> None:
    """Leave nothing behind, whatever moment an interrupt came at."""
    for output in list(_unfinished):
        if f".{os.getpid()}." in output.partial.name:  # a forked process leaves its parent's alone
            output.drop()


def sweep(folder: Path) -> None:
    """Remove what processes that were killed have left half-written in a folder."""
    for path in folder.glob(".*.partial*"):
        made = PARTIAL.fullmatch(path.name)
        if made and not _alive(int(made[1])):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        pass
    return True


@contextmanager
def atomic_output(path: Path, *, overwrite: bool, folder: bool | None = None) -> Iterator[Path]:
    """Yield a path beside `path` to write to; on success it takes `path`'s place, on any error it vanishes.

    Works for files and folders alike. The temporary name keeps the suffix, which picks the format.

    Raises
    ------
    ParameterError
        As `check_output`.
    EncodeError
        If the system refuses to write it.
    """
    output = PartialOutput(path, overwrite=overwrite, folder=folder)
    try:
        yield output.partial
        output.keep()
    except OSError as err:
        raise EncodeError(f"{path}: cannot be written: {err.strerror or err}") from err
    finally:
        output.discard()
