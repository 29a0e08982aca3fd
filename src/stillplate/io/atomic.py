"""Atomic outputs: written to a temporary name beside the final one, renamed when complete."""

from __future__ import annotations

import atexit
import itertools
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from stillplate.errors import EncodeError, ParameterError, StillplateError
from stillplate.io.address import Address
from stillplate.io.processes import process_exists

__all__ = [
    "PIPES", "RAW", "PartialOutput", "atomic_output", "check_not_among", "check_output", "check_own",
    "discard_unfinished", "kept_together", "readable", "remove_stale", "resolve_links",
]  # fmt: skip

EXISTS = "{path}: exists already: choose another name than {path.name}, or allow it with overwrite=True"
PARTIAL = re.compile(r"\..*\.(\d+)\.\d+\.partial.*", re.DOTALL)  # a temporary name; its number is the process ID
RAW = "raw:"  # standard output without a header; followed by size, rate and pixel format, standard input
PIPES = ("-", "pipe:", RAW)  # names of standard input and output, which are no files
_serial = itertools.count()  # in each temporary name, so that two outputs of one process never share one


def check_output(path: Path, *, overwrite: bool, source: Path | None = None, folder: bool | None = None) -> None:
    """Raise ParameterError, before any work is done, if writing `path` would destroy something.

    An empty folder counts as absent; `PIPES` are standard output. `folder` says whether `path` will be a folder, if the
    caller knows: a file never replaces a folder, nor a folder a file.

    Raises
    ------
    ParameterError
        If `path` is the input or lies in its image folder; if its folder does not exist; if it exists and `overwrite`
        is false; or if no output may replace it: a device, a folder where a file is to be written, or the reverse.
    """
    if str(path) in PIPES:
        return
    if isinstance(path, Address):
        _check_address(path, overwrite=overwrite, source=source)
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


def _check_address(address: Address, *, overwrite: bool, source: Path | None) -> None:
    """Raise as `check_output`: an address needs no folder that exists, but a bucket."""
    if source is not None and address == source:
        raise ParameterError(f"{address}: the output is the input itself: choose another path")
    if source is not None and address.parent == source:
        raise ParameterError(f"{address}: the output would lie among the input's images: choose another folder")
    if not overwrite and address.is_taken():
        raise ParameterError(EXISTS.format(path=address))


def resolve_links(path: str | os.PathLike[str]) -> str:
    """Return the path with all links resolved; unlike `Path.resolve` before Python 3.13, never raise on a loop."""
    return os.path.realpath(path)


def check_not_among(outputs: Iterable[Path], inputs: Iterable[Path]) -> None:
    """Raise ParameterError if an output is one of the input's files."""
    taken = {resolve_links(path) for path in inputs}
    for path in outputs:
        if resolve_links(path) in taken:
            raise ParameterError(f"{path}: the output is one of the input's images: choose another path")


def readable(text: str) -> str:
    """Return the text with lone surrogates (undecodable bytes of a file name) replaced, so that UTF-8 can hold it."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def check_own(folder: Path, names: re.Pattern[str]) -> None:
    """Raise ParameterError if the folder holds an entry whose name does not match `names`: it would be lost."""
    for entry in folder.iterdir() if folder.is_dir() else ():
        if not names.fullmatch(entry.name):
            raise ParameterError(f"{folder}: holds {entry.name}, which would be lost: name a new or an empty folder")


class PartialOutput:
    """An output being written: write to `partial`, then `keep` or `discard` it.

    Parameters
    ----------
    path : Path
        Final path of the output.
    overwrite : bool
        Whether it may replace an existing output, now and at the end.
    folder : bool, optional
        Whether it will be a folder, if the caller knows.
    saved : bool
        Whether it is saved on this machine if it cannot be put to its address.

    Attributes
    ----------
    partial : Path
        The hidden file or folder to write, beside `path` and with the same suffix, which picks the format; for an
        address, in the folder of temporary files. The caller creates it.

    Raises
    ------
    ParameterError
        As `check_output`.
    """

    def __init__(self, path: Path, *, overwrite: bool, folder: bool | None = None, saved: bool = True) -> None:
        check_output(path, overwrite=overwrite, folder=folder)
        self.path, self.is_saved = path, saved and isinstance(path, Address)
        folder_of_it = Path(tempfile.gettempdir()) if isinstance(path, Address) else path.parent
        self.partial = folder_of_it / f".{path.stem[:40]}.{os.getpid()}.{next(_serial)}.partial{path.suffix}"
        self._overwrite, self._deferred = overwrite, False
        _unfinished.add(self)

    def keep(self) -> None:
        """Rename the output to its final path, at once or, inside `kept_together`, with the others.

        On any error it is removed and what was at `path` stays.
        """
        others = _deferred_outputs.get()
        if others is None:
            with kept_together():
                self.keep()
        else:
            others.append(self)
            self._deferred = True

    def check(self) -> None:
        """Raise ParameterError, as `check_output`, if the final path may not be replaced."""
        check_output(self.path, overwrite=self._overwrite, folder=self.partial.is_dir())

    def take_place(self) -> None:
        """Rename the output to its final path now, or put it to its address; then it stays at `partial`, too."""
        try:
            self.check()
            if isinstance(self.path, Address):
                self.path.put(self.partial, overwrite=self._overwrite)
            elif self.path.is_dir():
                self._replace_folder()
            else:
                self.partial.replace(self.path)
        except OSError as err:
            raise EncodeError(f"{self.path}: cannot be written: {err.strerror or err}") from err

    def take_back(self) -> None:
        """Remove what was put to an address, because another output could not be put to its own."""
        if isinstance(self.path, Address):
            with suppress(StillplateError, OSError):
                self.path.take_back()

    def discard(self) -> None:
        """Remove what was written, unless it is to be kept together with others. Safe to call at any time."""
        if not self._deferred:
            self.remove()

    def remove(self) -> None:
        """Remove what was written, in any case."""
        self._deferred = False
        if self.partial.is_dir():
            shutil.rmtree(self.partial, ignore_errors=True)
        else:
            with suppress(OSError):  # it was never created, or the disk has failed
                self.partial.unlink()
        _unfinished.discard(self)

    def _replace_folder(self) -> None:
        """Swap the folders by two renames, so that `path` is missing only between them."""
        old = self.partial.with_suffix(".old")
        self.path.rename(old)
        try:
            self.partial.rename(self.path)
        except OSError:
            old.rename(self.path)
            raise
        shutil.rmtree(old, ignore_errors=True)


_unfinished: set[PartialOutput] = set()
_deferred_outputs: ContextVar[list[PartialOutput] | None] = ContextVar("deferred_outputs", default=None)


@contextmanager
def kept_together() -> Iterator[Callable[[], None]]:
    """Keep all outputs of the `with` block at its end or, on an error, none of them.

    Yields
    ------
    callable
        Removes what was written so far: only what comes after it is kept.
    """
    outputs: list[PartialOutput] = []
    token = _deferred_outputs.set(outputs)

    def forget() -> None:
        while outputs:
            outputs.pop().remove()

    try:
        yield forget
        _take_places(outputs)
    finally:
        _deferred_outputs.reset(token)
        for output in outputs:
            output.remove()


def _take_places(outputs: Sequence[PartialOutput]) -> None:
    """Let outputs take their places; if one cannot, none stays at an address, and all for addresses are saved here."""
    number = 0
    try:
        for output in outputs:
            output.check()
        for number, output in enumerate(outputs):  # noqa: B007  of the one that fails
            output.take_place()
    except StillplateError as err:
        for earlier in outputs[:number]:
            earlier.take_back()
        raise _saved(err, [output for output in outputs if output.is_saved]) from None


def _saved(err: StillplateError, outputs: Sequence[PartialOutput]) -> StillplateError:
    """Move outputs that cannot be put to their addresses to a folder of this machine, and name it in the error."""
    if not outputs:
        return err
    try:
        folder = Path(tempfile.mkdtemp(prefix="stillplate-saved-"))
        for output in outputs:
            place = folder.joinpath(*output.path.parts[1:])
            place.parent.mkdir(parents=True, exist_ok=True)
            output.partial.replace(place)
    except OSError:
        return err
    return type(err)(f"{err}; what was made is in {folder}")


@atexit.register
def discard_unfinished() -> None:
    """Remove all unfinished outputs of this process; called at exit, also after an interrupt."""
    for output in list(_unfinished):
        if f".{os.getpid()}." in output.partial.name:  # not those of the parent of a forked process
            output.remove()


def remove_stale(folder: Path) -> None:
    """Remove the partial outputs in a folder, or for an address, whose processes no longer run."""
    place = Path(tempfile.gettempdir()) if isinstance(folder, Address) else folder
    for path in place.glob(".*.partial*"):
        match = PARTIAL.fullmatch(path.name)
        if match and not process_exists(int(match[1])):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def atomic_output(path: Path, *, overwrite: bool, folder: bool | None = None, saved: bool = True) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it to `path` on success, remove it on any error.

    For files and folders. The temporary name keeps the suffix, which picks the format. What is complete, but cannot be
    put to an address, is saved on this machine unless `saved` is false; the error tells where.

    Raises
    ------
    ParameterError
        As `check_output`.
    EncodeError
        If the system cannot write it.
    """
    output = PartialOutput(path, overwrite=overwrite, folder=folder, saved=saved)
    try:
        yield output.partial
        output.keep()
    except OSError as err:
        raise EncodeError(f"{path}: cannot be written: {err.strerror or err}") from err
    finally:
        output.discard()
