"""Addresses of objects in storage (s3://bucket/clip.mp4) as paths, beside those of files. No driver is loaded here.

What an address hides, credentials and signatures, stays in this file and goes to the storage only: the text of an
`Address` is without it.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING, Any

from stillplate.errors import StillplateError
from stillplate.io.schemes import ADDRESS, LIVE, WEB, scheme_of

if TYPE_CHECKING:
    from stillplate.io.ranges import Ranges

__all__ = ["Address", "as_path", "is_address", "spelled", "text_of", "walk"]

USER = re.compile(r"(?:[^/@]*|[^/@:]+:(?!\d+/)[^@]*)@")  # credentials, before the name of the host
QUERY = re.compile(r"\?[^?]*=.*$")  # such as a signature; elsewhere ? is of a glob

_given: dict[str, str] = {}  # by the text of an address: as the user gave it, where that says more
_users: dict[str, str] = {}  # credentials by scheme and host, for other addresses of that host


def is_address(path: str | os.PathLike[str]) -> bool:
    """Whether the path is the address of an object in storage."""
    scheme = scheme_of(path)
    return bool(scheme) and scheme not in ("file", *LIVE)


def as_path(path: str | os.PathLike[str]) -> Path:
    """Return the path as a `Path`, which is an `Address` where it is one."""
    return Address.of(os.fspath(path)) if is_address(path) else Path(path)


def text_of(path: str | os.PathLike[str]) -> str:
    """The text of a path for people: of an address, without credentials and signature."""
    return str(as_path(path)) if is_address(path) else os.fspath(path)


def spelled(path: Path) -> str:
    """The text by which another process can open the path, credentials included: not for people."""
    return path.full if isinstance(path, Address) else str(path)


def walk(folder: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Walk the tree of a folder from above, as `os.walk`: folders that are taken out of the list are not entered."""
    if isinstance(folder, Address):
        yield from folder.walked()
        return
    for parent, folders, files in os.walk(folder):
        yield Path(parent), folders, files


class Address(Path, PurePosixPath):
    """The address of an object, or of what is like a folder there, with the methods of `Path` that are used here.

    Its text is without credentials and query. What is missing raises `FileNotFoundError`, as of a file; what the
    storage refuses or cannot do, a `VideoError`.
    """

    __slots__ = ()

    @classmethod
    def of(cls, text: str) -> Address:
        """Return the address of a text, and remember what it hides."""
        found = ADDRESS.match(text)
        if found is None:
            return cls(text)
        scheme, rest = found[1].lower(), text[found.end() :]
        user = USER.match(rest)
        rest = rest[user.end() :] if user else rest
        shown = rest.partition("?")[0] if scheme in WEB else QUERY.sub("", rest)
        address = cls(f"{scheme}:/{shown}")
        if user:
            _users[_host(str(address))] = user[0]
        whole = f"{scheme}://{rest}"
        if whole != str(address):
            _given[str(address)] = whole
        return address

    @property
    def scheme(self) -> str:
        """The scheme, such as s3."""
        return self.parts[0].removesuffix(":")

    @property
    def full(self) -> str:
        """The text for the storage, with credentials and query: not for people."""
        text = _given.get(str(self), str(self))
        user = _users.get(_host(str(self)), "")
        return text.replace("://", f"://{user}", 1) if user else text

    def __str__(self) -> str:
        text = super().__str__()
        found = ADDRESS.match(text)
        return text if found is None else f"{found[1]}://{text[found.end() :]}"

    def __fspath__(self) -> str:
        return str(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Address.of, (self.full,)

    def absolute(self) -> Address:
        """Return the address itself."""
        return self

    def is_fifo(self) -> bool:
        """Return False."""
        return False

    def is_dir(self, **_: bool) -> bool:
        """Whether it is like a folder; on the web, whether it ends in /."""
        if self.scheme in WEB:
            return self.full.endswith("/")
        return self._kind() == "directory"

    def is_file(self, **_: bool) -> bool:
        """Whether there is an object."""
        return not (self.scheme in WEB and self.full.endswith("/")) and self._kind() == "file"

    def exists(self, **_: bool) -> bool:
        """Whether there is an object, or something like a folder."""
        return self.is_dir() or self.is_file()

    def _kind(self) -> str:
        from stillplate.io import remote

        try:
            return str(remote.info(self)["type"])
        except FileNotFoundError:
            return ""

    def stat(self, **_: bool) -> os.stat_result:
        """Return size and time of change, 0 where the storage has none."""
        from stillplate.io import remote

        found = remote.info(self)
        mode, size, changed = stat.S_IFREG, found["size"] or 0, remote.changed(found)
        return os.stat_result((mode, 0, 0, 0, 0, 0, size, 0, int(changed), 0), {"st_mtime": changed})

    def iterdir(self) -> Iterator[Address]:  # type: ignore[override]  # of its own kind
        """Yield what is in it."""
        from stillplate.io import remote

        folders, files = remote.listing(self)
        if self.scheme in WEB:
            for name in folders:
                Address.of(f"{self.full.rstrip('/')}/{name}/")
        for name in sorted([*folders, *files]):
            yield self / name

    def walked(self) -> Iterator[tuple[Address, list[str], list[str]]]:
        """Walk its tree, as `walk`."""
        from stillplate.io import remote

        folders, files = remote.listing(self)
        yield self, folders, files
        for name in folders:
            yield from (self / name).walked()

    def matching(self) -> list[Address]:
        """Return the objects and folders whose addresses match this one as a glob."""
        from stillplate.io import remote

        return [Address.of(text) for text in remote.matching(self)]

    def ranges(self) -> Ranges:
        """Return the object for reading by ranges; of all that are open, one keeps what was read."""
        from stillplate.io import remote

        return remote.ranges(self)

    def open(  # type: ignore[override]  # for reading
        self,
        mode: str = "r",
        *_: Any,
        encoding: str | None = None,
        errors: str | None = None,
        newline: str | None = None,
    ) -> IO[Any]:
        """Open the object for reading, by ranges."""
        from stillplate.io.ranges import RangeFile

        file = io.BufferedReader(RangeFile(self.ranges(), str(self)))
        return file if "b" in mode else io.TextIOWrapper(file, encoding=encoding, errors=errors, newline=newline)

    def read_bytes(self) -> bytes:
        """Return the whole object."""
        from stillplate.io import remote

        return remote.read(self)

    def read_text(self, encoding: str | None = None, *_: Any, **__: Any) -> str:
        """Return the whole object as text."""
        return self.read_bytes().decode(encoding or "utf-8")

    def is_taken(self) -> bool:
        """Whether there is an object, or one below it. What may not be asked is not there: it is put without replacing.

        Raises
        ------
        VideoError
            If the storage fails, or there is no bucket.
        """
        from stillplate.io import remote

        return remote.is_taken(self)

    def put(self, local: Path, *, overwrite: bool) -> None:
        """Put a file here, or the files of a folder below it, each object whole or not at all.

        Raises
        ------
        ParameterError
            If there is one already, and it may not be replaced.
        EncodeError
            If the storage refuses or fails; none of the objects then stays.
        """
        from stillplate.io import remote

        if not local.is_dir():
            remote.upload(local, self, overwrite=overwrite)
            return
        files = sorted(path for path in local.rglob("*") if path.is_file())
        if overwrite:
            self.take_back()
        try:
            for file in files:
                remote.upload(file, self.joinpath(*file.relative_to(local).parts), overwrite=overwrite)
        except StillplateError:
            self.take_back()
            raise

    def take_back(self) -> None:
        """Remove the object, or all below it, if there is any."""
        if self.is_file():
            self.unlink(missing_ok=True)
            return
        with suppress(FileNotFoundError):
            for parent, _, files in self.walked():
                for name in files:
                    (parent / name).unlink(missing_ok=True)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove the object.

        Raises
        ------
        FileNotFoundError
            If there is none, and it may not be missing.
        EncodeError
            If the storage refuses or fails.
        """
        from stillplate.io import remote

        try:
            remote.remove(self)
        except FileNotFoundError:
            if not missing_ok:
                raise

    def mkdir(self, *_: Any, **__: Any) -> None:
        """Do nothing: storage has objects, and folders where objects are."""

    def rmdir(self) -> None:
        """Do nothing, as `mkdir`."""


def _host(text: str) -> str:
    scheme, _, rest = text.partition("://")
    return f"{scheme}://{rest.partition('/')[0]}"
