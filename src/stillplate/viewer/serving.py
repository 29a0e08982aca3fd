"""The server of the page: in this thread for the command line, in another one for a notebook."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from stillplate.errors import ParameterError
from stillplate.viewer.clips import Clips
from stillplate.viewer.guard import LOOPBACK, WILDCARDS
from stillplate.viewer.server import make_app, new_token

__all__ = ["address_of", "bound", "serve", "serve_behind"]

PATIENCE = 5  # seconds that requests have at the end
STARTED = 10.0  # seconds until a server behind the caller must answer


class _Server(uvicorn.Server):
    """A server that lets those who wait for news go before it ends."""

    def __init__(self, config: uvicorn.Config, clips: Clips) -> None:
        super().__init__(config)
        self._clips = clips

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the server."""
        self._clips.wake()
        await super().shutdown(sockets)


def bound(host: str, port: int) -> socket.socket:
    """Return a socket that listens; port 0 is any that is free.

    Raises
    ------
    ParameterError
        If the port is taken, or the host is none of this machine.
    """
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    try:
        if sys.platform == "win32":  # where SO_REUSEADDR would share the port with whoever has it
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen()
    except (OSError, OverflowError) as err:
        listening.close()
        raise ParameterError(f"port {port} of {host} cannot be used ({err}): give another port, or none") from err
    return listening


def address_of(listening: socket.socket, token: str) -> str:
    """Return the address of the first page."""
    host, port = listening.getsockname()[:2]
    host = socket.gethostname() if host in WILDCARDS else host
    name = f"[{host}]" if ":" in host else host
    return f"http://{name}:{port}/{token}/"


def serve(clips: Clips, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Parameters
    ----------
    clips : Clips
    host, port
        As for `bound`.
    ready : callable
        Called with the address of the first page, just before it is answered.
    """
    token = new_token()
    with bound(host, port) as listening:
        hosts = LOOPBACK if host in LOOPBACK else (*LOOPBACK, host.lower(), socket.gethostname().lower())
        server = _server(clips, token, hosts)
        ready(address_of(listening, token))
        with suppress(KeyboardInterrupt):
            server.run(sockets=[listening])


def serve_behind(clips: Clips, port: int) -> tuple[str, Callable[[], None]]:
    """Serve in a thread; return the address of the first page, and what ends the server."""
    token, listening = new_token(), bound(LOOPBACK[0], port)
    server = _server(clips, token, LOOPBACK, embedded=True)
    thread = threading.Thread(target=server.run, args=([listening],), name="stillplate-view", daemon=True)
    thread.start()
    waited = threading.Event()
    for _ in range(int(STARTED * 100)):
        if server.started or waited.wait(0.01):
            break

    def end() -> None:
        if listening.fileno() < 0:
            return
        server.should_exit = True
        thread.join()
        clips.close()
        listening.close()

    return address_of(listening, token), end


def _server(clips: Clips, token: str, hosts: tuple[str, ...], *, embedded: bool = False) -> _Server:
    app = make_app(clips, token, hosts=hosts, embedded=embedded)
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=PATIENCE,
        server_header=False, date_header=False,
    )  # fmt: skip
    return _Server(config, clips)
