"""A process of its own for one task: it takes a function of ours from standard input, and gives back what came of it.

It does not import the program that starts it, as multiprocessing's do: a script needs no guard, and may come from
standard input.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from typing import Any, TextIO

from stillplate.errors import StillplateError, StillplateWarning
from stillplate.io.shutdown import CODES, exit_on_signals

__all__ = ["LENGTH", "START", "main"]

LENGTH = 8  # bytes that tell how many follow
START = (
    "import json, signal, sys; signal.signal(signal.SIGINT, signal.SIG_IGN); "  # until it can end tidily
    "sys.path[:] = json.loads(sys.argv[1]); from stillplate.rendering.worker import main; main()"
)


def main() -> None:
    """Do the task, and write (error, result), pickled, where standard output was."""
    answer = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever is printed is no answer
    exit_on_signals(signal.SIGTERM, signal.SIGINT)
    warnings.simplefilter("always", StillplateWarning)
    warnings.showwarning = _warn
    parent = sys.stdin.fileno()
    task = _read(parent, int.from_bytes(_read(parent, LENGTH)))
    threading.Thread(target=_outlive_no_parent, args=(parent,), daemon=True).start()
    try:
        told = _outcome(task)
    except KeyboardInterrupt:
        raise SystemExit(CODES[signal.SIGINT]) from None
    with answer:
        pickle.dump(told, answer)


def _outcome(task: bytes) -> tuple[str, object]:
    try:
        function, options = _unpacked(task)
        return "", function(**options)
    except (StillplateError, OSError) as err:
        return " ".join(str(err).split()), None


def _unpacked(task: bytes) -> tuple[Callable[..., object], dict[str, Any]]:
    try:
        function, options = pickle.loads(task)
    except (AttributeError, ImportError) as err:
        raise StillplateError(f"an option cannot be handed to another process: {err}") from err
    return function, options


def _read(pipe: int, count: int) -> bytes:
    """Read so many bytes; past sys.stdin, whose lock a thread that waits for more would hold for ever."""
    parts = bytearray()
    while len(parts) < count:
        part = os.read(pipe, min(count - len(parts), 2**20))
        if not part:
            raise SystemExit(CODES[signal.SIGTERM])
        parts += part
    return bytes(parts)


def _outlive_no_parent(parent: int) -> None:
    """End when the other end of standard input closes: whoever holds it is gone."""
    os.read(parent, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _warn(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    sys.stderr.write(f"stillplate: warning: {message}\n")
