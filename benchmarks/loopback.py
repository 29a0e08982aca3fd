"""A web server on loopback that counts ranges and fails when it is told to."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Loopback", "loopback"]


@dataclass
class Loopback:
    """The files of a folder, as served, and what was asked for.

    Attributes
    ----------
    folder : Path
    url : str
        Of the folder, without a slash at its end.
    ranges : list of (int, int)
        First byte and end of each range that was sent.
    statuses : list of int
        Statuses to answer with in place of what is asked for, one a request, first to last.
    method : str
        That of the requests that get these; empty for all.
    retry_after : str
        What these answers ask for by that header; empty for nothing.
    broken : int
        How many of the next answers end halfway.
    without_ranges : bool
        Whether files are sent whole, whatever range is asked for.
    secret : str
        Query or authorization that is asked for; others get 403.
    requests : int
        Number of requests, of any kind.
    lock : Lock
        Of the counts.
    """

    folder: Path
    url: str = ""
    ranges: list[tuple[int, int]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    method: str = ""
    retry_after: str = ""
    broken: int = 0
    without_ranges: bool = False
    secret: str = ""
    requests: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def sent(self) -> int:
        """Bytes of files that were sent."""
        return sum(end - start for start, end in self.ranges)


class _Handler(BaseHTTPRequestHandler):
    """Answers the requests of one connection."""

    protocol_version = "HTTP/1.1"
    server: Any

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_HEAD(self) -> None:
        """Answer without the file."""
        self._answer(body=False)

    def do_GET(self) -> None:
        """Answer with the file, or the range of it."""
        self._answer(body=True)

    def do_PUT(self) -> None:
        """Take a file."""
        served: Loopback = self.server.served
        data = self.rfile.read(int(self.headers["Content-Length"]))
        path = served.folder / urlsplit(self.path).path.lstrip("/")
        if self._refused(served):
            return
        if self.headers.get("If-None-Match") == "*" and path.exists():
            self._end(412)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        self._end(201)

    def do_DELETE(self) -> None:
        """Remove a file."""
        (self.server.served.folder / self.path.lstrip("/")).unlink()
        self._end(204)

    def _end(self, status: int) -> None:
        self.send_response(status)
        if status >= 400 and self.server.served.retry_after:
            self.send_header("Retry-After", self.server.served.retry_after)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _refused(self, served: Loopback) -> bool:
        with served.lock:
            served.requests += 1
            refuses = bool(served.statuses) and served.method in ("", self.command)
            status = served.statuses.pop(0) if refuses else 0
        if not status and served.secret and served.secret not in self.path + str(self.headers.get("Authorization")):
            status = 403
        if status:
            self._end(status)
        return bool(status)

    def _answer(self, *, body: bool) -> None:
        served: Loopback = self.server.served
        if self._refused(served):
            return
        path = served.folder / urlsplit(self.path).path.lstrip("/")
        if path.is_dir():
            links = "".join(f'<a href="{one.name}{"/" * one.is_dir()}">x</a>' for one in sorted(path.iterdir()))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(links)))
            self.end_headers()
            self.wfile.write(links.encode() if body else b"")
            return
        if not path.is_file():
            self._end(404)
            return
        size = path.stat().st_size
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range") or "")
        start, end = (int(asked[1]), min(int(asked[2] or size - 1) + 1, size)) if asked else (0, size)
        partial = asked is not None and not served.without_ranges
        if not partial:
            start, end = 0, size
        self.send_response(206 if partial else 200)
        if partial:
            self.send_header("Content-Range", f"bytes {start}-{end - 1}/{size}")
        self.send_header("Content-Length", str(end - start))
        self.send_header("Last-Modified", self.date_time_string(int(path.stat().st_mtime)))
        self.end_headers()
        if not body:
            return
        with path.open("rb") as file:
            file.seek(start)
            data = file.read(end - start)
        with served.lock:
            breaks, served.broken = served.broken > 0, max(0, served.broken - 1)
            served.ranges.append((start, end))
        self.wfile.write(data[: len(data) // 2] if breaks else data)
        if breaks:
            self.close_connection = True


class _Server(ThreadingHTTPServer):
    """A thread for each connection."""

    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a client may close its connection when it has enough."""


@contextmanager
def loopback(folder: Path) -> Iterator[Loopback]:
    """Serve the files of a folder on a free port of 127.0.0.1."""
    with _Server(("127.0.0.1", 0), _Handler) as server:
        served = Loopback(folder, f"http://127.0.0.1:{server.server_address[1]}")
        server.served = served  # type: ignore[attr-defined]  # for its handlers
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
