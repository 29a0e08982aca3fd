"""What went wrong in storage: whether it may pass, and one line about it.

Drivers are known by the names of their errors, since none need be installed. No message has what an address hides.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from stillplate.errors import EncodeError, ParameterError, VideoOpenError, without_secrets

__all__ = ["is_there", "may_pass", "told", "wait_asked"]

PASSING = {408, 425, 429, 500, 502, 503, 504}  # HTTP statuses after which a try may succeed
MISSING = {404, 410}
FORBIDDEN = {401, 403, 407}
CONNECTION = {
    "ClientPayloadError", "ServerDisconnectedError", "ClientOSError", "ServerTimeoutError", "IncompleteReadError",
    "ConnectionClosedError", "ReadTimeoutError", "ConnectTimeoutError", "ResponseStreamingError", "FSTimeoutError",
}  # fmt: skip
"""Names of the errors of aiohttp, botocore and fsspec for a connection that ended; none of them need be installed."""
NUMBERS = {errno.EBUSY, errno.EAGAIN, errno.ECONNRESET, errno.EPIPE, errno.ETIMEDOUT}
if hasattr(errno, "EREMOTEIO"):  # only Linux has it
    NUMBERS.add(errno.EREMOTEIO)
REFUSED = ("NoCredentialsError", "PartialCredentialsError", "CredentialRetrievalError", "TokenRetrievalError")


def _causes(err: BaseException) -> Iterator[BaseException]:
    """Yield an error and those that it was raised from."""
    cause: BaseException | None = err
    while cause is not None:
        yield cause
        cause = cause.__cause__


def _status(err: BaseException) -> int:
    """HTTP status in an error or its causes; 0 without one."""
    for cause in _causes(err):
        status = _answer(cause).get("HTTPStatusCode", getattr(cause, "status", None))
        if isinstance(status, int):
            return status
    return 0


def _answer(err: BaseException) -> dict[str, Any]:
    """Return what botocore tells of an answer; empty for an error of another driver."""
    answer = getattr(err, "response", None)
    return dict(answer.get("ResponseMetadata", {})) if isinstance(answer, dict) else {}


def wait_asked(err: BaseException) -> float:
    """Return the seconds until the next try that an answer asks for by Retry-After; 0 where it does not."""
    for cause in _causes(err):
        headers = _answer(cause).get("HTTPHeaders", getattr(cause, "headers", None))
        if isinstance(headers, Mapping):
            asked = {str(name).lower(): str(value) for name, value in headers.items()}.get("retry-after", "")
            return float(asked) if asked.isdecimal() else _until(asked)
    return 0.0


def _until(date: str) -> float:
    try:
        return max(0.0, (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0


def _names(err: BaseException) -> set[str]:
    return {kind.__name__ for cause in _causes(err) for kind in type(cause).__mro__}


def may_pass(err: BaseException) -> bool:
    """Whether another try may succeed: the storage is busy, or the connection broke."""
    status, names = _status(err), _names(err)
    if status:
        return status in PASSING
    if "ConnectionRefusedError" in names or "gaierror" in names or names & {"ClientConnectorError"}:
        return False
    if isinstance(err, (FileNotFoundError, PermissionError, FileExistsError)) and not names & CONNECTION:
        return False
    return bool(names & (CONNECTION | {"ConnectionError", "TimeoutError"})) or (
        isinstance(err, OSError) and err.errno in NUMBERS
    )


def is_there(err: BaseException) -> bool:
    """Whether something was not written because there is an object already."""
    return isinstance(err, FileExistsError) or _status(err) == 412


def told(address: object, err: BaseException, tries: int, *, writes: bool) -> Exception:
    """Return the error in one line, without what an address hides."""
    status, names = _status(err), _names(err)
    kind = EncodeError if writes else VideoOpenError
    done = "written" if writes else "read"
    if writes and is_there(err):
        return ParameterError(f"{address}: exists already: choose another name, or allow it with overwrite=True")
    if status in FORBIDDEN or isinstance(err, PermissionError) or names & set(REFUSED):
        what = "no credentials were found" if names & set(REFUSED) else "the storage gives no permission"
        return kind(f"{address}: cannot be {done}: {what}: check the credentials and who may use it")
    if status in MISSING or (isinstance(err, FileNotFoundError) and not status and not names & CONNECTION):
        if writes:
            return kind(f"{address}: cannot be written: there is no such bucket or folder: create it first")
        return FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(address))
    last = list(_causes(err))[-1]
    reason = f"HTTP {status}" if status else " ".join(without_secrets(str(last) or type(last).__name__).split())[:150]
    if may_pass(err):
        return kind(f"{address}: cannot be {done}: the storage failed {tries} times, last with {reason}: try later")
    return kind(f"{address}: cannot be {done}: {reason}: check the address and the network")
