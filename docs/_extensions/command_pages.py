"""Pages of the commands, one each, from the parser of the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stillplate.cli.front_page import COMMANDS
from stillplate.cli.parsing import app as program

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["setup"]

FOLDER = "reference/generated/commands"
OPTION = re.compile(r"\* `(?P<names>[^`]+)`: (?P<text>.*)")
GROUP = re.compile(r"\*\*(?P<name>.+)\*\*:")


def pages() -> dict[str, str]:
    """Return the page of each command, as MyST.

    Returns
    -------
    dict of str to str
        By the names of the commands.
    """
    parts = re.split(r"^## `?stillplate ", program.generate_docs(output_format="markdown"), flags=re.MULTILINE)[1:]
    described = {name.strip(): text for name, _, text in (part.partition("\n") for part in parts)}
    return {name: "\n".join(_page(name, described[name])) for name in COMMANDS}


def _page(name: str, text: str) -> Iterator[str]:
    """The lines of a command's page: groups of options as headings, and each option with an anchor of its own."""
    yield from (f"# stillplate {name}", "", f"```{{program}} stillplate {name}", "```", "")
    for line in text.splitlines():
        if option := OPTION.fullmatch(line):
            yield from (f":::{{option}} {option['names']}", _plain(option["text"]), ":::")
        elif group := GROUP.fullmatch(line):
            yield f"## {group['name']}"
        else:
            yield line if line.startswith(("```", "stillplate ")) else _plain(line)
    yield from ("", "## Examples", "", "```console")
    yield from (f"$ {example}" for example in COMMANDS[name].examples)
    yield from ("```", "")


def _plain(text: str) -> str:
    """A text that is no Markdown, as Markdown."""
    return re.sub(r"([*_<>\[\]])", r"\\\1", text)


def write(app: Sphinx) -> None:
    """Write the pages beside the sources; those that have not changed stay, and are not read again."""
    folder = Path(app.srcdir, FOLDER)
    folder.mkdir(parents=True, exist_ok=True)
    for name, page in pages().items():
        path = folder / f"{name}.md"
        if not path.exists() or path.read_text(encoding="utf-8") != page:
            path.write_text(page, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Have the pages written before Sphinx looks for its sources."""
    app.connect("builder-inited", write)
    return {"parallel_read_safe": True}
