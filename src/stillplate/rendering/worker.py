"""The worker process of a task: it reads a function call from standard input and writes the result to standard output.

Unlike workers of multiprocessing, it does not import the main program, so that a script needs no `__main__` guard and
may come from standard input.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TextIO

from stillplate.errors import StillplateError, StillplateWarning
from stillplate.io.shutdown import CODES, exit_on_signals

__all__ = ["LENGTH", "START", "main"]

LENGTH = 8  # bytes of the length that precedes a task
START = (
    "import json, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "  # until `exit_on_signals` takes over
    "sys.path[:] = json.loads(sys.argv[1]); from stillplate.rendering.worker import main; main()"
)


def main() -> None:
    """Run the task, and write (error, result), pickled, to the original standard output."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # prints of the task must not mix with its result
    exit_on_signals(signal.SIGTERM, signal.SIGINT)
    warnings.simplefilter("always", StillplateWarning)
    warnings.showwarning = _warn
    parent = sys.stdin.fileno()
    task = _read(parent, int.from_bytes(_read(parent, LENGTH)))
    threading.Thread(target=_end_with_parent, args=(parent,), daemon=True).start()
    try:
        outcome = _outcome(task)
    except KeyboardInterrupt:
        raise SystemExit(CODES[signal.SIGINT]) from None
    with suppress(BrokenPipeError), answer:  # the parent is gone, and nobody reads the answer
        pickle.dump(outcome, answer)


def _outcome(task: bytes) -> tuple[str, object]:
    """Return (error, result) of a task; one of them is empty."""
    try:
        function, options = _unpack(task)
        return "", function(**options)
    except (StillplateError, OSError) as err:
        return " ".join(str(err).split()), None


def _unpack(task: bytes) -> tuple[Callable[..., object], dict[str, Any]]:
    """Return function and keyword arguments of a task."""
    try:
        function, options = pickle.loads(task)
    except (AttributeError, ImportError) as err:
        raise StillplateError(f"an option cannot be handed to another process: {err}") from err
    return function, options


def _read(pipe: int, count: int) -> bytes:
    """Return `count` bytes of a pipe; not by sys.stdin, whose lock a waiting thread would never release."""
    parts = bytearray()
    while len(parts) < count:
        part = os.read(pipe, min(count - len(parts), 2**20))
        if not part:
            raise SystemExit(CODES[signal.SIGTERM])
        parts += part
    return bytes(parts)


def _end_with_parent(parent: int) -> None:
    """End this process when its parent ends, which closes the other end of standard input."""
    os.read(parent, 1)
    if sys.platform == "win32":  # where os.kill ends the process at once, with what is half-written
        signal.raise_signal(signal.SIGTERM)
    else:
        os.kill(os.getpid(), signal.SIGTERM)


def _warn(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    """Print a warning as the command line does."""
    sys.stderr.write(f"stillplate: warning: {message}\n")
