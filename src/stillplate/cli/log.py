"""The log of a command: what it does and when, for a file, and for standard error where that is asked for."""

from __future__ import annotations

import json
import logging
import re
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from time import monotonic
from typing import Any

from stillplate.errors import ParameterError, without_secrets
from stillplate.io.atomic import readable
from stillplate.io.phases import LOGGER

__all__ = ["complain", "log_told", "logged", "say", "say_json"]


DATED = re.compile(rb"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")  # how each line of a log begins


class _Handler(logging.Handler):
    """Writes each record as a line, without secrets: to a file with its date, or to standard error as it is then."""

    def __init__(self, path: Path | None) -> None:
        super().__init__(logging.INFO)
        self._file = None if path is None else path.open("a", encoding="utf-8", errors="backslashreplace")
        self._since = monotonic()
        layout = "{relative} {message}" if path is None else "{asctime} {levelname:<7} {message}"
        self.setFormatter(logging.Formatter(layout, style="{"))

    def emit(self, record: logging.LogRecord) -> None:
        minutes, seconds = divmod(int(monotonic() - self._since), 60)
        record.relative = f"stillplate: [{minutes}:{seconds:02d}]"
        text = without_secrets(self.format(record)) + "\n"
        if self._file is not None:
            self._file.write(text)
            self._file.flush()
        elif not getattr(record, "told", False):
            sys.stderr.write(text)

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
        super().close()


def say(*lines: str) -> None:
    """Print lines to standard output, and log them."""
    for line in lines:
        print(line, flush=True)
        log_told(line)


def say_json(figures: Mapping[str, Any]) -> None:
    """Print figures to standard output as a line of JSON, and log it; what is no number is null."""
    say(readable(json.dumps(_as_json(figures), ensure_ascii=False)))


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _as_json(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_as_json(part) for part in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, (float, Fraction)):
        return float(value) if isfinite(value) else None
    return value


def complain(line: str, level: int = logging.WARNING) -> None:
    """Print a line to standard error under the program's name, and log it."""
    print(f"stillplate: {'warning: ' if level == logging.WARNING else ''}{line}", file=sys.stderr, flush=True)
    log_told(line, level)


def log_told(text: str, level: int = logging.INFO) -> None:
    """Log what the user has been told already: it goes to the file alone."""
    LOGGER.log(level, "%s", text, extra={"told": True})


def _ending(err: BaseException) -> str:
    """Say how a command ended that did not end well."""
    if isinstance(err, KeyboardInterrupt):
        return "interrupted"
    return f"ended with {err.code}" if isinstance(err, SystemExit) else f"{type(err).__name__}: {err}"


def _check_log(path: Path) -> None:
    """Raise ParameterError if a file exists that is no log, such as the clip: lines would damage it."""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(32)
        if head and not DATED.match(head):
            raise ParameterError(f"{path}: the log would be added to a file that is no log: choose another file")


@contextmanager
def logged(path: str | None, tokens: Sequence[str], *, shown: bool) -> Iterator[None]:
    """Log the command of the `with` block, how it ends, and what it logs meanwhile.

    Parameters
    ----------
    path : str or None
        File that lines are added to.
    tokens : sequence of str
        The command line.
    shown : bool
        Show the lines on standard error.

    Raises
    ------
    ParameterError
        If the file cannot be written to, or exists and is no log.
    """
    since, level = monotonic(), LOGGER.level
    with ExitStack() as stack:
        try:
            if path is not None:
                _check_log(Path(path))
            handlers = [_Handler(Path(path))] if path is not None else []
        except OSError as err:
            raise ParameterError(f"{path}: the log cannot be written: {err.strerror}: choose another file") from None
        for handler in (*handlers, *([_Handler(None)] if shown else [])):
            LOGGER.addHandler(handler)
            LOGGER.setLevel(logging.INFO)
            stack.callback(handler.close)
            stack.callback(LOGGER.removeHandler, handler)
        stack.callback(LOGGER.setLevel, level)
        LOGGER.info("%s", f"stillplate {version('stillplate')}: {shlex.join(tokens)}")
        try:
            yield
        except BaseException as err:
            log_told(_ending(err), logging.ERROR)
            raise
        LOGGER.info("%s", f"done in {monotonic() - since:.1f} s")
