"""The help page of the program itself: the same as the library that parses commands would set it."""

import io
import subprocess
import sys

import pytest
from rich.console import Console

from stillplate.cli.front_page import COMMANDS, front_page
from stillplate.cli.parsing import app
from tests.command import run


def parsed_page(columns: int) -> list[str]:
    text = io.StringIO()
    app.meta(["--help"], console=Console(file=text, width=columns), exit_on_error=False, result_action="return_value")
    return [line.rstrip() for line in text.getvalue().splitlines()]


@pytest.mark.parametrize("columns", [60, 72, 80, 100, 119, 200])
def test_the_same_page_as_the_parser_sets(columns: int) -> None:
    assert front_page(columns, "utf-8").splitlines() == parsed_page(columns)


def test_boxes_in_ascii_where_the_terminal_has_no_others() -> None:
    page = front_page(80, "ascii")

    assert page.isascii()
    assert {len(line) for line in page.splitlines()[5:]} == {80}


def test_no_terminal_is_too_narrow() -> None:
    assert all(name in front_page(1, "utf-8") for name in COMMANDS)


def test_printed_by_itself_and_when_asked_for() -> None:
    for words in ([], ["--help"], ["-h"]):
        done = run(*words)
        assert done.returncode == 0
        assert "score-masks" in done.stdout


def test_does_not_load_what_parses() -> None:
    program = "import sys; sys.argv = ['']; from stillplate.cli import main; main(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert not {"cyclopts", "rich", "numpy"} & set(done.stdout.splitlines()[-1].split())
