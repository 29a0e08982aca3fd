"""What the pages of the site are made of: all public names, and every command with its options."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from stillplate.cli.front_page import COMMANDS
from stillplate.cli.parsing import app

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    "module", ["stillplate", "stillplate.synthetic", "stillplate.synthetic.camera", "stillplate.metrics"]
)
def test_the_library_s_pages_have_each_public_name_once(module: str) -> None:
    listed: list[str] = []
    for page in (DOCS / "reference/library").glob("*.md"):
        for part in page.read_text(encoding="utf-8").split(".. currentmodule:: ")[1:]:
            name, _, text = part.partition("\n")
            if name == module:
                listed += re.findall(r"^\.\. auto(?:class|function):: (\w+)$", text, re.MULTILINE)
    public = set(importlib.import_module(module).__all__) - {"camera", "Camera"}  # a module, and a type's short name

    assert sorted(listed) == sorted(public)


def test_a_command_s_page_has_its_options_in_groups_and_its_examples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(DOCS / "_extensions")
    pages = importlib.import_module("command_pages").pages()
    sys.modules.pop("command_pages")

    assert pages.keys() == COMMANDS.keys()
    for name, page in pages.items():
        shown = [argument for argument in app[name].assemble_argument_collection() if argument.show]
        for argument in shown:
            assert re.search(rf"^:::\{{option\}} .*{re.escape(argument.name)}\b", page, re.MULTILINE)
        assert all(f"$ {example}\n" in page for example in COMMANDS[name].examples)
    groups = re.findall(r"^## (.+)$", pages["render"], re.MULTILINE)
    assert groups == ["Arguments", "Outputs", "Plate", "Light and camera", "Mask", "Run", "Examples"]
