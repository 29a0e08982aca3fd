"""The command line run in the process of the tests, without the second that a Python of its own takes to start."""

from __future__ import annotations

import contextlib
import io
import signal
import subprocess
import sys
import warnings
from pathlib import Path
from unittest import mock

from stillplate.cli import main
from tests.patience import HANGS

__all__ = ["run", "run_apart"]


def run(*arguments: object, folder: Path | None = None, piped: bytes | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in this process, in a working directory; what it changes of the process is put back.

    With `piped`, standard input holds these bytes.
    """
    words = ["stillplate", *map(str, arguments)]
    out, errors, code = io.StringIO(), io.StringIO(), 0
    handler = signal.getsignal(signal.SIGTERM)
    with contextlib.ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        stack.enter_context(mock.patch.object(sys, "argv", words))
        stack.enter_context(mock.patch.object(sys, "excepthook", sys.excepthook))
        stack.enter_context(contextlib.redirect_stdout(out))
        stack.enter_context(contextlib.redirect_stderr(errors))
        stack.callback(signal.signal, signal.SIGTERM, handler)
        if piped is not None:
            stack.enter_context(mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped))))
        if folder is not None:
            stack.enter_context(contextlib.chdir(folder))
        try:
            main()
        except SystemExit as end:
            assert isinstance(end.code, int)
            code = end.code
    return subprocess.CompletedProcess(words, code, out.getvalue(), errors.getvalue())


def run_apart(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-m", "stillplate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=HANGS, **options)  # type: ignore[call-overload,no-any-return]
