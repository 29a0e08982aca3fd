"""Objects in storage: what there is, reading them by ranges or whole, and putting them whole."""

from __future__ import annotations

import io
import time
from contextlib import suppress
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

from stillplate.errors import VideoOpenError
from stillplate.io.failures import is_there
from stillplate.io.ranges import LEAST, MOST, Ranges
from stillplate.io.schemes import WEB
from stillplate.io.storage import NoRangesError, Place, fresh, is_web, tried
from stillplate.io.temporary import TemporaryFile

__all__ = ["changed", "info", "is_taken", "listing", "matching", "ranges", "read", "remove", "upload"]

BUCKETS = ("s3", "s3a", "gs", "gcs", "az", "abfs")
REMEMBERED = 2.0  # seconds for which what was found of an object is taken for true

_found: dict[str, tuple[float, dict[str, Any]]] = {}
_ranges: WeakValueDictionary[str, Ranges] = WeakValueDictionary()


def info(address: Place) -> dict[str, Any]:
    """Return what the storage tells of an object: its size, its type, and more by storage.

    Raises
    ------
    FileNotFoundError
        If there is none.
    VideoOpenError
        If it may not be asked for, or the storage fails.
    """
    at, found = _found.get(address.full, (0.0, {}))
    if time.monotonic() - at > REMEMBERED:
        found = tried(address, lambda storage, path: fresh(storage).info(path))
        _found[address.full] = time.monotonic(), found
    return found


def changed(found: dict[str, Any]) -> float:
    """Seconds since 1970 of an object's last change, from `info`; 0 where the storage does not tell."""
    for name in ("LastModified", "last_modified", "mtime", "updated", "created", "Last-Modified"):
        value = found.get(name)
        try:
            if isinstance(value, str):
                value = parsedate_to_datetime(value) if "," in value else datetime.fromisoformat(value)
        except ValueError:
            continue
        if isinstance(value, datetime):
            return value.timestamp()
        if isinstance(value, (int, float)):
            return float(value)
    return 0.0


def listing(address: Place) -> tuple[list[str], list[str]]:
    """Return the names of the folders and of the objects in what is like a folder."""
    folders, files = set[str](), set[str]()
    for entry in tried(address, lambda storage, path: fresh(storage).ls(path, detail=True)):
        name = str(entry["name"])
        if "?" in name and address.scheme in WEB:
            continue
        folder = entry["type"] == "directory" or name.endswith("/")
        name = name.rstrip("/").rpartition("/")[2]
        if not name or name == address.name:  # the folder's own object
            continue
        (folders if folder else files).add(name)
    return sorted(folders), sorted(files - folders)


def matching(pattern: Place) -> list[str]:
    """Return the addresses of the objects and folders that match a glob."""
    return tried(pattern, lambda storage, path: [storage.unstrip_protocol(one) for one in fresh(storage).glob(path)])


def is_taken(address: Place) -> bool:
    """Whether there is an object, or one below it; False also where that may not be asked.

    Raises
    ------
    VideoOpenError
        If the storage fails.
    """

    def look(storage: Any, path: str) -> bool:
        try:
            if is_web(storage):
                return bool(storage.exists(path, strict=False))
            return bool(fresh(storage).info(path))
        except PermissionError:
            return False

    try:
        return bool(tried(address, look))
    except FileNotFoundError:
        _check_bucket(address)
        return False


def _check_bucket(address: Place) -> None:
    """Raise EncodeError if the bucket of an address does not exist."""
    if address.scheme not in BUCKETS:
        return
    bucket, _, _ = address.full.partition("://")[2].partition("/")

    def look(storage: Any, _: str) -> None:
        with suppress(PermissionError):  # who may put objects may not be allowed to look at the bucket
            if not storage.exists(bucket):
                raise FileNotFoundError

    tried(address, look, writes=True)


def read(address: Place) -> bytes:
    """Return a whole object."""
    return bytes(tried(address, lambda storage, path: storage.cat_file(path)))


def ranges(address: Place, least: int = LEAST, most: int = MOST) -> Ranges:
    """Return an object for reading by ranges: the one that is open, or a new one."""
    known = _ranges.get(address.full)
    if known is None:
        known = _ranges[address.full] = _opened(address, least, most)
    return known


def _opened(address: Place, least: int, most: int) -> Ranges:
    found = info(address)
    if found["size"] is None or found.get("partial") is False:
        copy = _Copy(address)
        return Ranges(copy, copy.size, least, most)
    return Ranges(_Fetch(address, found["size"]), found["size"], least, most)


class _Fetch:
    """Fetches ranges of an object; from a copy where the server has no ranges."""

    def __init__(self, address: Place, size: int) -> None:
        self._address, self._size = address, size
        self._file: Any = None
        self._copy: _Copy | None = None

    def __call__(self, start: int, end: int) -> bytes:
        if self._copy is None:
            try:
                return tried(self._address, lambda storage, path: self._read(storage, path, start, end))
            except NoRangesError:
                self._copy = _Copy(self._address)
            except FileNotFoundError:
                raise VideoOpenError(f"{self._address}: is no longer there: somebody has removed it") from None
        return self._copy(start, end)

    def _read(self, storage: Any, path: str, start: int, end: int) -> bytes:
        if self._file is None:
            self._file = storage.open(path, "rb", cache_type="none")
        try:
            self._file.seek(start)
            data = bytes(self._file.read(end - start))
        except ValueError as err:
            if "range requests" in str(err):
                raise NoRangesError from None
            raise
        if len(data) < end - start:
            raise ConnectionResetError(f"{len(data)} of {end - start} bytes came")
        return data


class _Copy:
    """Ranges of a temporary copy of an object, made at once."""

    def __init__(self, address: Place) -> None:
        self._copy = TemporaryFile()
        tried(address, lambda storage, path: storage.get_file(path, str(self._copy.path)))
        self.size = self._copy.file.seek(0, io.SEEK_END)

    def __call__(self, start: int, end: int) -> bytes:
        self._copy.file.seek(start)
        return self._copy.file.read(end - start)


def upload(local: Path, address: Place, *, overwrite: bool) -> None:
    """Put a file to an address, whole or not at all.

    Raises
    ------
    ParameterError
        If there is an object and it may not be replaced.
    EncodeError
        If the storage refuses or fails.
    """
    _found.pop(address.full, None)
    tries, size = 0, local.stat().st_size

    def put(storage: Any, path: str) -> None:
        nonlocal tries
        tries += 1
        try:
            _put(storage, local, path, create=not overwrite)
        except Exception as err:
            # the storage took an earlier try, but its answer was lost
            if tries > 1 and is_there(err) and fresh(storage).info(path)["size"] == size:
                return
            raise

    tried(address, put, writes=True)


def _put(storage: Any, local: Path, path: str, *, create: bool) -> None:
    if not is_web(storage):
        if create:
            with suppress(NotImplementedError, TypeError):  # a driver that cannot; what is there was looked for before
                storage.put_file(str(local), path, mode="create")
                return
        storage.put_file(str(local), path)
        return
    headers = {"Content-Length": str(local.stat().st_size), **({"If-None-Match": "*"} if create else {})}
    own = storage.kwargs.get("headers", {})
    storage.put_file(str(local), path, method="put", headers={**own, **headers})


def remove(address: Place) -> None:
    """Remove an object.

    Raises
    ------
    FileNotFoundError
        If there is none.
    EncodeError
        If the storage refuses or fails.
    """
    _found.pop(address.full, None)
    tried(address, lambda storage, path: storage.rm_file(path), writes=True)
