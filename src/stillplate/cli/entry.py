"""The program: how it starts, and how it ends."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from io import TextIOWrapper
from shutil import get_terminal_size
from typing import TextIO

from stillplate.cli.crash import tell_of_crash
from stillplate.cli.front_page import asks_for_front_page, front_page
from stillplate.errors import StillplateWarning, without_secrets
from stillplate.io.atomic import PIPES
from stillplate.io.shutdown import exit_on_signals

__all__ = ["main"]

_shown_warnings: set[str] = set()  # the warnings that were shown


def _warn(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    if str(message) not in _shown_warnings:  # Python's own "once" is once for each file that warns
        _shown_warnings.add(str(message))
        from stillplate.cli.log import complain

        complain(str(message))


def _let_go() -> None:
    """Redirect standard output to null if its reader is gone; otherwise Python would exit with 120."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """Run the command line: exit 0 when done, 2 with one line on stderr when the input was wrong.

    Of several clips 1 if one failed; 143 on SIGTERM, as tidily as on Ctrl-C. A fault of ours ends with 1, and one line
    that names a file to report.
    """
    exit_on_signals(signal.SIGTERM)
    _shown_warnings.clear()
    warnings.simplefilter("always", StillplateWarning)
    warnings.showwarning = _warn
    sys.excepthook = tell_of_crash
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a file's name may be in another encoding
    tokens = [PIPES[1] if token == PIPES[0] else token for token in sys.argv[1:]]  # for cyclopts, - is an option
    try:
        wrong = _call(tokens)
    except OSError as err:
        wrong = f"{err.filename or 'the system'}: {err.strerror or err}: check the path"
    if wrong:
        print(f"stillplate: {without_secrets(wrong)}", file=sys.stderr)
        _let_go()
        sys.exit(2)


def _call(tokens: list[str]) -> str:
    """Do what is asked for; return what was wrong with the input, empty if nothing was."""
    if asks_for_front_page(tokens):
        print(front_page(get_terminal_size().columns, sys.stdout.encoding or "ascii"))
        return ""
    from stillplate.cli.parsing import call

    return call(tokens)
