"""The workers of a Dask cluster as an executor. Only this module imports distributed."""

from __future__ import annotations

import logging
import re
import signal
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any
from uuid import uuid4

from distributed import Client, Future, KilledWorker, LocalCluster

from stillplate.errors import ParameterError, StillplateWarning
from stillplate.rendering.jobs import Result, Task, check_packed

__all__ = ["Dask", "cluster_at"]

LOCAL = re.compile(r"local:([1-9]\d{0,3})")
NO_ANSWER = "cluster is {address!r}, but no Dask scheduler answers there: give tcp://HOST:PORT, or local:N"
IN_FLIGHT = 2000  # tasks that the scheduler holds at once, so that a batch of any length takes no more of its memory
LOST = "the connection to the scheduler was lost: start it again, and resume the batch"


class Dask:
    """Runs each task in a process of its own on a worker of a Dask cluster.

    The scheduler gives a task whose worker dies to another, as often as its `allowed-failures` says. When the scheduler
    itself is gone, all tasks that have not ended are failed.

    Parameters
    ----------
    client : distributed.Client
        The caller's; it is not closed.
    """

    def __init__(self, client: Any) -> None:
        if not isinstance(client, Client) or client.asynchronous:
            raise ParameterError(f"client is {client!r}, but a distributed.Client that is not asynchronous is needed")
        self._client = client

    def run(self, tasks: Sequence[Task], begin: Callable[[int], None], end: Callable[[int, Result], None]) -> None:
        """Run every task; if this call is interrupted, those that no worker has begun are cancelled."""
        check_packed(tasks)
        ended: SimpleQueue[Future[Result]] = SimpleQueue()
        batch, waiting = uuid4().hex, iter(range(len(tasks)))
        running: dict[object, tuple[int, Future[Result]]] = {}  # by key
        lost = False
        try:
            while True:
                while len(running) < IN_FLIGHT and (number := next(waiting, None)) is not None:
                    lost = lost or self._client.status != "running"
                    if lost:
                        end(number, Result(LOST, None, 0.0))
                        continue
                    begin(number)
                    key = f"stillplate-{batch}-{number}"
                    future = self._client.submit(Task.run, tasks[number], key=key, pure=False)
                    running[key] = number, future
                    future.add_done_callback(ended.put)
                if not running:
                    return
                future = ended.get()
                number, _ = running.pop(future.key)
                lost = lost or future.cancelled()
                end(number, _result(future))
        finally:
            if running and not lost:
                self._client.cancel([future for _, future in running.values()])


def _result(future: Future[Result]) -> Result:
    """Return what became of a task."""
    if future.cancelled():
        return Result(LOST, None, 0.0)
    if future.status == "finished":
        return future.result()
    error = future.exception()
    if isinstance(error, KilledWorker):
        return Result(f"its worker died, {error.allowed_failures + 1} times: report this clip", None, 0.0)
    told = " ".join(str(error).split()) or type(error).__name__
    return Result(f"no worker can run it: {told}: install the same stillplate on all of them", None, 0.0)


@contextmanager
def cluster_at(address: str) -> Iterator[Client]:
    """Yield a client of the cluster at an address; of "local:N", one that is started here, of N workers.

    Raises
    ------
    ParameterError
        If no scheduler answers.
    """
    local = LOCAL.fullmatch(address)
    if local:
        with _deaf_to_interrupts():
            cluster = LocalCluster(
                n_workers=int(local[1]), threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0",
                memory_limit=0, silence_logs=logging.CRITICAL,
            )  # fmt: skip
        with cluster, Client(cluster) as client:
            yield client
        return
    if address.startswith("local:"):
        raise ParameterError(f"cluster is {address!r}, but local:N with N from 1 to 9999 is needed")
    if not address:
        raise ParameterError(NO_ANSWER.format(address=address))
    try:
        client = Client(address, set_as_default=False)
    except (OSError, ValueError, TypeError) as err:  # TypeError: of an address without a number
        raise ParameterError(NO_ANSWER.format(address=address)) from err
    with _without_logs(), client:
        if not client.nthreads():
            warnings.warn(f"{address}: has no worker yet: clips wait until one joins", StillplateWarning, stacklevel=2)
        yield client


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let processes that are started meanwhile not hear Ctrl-C, which a terminal sends to all: we end them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    heard = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, heard)


@contextmanager
def _without_logs() -> Iterator[None]:
    """Keep Dask from logging what is told in a line anyway: a lost scheduler has it print tracebacks."""
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] == "distributed"]
    handlers = {handler: handler.level for name in names for handler in logging.getLogger(name).handlers}
    for handler in handlers:
        handler.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for handler, level in handlers.items():
            handler.setLevel(level)
