"""What a request must be like to be answered: from this machine's own page, and not too large."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

__all__ = ["LOOPBACK", "WILDCARDS", "Guard"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

WILDCARDS = frozenset(("0.0.0.0", "::"))  # hosts that stand for all addresses of a machine
LOOPBACK = ("127.0.0.1", "localhost", "::1")
MOST_BYTES = 2**20  # of the body of a request
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors {}"
)
REPORT_POLICY = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; media-src 'self'; sandbox"


class Guard:
    """Answers requests whose address has the token, and refuses others; an ASGI application around another.

    Parameters
    ----------
    app : ASGI application
    token : str
        First part of the path of every address.
    hosts : iterable of str
        Names by which the server may be called: a name that another site has given this machine's address, by which it
        could read the pages, is none of them. If one stands for all addresses, such as 0.0.0.0, any address in numbers
        is, too, since no site can give that away.
    embedded : bool
        Whether other pages may show this one in a frame, as a notebook does.
    """

    def __init__(self, app: App, token: str, hosts: Iterable[str], *, embedded: bool = False) -> None:
        self._app, self._token, self._hosts = app, token, frozenset(hosts)
        self._by_number = not WILDCARDS.isdisjoint(self._hosts)
        self._policy = POLICY.format("*" if embedded else "'none'")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        status = self._refusal(scope, headers)
        if status:
            await _answer(send, status)
            return
        read = 0

        async def bounded() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > MOST_BYTES:
                raise HTTPException(413)
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = REPORT_POLICY if "/output/" in scope["path"] else self._policy
                message["headers"] = [*message["headers"], *_headers(own)]
            await send(message)

        await self._app(scope, bounded, guarded)

    def _refusal(self, scope: Message, headers: dict[str, str]) -> int:
        """Return the status of what is refused; 0 if it is to be answered."""
        if not self._is_ours(f"//{headers.get('host', '')}"):
            return 421
        token = scope["path"].split("/", 2)[1]
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            return 404
        if scope["method"] not in ("GET", "HEAD"):
            origin = headers.get("origin")
            if origin is not None and (not self._is_ours(origin) or urlsplit(origin).netloc != headers.get("host")):
                return 403
            if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
                return 403
            if int(headers.get("content-length", "0")) > MOST_BYTES:
                return 413
        return 0

    def _is_ours(self, address: str) -> bool:
        try:
            name = urlsplit(address).hostname
        except ValueError:
            return False
        return name in self._hosts or (self._by_number and name is not None and _is_number(name))


def _is_number(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _headers(policy: str) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-security-policy", policy.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-resource-policy", b"same-origin"),
    ]


async def _answer(send: Send, status: int) -> None:
    """Answer with nothing but a status."""
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})
