"""Options from a file for the called command; one file may serve all commands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cyclopts import App, ArgumentCollection, Token

from stillplate.cli.hints import hint
from stillplate.errors import ParameterError
from stillplate.rendering.option_text import read_toml

__all__ = ["OptionFile", "options_of"]


def options_of(app: App) -> dict[str, frozenset[str]]:
    """Return the long options of each command, with their dashes."""
    return {
        command: frozenset(name for argument in app[command].assemble_argument_collection() for name in argument.names)
        for command in app
        if not command.startswith("-")
    }


class OptionFile:
    """Options of a file that the command line does not give; cyclopts calls it for each command.

    Parameters
    ----------
    path : Path
        TOML: an option of any command at the top, of one command alone in the table of its name.
    known : mapping of str to set of str
        As `options_of` tells.

    Raises
    ------
    ParameterError
        If the file is no TOML, or a key in it is no option.
    """

    def __init__(self, path: Path, known: Mapping[str, frozenset[str]]) -> None:
        self._path = path
        given = read_toml(path)
        self._own = {name: part for name, part in given.items() if name in known and isinstance(part, dict)}
        self._common = {name: value for name, value in given.items() if name not in self._own}
        self._check(self._common, frozenset().union(*known.values()), "any command")
        for command, part in self._own.items():
            self._check(part, known[command], command)

    def _check(self, given: Mapping[str, Any], known: frozenset[str], whose: str) -> None:
        for name in given:
            if f"--{name}" not in known:
                raise ParameterError(
                    f"{self._path}: {name} is no option of {whose}. {hint(f'--{name}', known)}".strip()
                )

    def __call__(self, app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
        """Set the arguments of a command that the command line does not give."""
        given = {**self._common, **self._own.get(commands[-1] if commands else "", {})}
        for argument in arguments:
            named = [name for name in given if f"--{name}" in argument.names]
            if named and not argument.tokens:
                few, many = argument.token_count()
                for token in self._tokens(named[0], given[named[0]], single=few == 1 and not many):
                    argument.append(token)

    def _tokens(self, name: str, value: object, *, single: bool) -> Iterator[Token]:
        values = value if isinstance(value, list) else [value]
        if any(isinstance(part, (dict, list)) for part in values) or (single and len(values) != 1):
            raise ParameterError(f"{self._path}: {name} is {value}, but one value, or a flat list of them, is needed")
        for index, part in enumerate(values):
            text = str(part).lower() if isinstance(part, bool) else str(part)
            yield Token(keyword=f"--{name}", value=text, source=str(self._path), index=index)
