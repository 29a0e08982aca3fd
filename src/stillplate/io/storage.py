"""Calls to storage through fsspec: the only file that imports it. What may pass is tried again, then told plainly.

fsspec finds the credentials, and drivers for the schemes are installed by the user. No message has either.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from stillplate.errors import ParameterError, VideoError
from stillplate.io.failures import may_pass, told, wait_asked
from stillplate.io.schemes import WEB

__all__ = ["NoRangesError", "Place", "fresh", "is_web", "tried"]

PAUSES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # seconds before each further try: 16 s in all
LONGEST = 60.0  # seconds before a further try, at most, where the storage asks for more
DRIVERS = {
    "s3": "s3fs", "s3a": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "az": "adlfs", "abfs": "adlfs", "http": "aiohttp",
    "https": "aiohttp", "sftp": "paramiko", "ssh": "paramiko", "smb": "smbprotocol", "hf": "huggingface_hub",
    "webhdfs": "requests", "oss": "ossfs",
}  # fmt: skip
"""Packages that a scheme needs."""
SIDE = 30.0  # seconds without a byte after which a connection to a web server is given up

T = TypeVar("T")


class Place(Protocol):
    """What is needed here of an `Address`: its text for people, and that for the storage."""

    @property
    def full(self) -> str:
        """With credentials and query."""

    @property
    def scheme(self) -> str:
        """Such as s3."""

    @property
    def name(self) -> str:
        """The last part."""


class NoRangesError(Exception):
    """A web server sends whole files only."""


def tried(address: Place, call: Callable[[Any, str], T], *, writes: bool = False) -> T:
    """Call with the storage and the path in it, again where the error may pass; tell what is wrong in one line."""
    storage, path = _storage_of(address)
    for pause in (*PAUSES, None):
        try:
            return call(storage, path)
        except (NoRangesError, VideoError, ParameterError):
            raise
        except Exception as err:  # noqa: BLE001  each driver has its own
            if pause is None or not may_pass(err):
                raise told(address, err, len(PAUSES) + 1, writes=writes) from None
            wait = max(pause, min(wait_asked(err), LONGEST))
        time.sleep(wait)
    raise AssertionError


def _storage_of(address: Place) -> tuple[Any, str]:
    """Return fsspec's file system and the path in it."""
    try:
        import fsspec
        from fsspec.core import url_to_fs
    except ImportError:
        raise ParameterError(
            f"{address}: is an address, for which fsspec is needed: pip install 'stillplate[remote]'"
        ) from None
    try:
        options = _patience(fsspec.config.conf) if address.scheme in WEB else {}
        storage, path = url_to_fs(address.full, **options)
    except ImportError:
        package = DRIVERS.get(address.scheme, f"the package that fsspec needs for {address.scheme}")
        raise ParameterError(f"{address}: {address.scheme}:// needs {package}: pip install {package}") from None
    except ValueError:
        raise ParameterError(
            f"{address}: {address.scheme}:// is no scheme that fsspec knows: s3, gs, az and https are, say"
        ) from None
    return storage, str(path)


def _patience(config: Any) -> dict[str, Any]:
    """Options for web servers: no limit to the time of a whole transfer, one to silence."""
    aiohttp = importlib.import_module("aiohttp")
    own = config.get("http", {}).get("client_kwargs", {})
    return {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=None, sock_connect=SIDE, sock_read=SIDE), **own}}


def is_web(storage: Any) -> bool:
    """Whether a file system is of web servers, which know no folders."""
    protocol = storage.protocol
    return bool({protocol} & set(WEB) if isinstance(protocol, str) else set(protocol) & set(WEB))


def fresh(storage: Any) -> Any:
    """Return the file system without what it remembers of folders, which other processes may have changed."""
    storage.invalidate_cache()
    return storage
